import numpy as np
import tensorflow as tf

from tfcluster.cli import main
from tfcluster.data import load
from tfcluster.experiments.run_folder import load_model


def test_export_of_a_run(tmp_path, capsys):
    run = tmp_path / "blobs-run"
    assert main(["run", "kmeans", "--dataset", "blobs", "--output", str(run), "--quiet", "--export"]) == 0
    first = run / "serving" / "blobs-run" / "1"
    assert str(first) in capsys.readouterr().out
    x = load("blobs").x[:50]
    found = tf.saved_model.load(str(first)).signatures["assign"](rows=tf.constant(x))["cluster"]
    np.testing.assert_array_equal(found, load_model(run).cluster(x))
    assert main(["export", str(run)]) == 0
    assert capsys.readouterr().out.strip() == str(first.with_name("2"))
    model = str(run / "run-00" / "model.keras")
    assert main(["export", model, "-o", str(tmp_path / "other")]) == 0
    assert (tmp_path / "other" / "1" / "saved_model.pb").exists()
    capsys.readouterr()
    assert main(["export", model]) == 2
    assert "needs --output" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "nothing")]) == 2
    assert "Received: " in capsys.readouterr().err
