"""The command line, in one process."""

import csv
import json
import shutil

import keras
import numpy as np
import pytest

from tfcluster.experiments.command import _safe, main
from tfcluster.experiments.predict_command import predict_file
from tfcluster.experiments.run_folder import load_model

QUICK = ["--preset", "fast", "--epochs", "2", "--quiet"]


def run(method, tmp_path, *arguments, quick=QUICK):
    return main(method, [*quick, "--output", str(tmp_path / "out"), *arguments])


def test_a_run_and_its_folder(tmp_path, capsys):
    assert run("ddc", tmp_path, "--runs", "2", "--limit", "300") == 0
    out = tmp_path / "out"
    results = json.loads((out / "results.json").read_text())
    assert results["n_samples"] == 300
    assert [entry["seed"] for entry in results["runs"]] == [0, 1]
    unused = [entry["used_clusters"] < 10 for entry in results["runs"]]
    ranks = [(u, entry["criterion"]) for u, entry in zip(unused, results["runs"], strict=True)]
    assert results["best_run"] == ranks.index(min(ranks))
    assert results["acc"] == results["runs"][results["best_run"]]["acc"]
    assert results["mean"]["acc"] == pytest.approx(np.mean([entry["acc"] for entry in results["runs"]]))
    config = json.loads((out / "config.json").read_text())
    assert config["settings"]["model"]["augmentation"] == "affine"
    with open(out / "run-00" / "history.csv") as stream:
        assert len(list(csv.DictReader(stream))) == 2
    found = np.load(out / "run-01" / "assignments.npz")
    assert found["probabilities"].shape == (300, 10)
    np.testing.assert_array_equal(found["labels"], found["probabilities"].argmax(1))
    assert results["runs"][1]["sizes"] == np.bincount(found["labels"], minlength=10).tolist()
    assert results["runs"][1]["confidence"] == pytest.approx(found["probabilities"].max(1).mean(), rel=1e-5)
    model = keras.models.load_model(out / "run-01" / "model.keras")
    from tfcluster.data import load

    rows = np.sort(np.random.default_rng(0).permutation(1797)[:300])
    np.testing.assert_allclose(
        model.predict(load("digits").x[rows], batch_size=500, verbose=0), found["probabilities"], atol=1e-6
    )
    shown = capsys.readouterr().out
    assert "chosen without labels" in shown
    assert "mean +- std" in shown


def test_there_may_be_nothing_to_resume(tmp_path, capsys):
    assert run("kmeans", tmp_path, "--resume", quick=[]) == 0
    assert "nothing had been done there: it begins anew" in capsys.readouterr().out


def test_scores_before_the_refinement(tmp_path, capsys):
    options = ["--limit", "300", "--runs", "2", "--epochs", "2", "--set", "pretrain_epochs=1"]
    assert run("idec", tmp_path, *options) == 0
    shown = capsys.readouterr().out
    found = json.loads((tmp_path / "out" / "results.json").read_text())["runs"]
    mean = np.mean([entry["before"]["acc"] for entry in found])
    assert f"before the refinement, mean over runs: acc {mean:.3f}, nmi " in shown
    assert (
        run("ae_kmeans", tmp_path / "b", "--limit", "300", "--set", "pretrain_epochs=1") == 0
    )  # the same, not refined
    alone = json.loads((tmp_path / "b" / "out" / "results.json").read_text())["runs"][0]
    assert "before" not in alone
    assert found[0]["before"]["acc"] == pytest.approx(alone["acc"], abs=0.1)  # other draws of k-means
    assert run("ddc", tmp_path / "c", "--limit", "240", "--epochs", "1") == 0
    assert "before the refinement" not in capsys.readouterr().out


def test_same_seed_same_numbers(tmp_path):
    numbers = []
    for name in ("a", "b"):
        assert run("ddc", tmp_path / name, "--limit", "240", "--epochs", "1") == 0
        entry = json.loads((tmp_path / name / "out" / "results.json").read_text())["runs"][0]
        numbers.append({key: value for key, value in entry.items() if key != "seconds"})
    assert numbers[0] == numbers[1]


def test_without_labels_scores_are_null(tmp_path, rng):
    np.savez(tmp_path / "own.npz", x=rng.normal(size=(90, 6)).astype(np.float32))
    assert run("kmeans", tmp_path, "--dataset", f"npz:{tmp_path / 'own.npz'}", "--clusters", "3") == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["acc"] is None
    assert results["mean"] == {"acc": None, "nmi": None, "ari": None}


def test_kmeans_on_digits_is_the_known_figure(tmp_path):
    assert run("kmeans", tmp_path, quick=["--quiet"]) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["acc"] == pytest.approx(0.792, abs=0.005)


def test_occupied_overwrite_and_resume(tmp_path, capsys):
    assert run("kmeans", tmp_path) == 0
    assert run("kmeans", tmp_path) == 2
    assert "--resume, --overwrite" in capsys.readouterr().err
    before = (tmp_path / "out" / "results.json").read_text()
    capsys.readouterr()
    assert run("kmeans", tmp_path, "--resume", quick=[text for text in QUICK if text != "--quiet"]) == 0
    assert "1 of 1 run had been done there" in capsys.readouterr().out
    command = json.loads((tmp_path / "out" / "config.json").read_text())["request"]["command"]
    assert "--resume" not in command
    assert (tmp_path / "out" / "results.json").read_text() == before
    assert run("kmeans", tmp_path, "--resume", "--set", "n_init=2") == 2
    assert "another configuration, which differs in model" in capsys.readouterr().err
    assert run("kmeans", tmp_path, "--overwrite", "--set", "n_init=2") == 0


def test_resume_with_another_seed_or_other_rows(tmp_path, capsys):
    assert run("kmeans", tmp_path, "--limit", "200") == 0
    for other in (["--limit", "200", "--seed", "5"], ["--limit", "300"]):
        assert run("kmeans", tmp_path, "--resume", *other) == 2
        assert "another configuration" in capsys.readouterr().err


def test_a_folder_that_is_not_a_runs_is_never_deleted(tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "config.json").write_text('{"model_type": "something else"}')
    for flag in ("--overwrite", "--resume"):
        assert run("kmeans", tmp_path, flag) == 2
        assert "not a run's folder" in capsys.readouterr().err
    assert (tmp_path / "out" / "config.json").exists()


def test_a_preparation_that_was_killed_can_be_repeated(tmp_path, monkeypatch, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "config.part").write_text("{")
    assert run("kmeans", tmp_path) == 0

    def broken(path):
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", broken)
        assert run("kmeans", tmp_path, "--overwrite") == 2
    assert "killed" in capsys.readouterr().err
    assert run("kmeans", tmp_path, "--overwrite") == 0


def test_resume_of_what_another_version_began(tmp_path, capsys):
    assert run("kmeans", tmp_path) == 0
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    config["versions"]["tfcluster"] = "0.0.1"
    (tmp_path / "out" / "config.json").write_text(json.dumps(config))
    assert run("kmeans", tmp_path, "--resume") == 2
    assert "a run of tfcluster 0.0.1" in capsys.readouterr().err


def test_resume_of_what_was_begun_with_other_defaults(tmp_path, capsys):
    assert run("kmeans", tmp_path, quick=[]) == 0
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert "n_init" not in config["settings"]["model"]
    config["defaults"]["n_init"] += 1
    (tmp_path / "out" / "config.json").write_text(json.dumps(config))
    assert run("kmeans", tmp_path, "--resume", quick=[]) == 2
    assert "a run of a kmeans whose defaults were others: n_init" in capsys.readouterr().err
    del config["defaults"]  # of before they were kept
    (tmp_path / "out" / "config.json").write_text(json.dumps(config))
    assert run("kmeans", tmp_path, "--resume", quick=[]) == 0


def test_states_that_a_killed_process_left_are_deleted(tmp_path):
    assert run("kmeans", tmp_path) == 0
    state = tmp_path / "out" / "run-00" / "state-fit.npz"
    state.write_bytes(b"of a run that has its result")
    assert run("kmeans", tmp_path, "--resume") == 0
    assert not state.exists()


def test_names_of_default_folders():
    assert _safe("csv:a/b c.csv") == "csv_a_b_c.csv"
    names = {_safe(f"npz:/{name}/" + 70 * "x") for name in "ab"}
    assert len(names) == 2
    assert max(map(len, names)) <= 60


def test_a_run_that_breaks_off(tmp_path, capsys):
    status = run("ddc", tmp_path, "--limit", "240", "--set", "learning_rate=1e38", "--set", "clipnorm=1e30")
    assert status == 1
    error = capsys.readouterr().err
    assert "NonFiniteLossError: The loss term '" in error
    assert "Traceback" not in error


def bad_npz(tmp_path, **arrays):
    np.savez(tmp_path / "bad.npz", **arrays)
    return f"npz:{tmp_path / 'bad.npz'}"


ONES = np.ones((20, 4), np.float32)
ROWS = np.arange(80, dtype=np.float32).reshape(20, 4)

BAD = {
    "unknown data set": (["--dataset", "mnits"], "did you mean mnist"),
    "data set in capitals": (["--dataset", "MNIST"], "did you mean mnist"),
    "option as hyper-parameter": (["--set", "epochs=3"], "use --epochs 3"),
    "unknown preset": (["--preset", "best"], "invalid choice"),
    "unknown option": (["--epoch-count", "3"], "unrecognized arguments"),
    "misspelt option": (["--cluters", "3"], "did you mean --clusters?"),
    "epochs not a number": (["--epochs", "many"], "invalid int value"),
    "negative epochs": (["--epochs", "-1"], "`epochs` must be at least 1"),
    "negative batch": (["--batch-size", "-5"], "`batch_size` must be at least 1"),
    "no rows": (["--limit", "0"], "`--limit` must be at least 1"),
    "no clusters": (["--clusters", "0"], "--clusters must be at least 2"),
    "negative seed": (["--seed", "-1"], "`seed` must be at least 0"),
    "seed too large": (["--seed", "5000000000"], "below 2**31"),
    "batch of one": (["--batch-size", "1"], "`batch_size` must be at least 2"),
    "unknown mode": (["--set", "modes=9"], "counted from 1 to 3"),
    "quantile of one": (["--set", "quantile=1"], "`quantile` must be at least 0 and below"),
    "two factors for three terms": (["--set", "term_weights=(1, 1)"], "three terms"),
    "one cluster": (["--clusters", "1"], "at least 2"),
    "more clusters than rows": (["--limit", "15", "--clusters", "20"], "as many rows as clusters"),
    "unknown hyper-parameter": (["--set", "uco_wieght=1"], "did you mean uco_weight"),
    "none for a number": (["--set", "hidden_units=None"], "expected int"),
    "side of vectors": (["--dataset", "blobs", "--set", "image_side=32"], "`image_side` is for images"),
    "standardised images": (["--set", "scaling=standardize"], "columns of a table; images take range"),
    "wrong type": (["--set", "uco_weight=much"], "expected float"),
    "unknown kernel": (["--set", "kernel=rbf"], "`kernel` must be one of"),
    "unknown weighting": (["--set", "weighting=quadratic"], "`weighting` must be one of"),
    "unknown tap": (["--set", "taps=block9_out"], "taps=['block9_out']; the backbone"),
    "rank without eigenvectors": (["--set", "solver=cholesky", "--set", "rank=2"], "needs eigenvectors"),
    "unknown backbone": (["--set", "backbone=resnet"], "`backbone` must be one of"),
    "convolutions on features": (["--dataset", "blobs", "--set", "backbone=cnn_small"], "which takes images"),
    "another method": (["--dataset", "blobs", "--set", "backbone=alexnet"], "For vectors take --set backbone=mlp"),
    "size of named images": (["--image-size", "32"], "by --set image_side=32"),
    "negative weight": (["--set", "uco_weight=-1"], "`uco_weight` must be at least 0"),
    "no official split": (["--split", "train"], "no official split"),
    "missing file": (["--dataset", "npz:nowhere.npz"], "takes an existing file"),
    "missing folder": (["--dataset", "folder:nowhere"], "takes an existing folder"),
    "nan": (
        lambda p: ["--dataset", bad_npz(p, x=np.where(ROWS == 7, np.nan, ROWS)), "--clusters", "2"],
        "nan in row 1",
    ),
    "constant": (lambda p: ["--dataset", bad_npz(p, x=ONES), "--clusters", "2"], "are the same"),
    "empty": (lambda p: ["--dataset", bad_npz(p, x=ROWS[:0]), "--clusters", "2"], "must hold rows"),
    "labels missing": (lambda p: ["--dataset", bad_npz(p, x=ROWS)], "--clusters is needed"),
    "labels of another length": (lambda p: ["--dataset", bad_npz(p, x=ROWS, y=np.ones(3))], "one label for each row"),
    "objects": (lambda p: ["--dataset", bad_npz(p, x=np.array([{}], object))], "Python objects"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_requests_are_one_clear_line(case, tmp_path, capsys):
    arguments, message = BAD[case]
    arguments = arguments(tmp_path) if callable(arguments) else arguments
    try:
        status = main("ddc_uco", ["--output", str(tmp_path / "out"), *arguments])
    except SystemExit as stop:
        status = stop.code
    error = capsys.readouterr().err
    assert status == 2
    assert message in error
    assert error.count("\n") == 1
    assert "Traceback" not in error
    assert not (tmp_path / "out" / "config.json").exists()


def test_a_method_that_learns_from_labels(tmp_path, capsys, rng):
    arguments = ["--epochs", "10", "--set", "classification_weight=10", "--set", "units=50"]
    assert run("m2", tmp_path, "--labels", "100", "--limit", "600", *arguments) == 0
    out = tmp_path / "out"
    (entry,) = json.loads((out / "results.json").read_text())["runs"]
    assert 0.0 < entry["error"] < 0.6
    assert entry["test_error"] is None  # digits have no test part
    assert json.loads((out / "config.json").read_text())["settings"]["extra"]["labels"] == 100
    assert " error" in capsys.readouterr().out

    assert run("m2", tmp_path / "b", "--labels", "105") == 2
    assert "multiple of the 10 classes" in capsys.readouterr().err


def test_the_error_on_the_official_test_part(tmp_path, rng):
    np.savez(tmp_path / "usps.npz", x=rng.uniform(size=(9298, 16, 16)).astype(np.float32), y=np.arange(9298) % 10)
    arguments = ["--dataset", "usps", "--data-dir", str(tmp_path), "--epochs", "1", "--set", "units=5"]
    assert run("m2", tmp_path, *arguments) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["n_samples"] == 7291
    assert 0.8 < results["runs"][0]["test_error"] < 1.0  # there is nothing to learn


def test_all_rows_have_a_label(tmp_path, rng):
    y = np.arange(90) % 3
    x = (4.0 * np.eye(6)[y] + rng.normal(size=(90, 6))).astype(np.float32)
    np.savez(tmp_path / "own.npz", x=x, y=y)
    assert run("m2", tmp_path, "--dataset", f"npz:{tmp_path / 'own.npz'}", "--labels", "90") == 0
    (entry,) = json.loads((tmp_path / "out" / "results.json").read_text())["runs"]
    assert entry["error"] is None
    assert entry["acc"] is not None


def test_labels_of_the_user_some_unknown(tmp_path, rng):
    y = np.arange(90) % 3
    x = (4.0 * np.eye(6)[y] + rng.normal(size=(90, 6))).astype(np.float32)
    kinds = np.array(["oats", "rye", "barley"])
    np.savez(tmp_path / "own.npz", x=x, y=np.where(np.arange(90) < 30, kinds[y], ""))
    assert run("m2", tmp_path, "--dataset", f"npz:{tmp_path / 'own.npz'}") == 0
    out = tmp_path / "out"
    (entry,) = json.loads((out / "results.json").read_text())["runs"]
    assert entry["acc"] is None
    assert "error" not in entry
    sizes = predict_file(load_model(out), f"npz:{tmp_path / 'own.npz'}", tmp_path / "new.csv", probabilities=True)
    with open(tmp_path / "new.csv", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["label"] for line in lines] == [("barley", "oats", "rye")[int(line["cluster"])] for line in lines]
    assert sizes.sum() == len(lines) == 90


def test_pictures(tmp_path, capsys):
    assert run("gumbel_vae", tmp_path, "--images", "--limit", "300", "--clusters", "7") == 0
    found = sorted(path.name for path in (tmp_path / "out" / "run-00" / "images").iterdir())
    pictures = ["generated.png", "reconstructed.png", "style.png", "traversal.png"]
    assert found == ["embedding-pca-0001.png", "embedding-pca-0002.png", *pictures]
    options = ["--images", "tsne", "--image-epochs", "2", "--limit", "100", "--epochs", "3", "--set", "latent_dim=2"]
    assert run("gumbel_vae", tmp_path / "c", *options) == 0
    found = [path.name for path in (tmp_path / "c" / "out" / "run-00" / "images").glob("embedding*")]
    assert sorted(found) == ["embedding-tsne-0002.png", "embedding-tsne-0003.png"]
    assert run("gumbel_vae", tmp_path / "b", "--images", "--dataset", "blobs") == 2
    assert "`--images` takes images" in capsys.readouterr().err


def test_pictures_take_one_or_three_channels(tmp_path, capsys, rng):
    np.savez(tmp_path / "own.npz", x=rng.uniform(size=(40, 8, 8, 2)).astype(np.float32))
    options = ["--dataset", f"npz:{tmp_path / 'own.npz'}", "--clusters", "2"]
    assert run("gumbel_vae", tmp_path, *options, "--images") == 2
    assert "`--images` takes images of 1 or 3 channels" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_failure_behind_the_training_loses_no_result(tmp_path, capsys, caplog, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("no room")

    monkeypatch.setattr("tfcluster.experiments.runner.generated_pictures", fail)
    monkeypatch.setattr("tfcluster.analysis.write_report", fail)
    options = ["--images", "--limit", "100", "--epochs", "1", "--set", "latent_dim=2"]
    assert run("gumbel_vae", tmp_path, *options) == 1
    out = tmp_path / "out"
    assert "the pictures could not be drawn: RuntimeError: no room" in caplog.text
    assert capsys.readouterr().err == f"failed: report: RuntimeError: no room; the results are in {out}\n"
    assert json.loads((out / "results.json").read_text())["best_run"] == 0
    assert (out / "run-00" / "model.keras").exists()


def test_a_warning_is_said_once_for_all_runs(tmp_path, capsys, caplog):
    np.savetxt(tmp_path / "t.csv", np.c_[np.arange(40) % 7, np.arange(40) % 5, np.ones(40)], delimiter=",")
    options = ["--dataset", f"csv:{tmp_path / 't.csv'}", "--clusters", "2", "--runs", "3"]
    assert run("kmeans", tmp_path, *options) == 0
    assert [record.getMessage() for record in caplog.records].count(
        "1 of 3 columns are constant in the first 40 rows and tell none apart: drop them if they are so in all rows. "
        "Columns, counted from 0: 2"
    ) == 1
