import json
import shutil

import numpy as np
import pytest

from tfcluster.backbones import resnet18
from tfcluster.experiments.image_encoder import ARMS, answers, main


@pytest.fixture
def tiny(tmp_path, rng):
    """Ten classes of 16x16 images, each with a colour of its own."""
    y = np.repeat(np.arange(10), 12)
    x = rng.integers(0, 60, size=(120, 16, 16, 3)) + np.stack([20 * y, 190 - 20 * y, 90 + 0 * y], 1)[:, None, None]
    np.savez(tmp_path / "tiny.npz", x=x.astype(np.uint8), y=y)
    return f"npz:{tmp_path / 'tiny.npz'}"


@pytest.mark.long
def test_the_grid(tiny, tmp_path, capsys):
    options = ["--dataset", tiny, "--runs", "1", "--epochs", "1", "--pretrain-epochs", "1", "--classifier-epochs", "1"]
    folder = tmp_path / "out"
    assert main([*options, "--output", str(folder)]) == 0
    shown = capsys.readouterr().out
    for arm in ARMS:
        cell = json.loads((folder / f"{arm}-0.json").read_text())
        assert cell["n_samples"] == 60  # rows of the five new classes only
        assert {"acc", "nmi", "ari"} <= set(cell["before"]) & set(cell["after"])
        assert f"| {arm} | 1 |" in shown
    assert "ACC of resnet18 above that of resnet18-random: " in shown
    assert len({cell["settings"][f"{part}_sha256"] for part in ("known", "new")}) == 2
    written = (folder / "ae-hog-0.json").stat().st_mtime_ns
    assert main([*options, "--output", str(folder)]) == 0
    assert (folder / "ae-hog-0.json").stat().st_mtime_ns == written
    capsys.readouterr()
    shutil.copy(folder / "ae-hog-0.json", folder / "ae-hog-1.json")  # a seed that was not asked for is not in the table
    assert main([*options, "--output", str(folder), "--arms", "ae-hog"]) == 0
    assert "| ae-hog | 1 |" in capsys.readouterr().out
    again = [*options, "--epochs", "2", "--arms", "resnet18", "--output", str(folder)]
    assert main(again) == 2
    assert "resnet18-0.json is of other settings, which differ in epochs; give" in capsys.readouterr().err
    assert main([*again, "--overwrite"]) == 0  # a new cell, whose classifier is taken from the folder
    assert json.loads((folder / "resnet18-0.json").read_text())["seconds"]["classifier"] is None
    assert len(list(folder.glob("*.weights.h5"))) == 1
    assert "| -, " in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.parametrize("stem", ["imagenet", "cifar"])
def test_weights_of_a_user(stem, tiny, tmp_path, capsys):
    path = str(tmp_path / "own.weights.h5")
    resnet18((16, 16, 3), stem=stem, seed=3).save_weights(path)
    options = ["--dataset", tiny, "--runs", "1", "--epochs", "1", "--arms", "resnet18", "--weights", path]
    assert main([*options, "--stem", stem, "--output", str(tmp_path / "out")]) == 0
    cell = json.loads((tmp_path / "out" / "resnet18-0.json").read_text())
    assert (cell["settings"]["stem"], cell["seconds"]["classifier"]) == (stem, None)
    assert not list((tmp_path / "out").glob("*.weights.h5"))
    capsys.readouterr()
    other = "cifar" if stem == "imagenet" else "imagenet"
    assert main([*options, "--stem", other, "--output", str(tmp_path / "other")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_answers():
    def cells(*scores):
        return [{"before": {"acc": a, "nmi": a - 0.1}, "after": {"acc": b, "nmi": 0.0}} for a, b in scores]

    found = {"resnet18": cells((0.5, 0.6), (0.7, 0.6)), "ae-pixels": cells((0.3, 0.3)), "ae-hog": cells((0.2, 0.4))}
    assert answers(found) == [
        "- ACC of resnet18 above that of ae-hog: +0.400 before, +0.200 after the KL phase.",
        "- NMI of resnet18 above that of ae-hog: +0.400 before, +0.000 after the KL phase.",
    ]
    found["ae-hog"] = cells((0.2, 0.4), (0.2, 0.1))  # now the worse one
    found["resnet18-random"] = cells((0.2, 0.3), (0.2, 0.1))
    assert answers(found)[::2] == [
        "- ACC of resnet18 above that of ae-pixels: +0.300 before, +0.300 after the KL phase.",
        "- ACC of resnet18 above that of resnet18-random: +0.400 ± 0.100 before, +0.400 ± 0.100 after the KL phase.",
    ]
    assert answers({"ae-hog": cells((0.2, 0.4))}) == []


@pytest.mark.parametrize(
    "options",
    [
        ["--dataset", "digits"],
        ["--dataset", "cifar"],
        ["--weights", "nowhere.npz"],
        ["--weights", "setup.cfg"],
        ["--weights", "half.npz"],
        ["--rows", "3"],
        ["--epochs", "0"],
        ["--image-size", "2"],
    ],
)
def test_bad_requests(options, tiny, capsys, tmp_path):
    with open(tmp_path / "tiny.npz", "rb") as file:
        (tmp_path / "half.npz").write_bytes(file.read(500))
    options = [str(tmp_path / text) if text == "half.npz" else text for text in options]
    assert main(["--dataset", tiny, *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1
