import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import tfcluster.data
from tfcluster.analysis import knn_error
from tfcluster.cli import main
from tfcluster.experiments.run_folder import load_model


@pytest.fixture
def parts(monkeypatch):
    """Data sets have two official parts: every other row."""
    load, found = tfcluster.data.load, {}

    def load_part(name, data_dir=None, split="all", *arguments, **options):
        data = load(name, data_dir, "all", *arguments, **options)
        rows = {"all": slice(None), "train": slice(0, None, 2), "test": slice(1, None, 2)}[split]
        found[split] = dataclasses.replace(data, x=data.x[rows], y=data.y[rows])
        return found[split]

    monkeypatch.setattr(tfcluster.data, "load", load_part)
    monkeypatch.setattr(tfcluster.data, "has_split", lambda *arguments: True)
    return found


def test_errors_beside_those_of_raw_rows(tmp_path, capsys, parts):
    run = tmp_path / "run"
    options = ["--dataset", "digits", "--runs", "1", "--set", "pretrain_epochs=1", "--quiet"]
    assert main(["run", "ae_kmeans", *options, "--output", str(run)]) == 0
    capsys.readouterr()
    assert main(["knn", str(run), "--neighbors", "1", "7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    train, test = parts["train"], parts["test"]
    assert lines[0] == f"digits: error in % on {len(test.x)} test rows by the {len(train.x)} training rows"
    assert lines[1].split() == ["k", "1", "7"]
    model = load_model(run)
    for line, embed in zip(lines[2:4], (lambda x: x, model.embed), strict=True):
        expected = knn_error(embed(train.x), train.y, embed(test.x), test.y, (1, 7))
        np.testing.assert_allclose(
            [float(word) for word in line.split()[-2:]], [100 * expected[k] for k in (1, 7)], atol=0.01
        )
    assert "trained on these rows too" in lines[4]
    assert "--split train leaves the test rows out" in lines[4]
    assert main(["knn", str(run / "run-00" / "model.keras"), "--neighbors", "0"]) == 2
    assert "`--neighbors` must be at least 1" in capsys.readouterr().err


def test_a_fifth_is_held_out_where_there_are_no_official_parts(tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["run", "kmeans", "--dataset", "blobs", "--output", str(run), "--quiet"]) == 0
    capsys.readouterr()
    assert main(["knn", str(run), "--neighbors", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    n = len(tfcluster.data.load("blobs"))
    assert lines[0] == f"blobs: error in % on {n // 5} rows, a random fifth, by the {n - n // 5} others"
    assert float(lines[2].split()[-1]) < 10
    assert "--split" not in lines[4]
    alone = (run / "run-00" / "model.keras").rename(tmp_path / "model.keras")
    assert main(["knn", str(alone)]) == 2
    assert "needs --dataset" in capsys.readouterr().err


def test_rows_are_read_as_the_run_read_them(tmp_path, capsys):
    files = tmp_path / "files"
    for label, value in (("dark", 40), ("light", 200)):
        (files / label).mkdir(parents=True)
        for i in range(15):
            picture = np.full((30, 30, 3), value, np.uint8)
            picture[:, : 2 * i + 1] //= 2
            (files / label / f"{i}.png").write_bytes(tf.io.encode_png(picture).numpy())
    run = tmp_path / "run"
    options = ["--dataset", f"folder:{files}", "--image-size", "20", "--labels", "6", "--runs", "1", "--epochs", "1"]
    small = ["--set", "units=4", "--set", "latent_dim=2", "--batch-size", "10", "--output", str(run), "--quiet"]
    assert main(["run", "m2", *options, *small]) == 0
    capsys.readouterr()
    assert main(["knn", str(run), "--neighbors", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "error in % on 6 rows, a random fifth, by the 24 others" in lines[0]
    assert lines[4] == "The model was trained on these rows too, with 6 of their labels."
