import json

import numpy as np
import pytest

from tfcluster.experiments.image_encoder import main


@pytest.fixture
def tiny(tmp_path, rng):
    """Ten classes of 16x16 images, each with a colour of its own."""
    y = np.repeat(np.arange(10), 12)
    x = rng.integers(0, 60, size=(120, 16, 16, 3)) + np.stack([20 * y, 190 - 20 * y, 90 + 0 * y], 1)[:, None, None]
    np.savez(tmp_path / "tiny.npz", x=x.astype(np.uint8), y=y)
    return f"npz:{tmp_path / 'tiny.npz'}"


def test_the_grid(tiny, tmp_path, capsys):
    options = ["--dataset", tiny, "--runs", "1", "--epochs", "1", "--pretrain-epochs", "1", "--classifier-epochs", "1"]
    folder = tmp_path / "out"
    assert main([*options, "--output", str(folder)]) == 0
    shown = capsys.readouterr().out
    for arm in ("resnet18", "resnet18-random", "ae-pixels", "ae-hog"):
        cell = json.loads((folder / f"{arm}-0.json").read_text())
        assert cell["n_samples"] == 60  # rows of the five new classes only
        assert {"acc", "nmi", "ari"} <= set(cell["before"]) & set(cell["after"])
        assert f"| {arm} | 1 |" in shown
    written = (folder / "ae-hog-0.json").stat().st_mtime_ns
    assert main([*options, "--output", str(folder)]) == 0
    assert (folder / "ae-hog-0.json").stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "options",
    [
        ["--dataset", "digits"],
        ["--dataset", "cifar"],
        ["--weights", "nowhere.npz"],
        ["--weights", "setup.cfg"],
        ["--rows", "3"],
        ["--epochs", "0"],
        ["--image-size", "2"],
    ],
)
def test_bad_requests(options, tiny, capsys):
    assert main(["--dataset", tiny, *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1
