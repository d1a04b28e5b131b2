import csv

import numpy as np
import pytest

from tfcluster.analysis import write_png
from tfcluster.cli import main
from tfcluster.data import load
from tfcluster.experiments.run_folder import load_model


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of k-means on a table of 30 columns, and the table."""
    folder = tmp_path_factory.mktemp("predict")
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(300, 30)) + 4.0 * rng.integers(0, 3, size=300)[:, None]).astype(np.float32)
    np.savetxt(folder / "table.csv", rows, delimiter=",", fmt="%.9g")
    options = [
        "--dataset",
        f"csv:{folder / 'table.csv'}",
        "--clusters",
        "3",
        "--output",
        str(folder / "run"),
        "--quiet",
    ]
    assert main(["run", "kmeans", *options]) == 0
    return folder / "run", rows


def read(path):
    with open(path, newline="") as stream:
        return list(csv.DictReader(stream))


def test_labels_of_a_file_are_those_of_the_model(run, tmp_path, capsys):
    folder, rows = run
    expected = load_model(folder).cluster(rows)
    np.savez(tmp_path / "x.npz", x=rows)
    for location in (folder.parent / "table.csv", tmp_path / "x.npz"):
        output = tmp_path / "labels.csv"
        assert main(["predict", str(folder), str(location), "-o", str(output), "--batch-size", "70", "--quiet"]) == 0
        output.rename(tmp_path / "found.csv")
        found = read(tmp_path / "found.csv")
        assert [int(line["row"]) for line in found] == list(range(300))
        np.testing.assert_array_equal([int(line["cluster"]) for line in found], expected)
        assert {line["confidence"] for line in found} == {"1"}
    assert f"rows in each cluster: {np.bincount(expected).tolist()}" in capsys.readouterr().out


def test_probabilities(run, tmp_path):
    folder, rows = run
    np.save(tmp_path / "x.npy", rows)
    output = tmp_path / "labels.csv"
    model = str(folder / "run-00" / "model.keras")
    assert main(["predict", model, str(tmp_path / "x.npy"), "-o", str(output), "--probabilities", "--quiet"]) == 0
    found = np.array([[float(line[f"p{j}"]) for j in range(3)] for line in read(output)])
    np.testing.assert_array_equal(found, load_model(folder).predict(rows, verbose=0))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows[:, :5], "trained on rows of shape (30,). Received: (5,)"),
        (lambda rows: np.where(np.arange(300)[:, None] == 123, np.nan, rows), "nan or inf in row 123"),
        (lambda rows: np.where(np.arange(300)[:, None] == 7, 1e39, rows.astype(np.float64)), "inf in row 7"),
        (lambda rows: rows[:0], "no rows"),
    ],
)
def test_wrong_rows_leave_no_output(run, tmp_path, capsys, spoil, message):
    folder, rows = run
    np.save(tmp_path / "x.npy", spoil(rows))
    output = tmp_path / "labels.csv"
    assert main(["predict", str(folder), str(tmp_path / "x.npy"), "-o", str(output), "--quiet"]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_wrong_requests(run, tmp_path, capsys):
    folder, _ = run
    assert main(["predict", str(tmp_path), "x.npy"]) == 2
    assert "A model is a .keras file" in capsys.readouterr().err
    assert main(["predict", str(folder), str(tmp_path / "x.npy")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["predict", str(folder), str(folder.parent / "table.csv"), "--batch-size", "0"]) == 2
    assert "at least 1" in capsys.readouterr().err


def test_columns_are_found_by_their_names(tmp_path, capsys, caplog):
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(60, 3)) + 5.0 * rng.integers(0, 3, size=60)[:, None] * [1.0, -1.0, 2.0]
    header = "age,income,size"
    np.savetxt(tmp_path / "table.csv", rows, delimiter=",", header=header, comments="")
    table = ["--dataset", f"csv:{tmp_path / 'table.csv'}", "--clusters", "3"]
    assert main(["run", "kmeans", *table, "--output", str(tmp_path / "run"), "--quiet", "--no-report"]) == 0
    found = []
    for columns in ([0, 1, 2], [2, 0, 1]):
        names = ",".join(header.split(",")[i] for i in columns)
        np.savetxt(tmp_path / "new.csv", rows[:, columns], delimiter=",", header=names, comments="")
        output = tmp_path / f"labels{columns[0]}.csv"
        assert main(["predict", str(tmp_path / "run"), str(tmp_path / "new.csv"), "-o", str(output), "--quiet"]) == 0
        found.append([line["cluster"] for line in read(output)])
    assert found[0] == found[1]
    assert "taken in their order" not in capsys.readouterr().err
    np.savetxt(tmp_path / "new.csv", rows, delimiter=",")
    with caplog.at_level("WARNING", "tfcluster"):
        assert main(["predict", str(tmp_path / "run"), str(tmp_path / "new.csv"), "-o", str(tmp_path / "a.csv")]) == 0
    assert "its columns are taken in their order, since it has no names of columns" in caplog.text
    np.savetxt(tmp_path / "new.csv", rows, delimiter=",", header="age,income,height", comments="")
    assert main(["predict", str(tmp_path / "run"), str(tmp_path / "new.csv")]) == 2
    assert "Missing: size. Received: age, income, height" in capsys.readouterr().err


def test_no_file_is_replaced_unasked(run, tmp_path, capsys):
    folder, rows = run
    table, output = tmp_path / "new.csv", tmp_path / "labels.csv"
    np.savetxt(table, rows, delimiter=",")
    output.write_text("mine")
    request = ["predict", str(folder), str(table), "--quiet", "-o"]
    assert main([*request, str(output)]) == 2
    assert f"{output} already exists: add --overwrite" in capsys.readouterr().err
    assert output.read_text() == "mine"
    for wrong, message in (([str(tmp_path), str(table)], "A model is"), ([str(folder), "nowhere.csv"], "No such file")):
        assert main(["predict", *wrong, "-o", str(output)]) == 2  # what is wrong with these comes first
        assert message in capsys.readouterr().err
    assert main([*request, str(tmp_path / "nowhere" / "labels.csv")]) == 2
    assert "takes a file in a folder that is there" in capsys.readouterr().err
    assert main([*request, str(output), "--overwrite"]) == 0
    assert len(read(output)) == 300
    for location in (table, f"csv:{table}"):
        again = ["predict", str(folder), str(location), "-o", str(table), "--overwrite"]
        assert main(again) == 2
        assert "another file than what is read" in capsys.readouterr().err
    np.testing.assert_array_equal(np.loadtxt(table, delimiter=",", dtype=np.float32), rows)
    assert main([*request, str(tmp_path), "--overwrite"]) == 2
    assert "takes a file" in capsys.readouterr().err


def test_images_get_the_range_of_those_trained_on(tmp_path, caplog):
    images = load("digits").x[:200]  # 0 to 16
    np.savez(tmp_path / "digits.npz", x=images)
    folder, output = tmp_path / "run", tmp_path / "labels.csv"
    options = ["--clusters", "10", "--preset", "fast", "--output", str(folder), "--quiet", "--no-report"]
    assert main(["run", "gmm", "--dataset", f"npz:{tmp_path / 'digits.npz'}", *options]) == 0
    own = np.load(folder / "run-00" / "assignments.npz")["labels"]
    bytes_of = np.round(images * (255 / 16)).astype(np.uint8)
    for index, image in enumerate(bytes_of):
        write_png(tmp_path / "photos" / f"{index:03d}.png", image)

    def agreement(location):
        assert main(["predict", str(folder), str(location), "-o", str(output), "--quiet", "--overwrite"]) == 0
        return np.mean([int(line["cluster"]) for line in read(output)] == own)

    assert agreement(tmp_path / "photos") > 0.97
    assert agreement(tmp_path / "digits.npz") == 1.0
    assert not caplog.records
    np.save(tmp_path / "bytes.npy", bytes_of)
    assert agreement(tmp_path / "bytes.npy") < 0.7
    (said,) = caplog.messages
    assert "values from 0 to 255, and the model was trained on values from 0 to 16" in said
    folder = (folder / "run-00" / "model.keras").rename(tmp_path / "moved.keras")  # a model knows it by itself
    assert agreement(tmp_path / "photos") > 0.97
