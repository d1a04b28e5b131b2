import logging
import shutil

import h5py
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.data import load
from tfcluster.data.user_files import csv_form, read_csv, read_folder


def test_npz(tmp_path, rng):
    x = rng.normal(size=(6, 3))
    np.savez(tmp_path / "own.npz", x=x, y=np.array(list("bbaaab")))
    data = load(f"npz:{tmp_path / 'own.npz'}")
    np.testing.assert_allclose(data.x, x, rtol=1e-6)
    assert data.x.dtype == np.float32
    assert data.y.tolist() == [1, 1, 0, 0, 0, 1]
    assert data.info.kind == "features"
    assert data.info.n_clusters == 2


def test_npz_of_grey_images_and_without_labels(tmp_path, rng):
    np.savez(tmp_path / "own.npz", images=rng.integers(0, 255, (4, 28, 28)).astype(np.uint8))
    data = load(f"npz:{tmp_path / 'own.npz'}")
    assert data.x.shape == (4, 28, 28, 1)
    assert data.y is None
    assert data.info.range == (0.0, 255.0)


def test_csv(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("a,b,label\n1,2,x\n3,4.5,y\n5,6,x\n")
    data = load(f"csv:{path}")
    np.testing.assert_array_equal(data.x, [[1, 2], [3, 4.5], [5, 6]])
    assert data.y.tolist() == [0, 1, 0]
    path.write_text("1,2\n3,4\n")
    assert load(f"csv:{path}").y is None


def test_h5(tmp_path, rng):
    with h5py.File(tmp_path / "own.h5", "w") as file:
        file["data"] = rng.normal(size=(5, 4))
        file["labels"] = np.array([3, 3, 5, 5, 9])
    data = load(f"h5:{tmp_path / 'own.h5'}")
    assert data.x.shape == (5, 4)
    assert data.y.tolist() == [0, 0, 1, 1, 2]


def write_image(path, side, value, channels=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(np.full((side, side, channels), value, np.uint8)).numpy())


def test_folder(tmp_path, caplog):
    for index in range(3):
        write_image(tmp_path / "cat" / f"{index}.png", 24, 10 * index)
        write_image(tmp_path / "dog" / f"{index}.png", 24, 100 + index, channels=1)
    (tmp_path / "dog" / "broken.jpg").write_bytes(b"no image")
    with caplog.at_level(logging.WARNING, "tfcluster"):
        data = load(f"folder:{tmp_path}")
    assert "1 of 7 images could not be decoded" in caplog.text
    assert "broken.jpg" in caplog.text
    assert data.x.shape == (6, 24, 24, 3)
    assert data.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.x[3].max() == 100


def test_folder_in_parts(tmp_path):
    for part, name in (("train", "cat"), ("train", "dog"), ("val", "cat"), ("val", "dog")):
        write_image(tmp_path / part / name / "0.png", 24, 10)
    assert load(f"folder:{tmp_path}").y.tolist() == [0, 1, 0, 1]
    assert load(f"folder:{tmp_path / 'train'}").y.tolist() == [0, 1]
    write_image(tmp_path / "Test" / "cat" / "1.png", 24, 10)
    assert load(f"folder:{tmp_path}").y.tolist() == [0, 0, 1, 0, 1]  # Test comes before train
    write_image(tmp_path / "train" / "0.png", 24, 10)
    assert load(f"folder:{tmp_path}").y is None


def test_folder_of_mixed_sizes_and_without_classes(tmp_path):
    write_image(tmp_path / "a.png", 30, 5)
    write_image(tmp_path / "b.png", 200, 7)
    data = load(f"folder:{tmp_path}")
    assert data.x.shape == (2, 64, 64, 3)
    assert data.y is None
    assert load(f"folder:{tmp_path}", image_size=32).x.shape == (2, 32, 32, 3)


@pytest.mark.parametrize("limit", [3000, 20_000])  # reached with the second image; only once they have one size
def test_folder_that_does_not_fit_into_memory(tmp_path, limit):
    for index, side in enumerate((30, 30, 40)):
        write_image(tmp_path / f"{index}.png", side, index, channels=1 if index else 3)
    expected, _, _ = read_folder(tmp_path)
    found, _, _ = read_folder(tmp_path, in_memory=limit)
    assert isinstance(found, np.memmap)
    assert found.shape == (3, 64, 64, 3)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(expected[:, 0, 0], [[0] * 3, [1] * 3, [2] * 3])


def test_folder_for_which_the_disk_has_no_room(tmp_path, monkeypatch):
    write_image(tmp_path / "a.png", 30, 1)

    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(OSError, match="set TMPDIR to another folder"):
        read_folder(tmp_path, in_memory=10)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("npz:own.npz", b"no zip", "not a readable .npz"),
        ("csv:own.csv", b"", "is empty"),
        ("csv:own.csv", b"a,b\n", "a header and no rows"),
        ("csv:own.csv", b"1,2\n3\n", "line 2: expected 2 cells"),
        (
            "csv:own.csv",
            b"1,2\n3,four\n",
            "line 2, column 2: every cell must be a number; drop or encode columns of text first. Received: 'four'",
        ),
        ("h5:own.h5", b"no h5", "not a readable HDF5"),
    ],
)
def test_unreadable(tmp_path, name, content, message):
    kind, _, file = name.partition(":")
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load(f"{kind}:{tmp_path / file}")


def test_wrong_content(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, z=np.ones(3))
    with pytest.raises(ValueError, match=r"Received keys: \['z'\]"):
        load(f"npz:{path}")
    np.savez(path, x=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="holds Python objects"):
        load(f"npz:{path}")
    np.savez(path, x=np.ones((3, 2)), y=np.ones(2))
    with pytest.raises(ValueError, match="3 rows, 2 labels"):
        load(f"npz:{path}")
    np.savez(path, x=np.array(["a", "b"]))
    with pytest.raises(ValueError, match="rows of numbers"):
        load(f"npz:{path}")


@pytest.mark.parametrize("name", ["npz:nowhere.npz", "folder:nowhere"])
def test_missing(name):
    with pytest.raises(FileNotFoundError, match="takes an existing"):
        load(name)


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="No images"):
        load(f"folder:{tmp_path}")


def test_home_folder(tmp_path, rng, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    np.savez(tmp_path / "own.npz", x=rng.normal(size=(6, 3)))
    assert len(load("npz:~/own.npz")) == 6


def test_unknown_labels_stay_unknown(tmp_path):
    np.savez(tmp_path / "own.npz", x=np.eye(4), y=[5, -1, 7, 5])
    assert load(f"npz:{tmp_path / 'own.npz'}").y.tolist() == [0, -1, 1, 0]
    (tmp_path / "own.csv").write_text("a,b,label\n1,2,cat\n3,4,\n5,6,dog\n")
    data = load(f"csv:{tmp_path / 'own.csv'}")
    assert data.y.tolist() == [0, -1, 1]
    assert data.info.n_clusters == 2


def test_columns_of_a_csv(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("b,Label,a\n1,x,2\n3,y,4\n5,x,6\n")
    form = csv_form(path)
    assert (form.columns, form.label, form.features) == (("b", "a"), 1, (0, 2))
    assert load(f"csv:{path}").info.columns == ("b", "a")
    assert csv_form(path, ["a", "b"]).features == (2, 0)
    assert csv_form(path, ["a"]).features == (2,)  # others may be there
    with pytest.raises(ValueError, match=r"Missing: c. Received: b, Label, a"):
        csv_form(path, ["a", "c"])
    path.write_text("x,x\n1,2\n")
    assert csv_form(path).columns is None  # names that tell nothing apart
    path.write_text("1,2\n3,4\n")
    assert csv_form(path).columns is None
    assert csv_form(path, ["a", "b"]).features == (0, 1)  # without a header they are as they were


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("age,city\n1,rome\n", "line 2, column 'city': every cell must be a number; drop or encode columns of text"),
        ("age,size\n1,\n", "line 2, column 'size': every cell must be a number; fill in missing values first"),
        ("age;size\n1,5;2,5\n", "expected 1 cells. Cells are separated by commas. Received: 3"),
    ],
)
def test_what_to_do_about_a_csv(content, message, tmp_path):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        load(f"csv:{tmp_path / 't.csv'}")


def test_a_file_without_its_kind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("1,2\n")
    with pytest.raises(ValueError, match=r"with their kind: csv:t\.csv\. Received"):
        load("t.csv")


def test_a_first_row_with_an_empty_cell_is_no_header(tmp_path):
    (tmp_path / "x.csv").write_text("1,,3\n4,5,6\n")
    with pytest.raises(ValueError, match="line 1"):
        read_csv(tmp_path / "x.csv")
