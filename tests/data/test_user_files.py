import logging
import os
import shutil

import h5py
import numpy as np
import pytest

from tests.helpers import write_image
from tfcluster.data import load
from tfcluster.data.image_files import ImageFiles
from tfcluster.data.user_files import read_folder


def test_npz(tmp_path, rng):
    x = rng.normal(size=(6, 3))
    np.savez(tmp_path / "own.npz", x=x, y=np.array(list("bbaaab")))
    data = load(f"npz:{tmp_path / 'own.npz'}")
    np.testing.assert_allclose(data.x, x, rtol=1e-6)
    assert data.x.dtype == np.float32
    assert data.y.tolist() == [1, 1, 0, 0, 0, 1]
    assert data.info.label_names == ("a", "b")
    assert data.info.kind == "features"
    assert data.info.n_clusters == 2


def test_npz_of_grey_images_and_without_labels(tmp_path, rng):
    np.savez(tmp_path / "own.npz", images=rng.integers(0, 255, (4, 28, 28)).astype(np.uint8))
    data = load(f"npz:{tmp_path / 'own.npz'}")
    assert data.x.shape == (4, 28, 28, 1)
    assert data.y is None
    assert data.info.range == (0.0, 255.0)


def test_h5(tmp_path, rng):
    with h5py.File(tmp_path / "own.h5", "w") as file:
        file["data"] = rng.normal(size=(5, 4))
        file["labels"] = np.array([3, 3, 5, 5, 9])
    data = load(f"h5:{tmp_path / 'own.h5'}")
    assert data.x.shape == (5, 4)
    assert data.y.tolist() == [0, 0, 1, 1, 2]
    assert data.info.label_names == ("3", "5", "9")


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
    assert data.info.label_names == ("cat", "dog")
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


def test_a_stray_image_takes_the_labels_and_this_is_said(tmp_path, caplog):
    for name in ("cat/0.png", "dog/0.png", "stray.png"):
        write_image(tmp_path / name, 24, 10)
    assert load(f"folder:{tmp_path}").y is None
    assert "there are no labels, since 1 of 3 images lie in no subfolder" in caplog.text
    assert "stray.png" in caplog.text


def test_images_of_other_kinds_are_counted(tmp_path, caplog):
    write_image(tmp_path / "a.png", 24, 10)
    for name in ("b.webp", "c.WEBP", "d.tif", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert len(load(f"folder:{tmp_path}")) == 1
    assert "are left out, convert them: 1 .tif, 2 .webp" in caplog.text


@pytest.mark.parametrize("size", [0, -4, 2.5])
def test_sides_of_images_are_whole_numbers(tmp_path, size):
    write_image(tmp_path / "a.png", 24, 10)
    with pytest.raises(ValueError, match="`image_size` must be an integer of at least 1"):
        load(f"folder:{tmp_path}", image_size=size)


def test_files_and_folders_are_told_apart(tmp_path):
    (tmp_path / "t.csv").write_text("1,2\n")
    with pytest.raises(FileNotFoundError, match="takes an existing file; a folder is named as folder:DIR"):
        load(f"csv:{tmp_path}")
    with pytest.raises(FileNotFoundError, match="takes an existing folder; a file is named as csv:FILE"):
        load(f"folder:{tmp_path / 't.csv'}")
    with pytest.raises(ValueError, match="csv: is followed by a file"):
        load("csv:")


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
    expected, *_ = read_folder(tmp_path)
    found, *_ = read_folder(tmp_path, in_memory=limit)
    assert isinstance(found, np.memmap)
    assert found.shape == (3, 64, 64, 3)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(expected[:, 0, 0], [[0] * 3, [1] * 3, [2] * 3])


def test_folder_for_which_there_is_no_room(tmp_path, monkeypatch, caplog):
    for index, side in enumerate((30, 30, 120)):
        write_image(tmp_path / "ab"[index % 2] / f"{index}.png", side, index, channels=1 if index else 3)
    expected, *facts = read_folder(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(100, 90, 10))
    found, *found_facts = read_folder(tmp_path, in_memory=10)
    assert isinstance(found, ImageFiles)
    assert "has no room: they are decoded anew whenever they are needed" in caplog.text
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found[:], expected)
    assert [np.asarray(part).tolist() for part in found_facts] == [np.asarray(part).tolist() for part in facts]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("npz:own.npz", b"no zip", "not a readable .npz"),
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
    np.savez(path, z=np.ones(3), w=np.ones(3))
    with pytest.raises(ValueError, match=r"Received keys: \['w', 'z'\]"):
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


def test_an_array_alone(tmp_path, rng):
    x = rng.normal(size=(9, 3)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x), np.save(tmp_path / "x.npy", x)
    for kind in ("npz", "npy"):
        data = load(f"{kind}:{tmp_path / f'x.{kind}'}")
        np.testing.assert_array_equal(data.x, x)
        assert data.y is None
    (tmp_path / "x.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match=r"must be an array of numbers as written by numpy\.save"):
        load(f"npy:{tmp_path / 'x.npy'}")


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
    np.savez(tmp_path / "own.npz", x=np.eye(4), y=[5, np.nan, 7, 5])
    assert load(f"npz:{tmp_path / 'own.npz'}").y.tolist() == [0, -1, 1, 0]
    with h5py.File(tmp_path / "own.h5", "w") as file:
        file["x"] = np.eye(4)
        file["y"] = ["b", "", "a", "nan"]
    data = load(f"h5:{tmp_path / 'own.h5'}")
    assert data.y.tolist() == [1, -1, 0, -1]
    assert data.info.n_clusters == 2


def test_a_file_without_its_kind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("1,2\n")
    with pytest.raises(ValueError, match=r"with their kind: csv:t\.csv\. Received"):
        load("t.csv")


@pytest.mark.parametrize("key", ["x", "y"])
def test_h5_group(tmp_path, key):
    with h5py.File(tmp_path / "own.h5", "w") as file:
        file["x" if key == "y" else "labels"] = np.eye(3)
        file.create_group(key)["train"] = np.eye(3)
    message = rf"own.h5: '{key}' must be a data set; move one to this place. Received: a group of \['train'\]"
    with pytest.raises(ValueError, match=message):
        load(f"h5:{tmp_path / 'own.h5'}")


def test_linked_folders_are_followed_and_hidden_ones_are_not(tmp_path):
    folder, elsewhere = tmp_path / "photos", tmp_path / "elsewhere"
    write_image(folder / "cat" / "0.png", 8, 10)
    write_image(elsewhere / "b" / "1.png", 8, 20)
    write_image(folder / ".ipynb_checkpoints" / "2.png", 8, 30)
    (folder / "dog").symlink_to(elsewhere)
    (elsewhere / "b" / "home").symlink_to(folder)  # loops
    (folder / "cat" / "self").symlink_to(folder / "cat")
    data = load(f"folder:{folder}")
    assert data.names.tolist() == ["cat/0.png", "dog/b/1.png"]
    assert data.y.tolist() == [0, 1]


def test_names_of_images_are_utf8(tmp_path):
    write_image(tmp_path / "a.png", 8, 1)
    (tmp_path / "a.png").rename(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    with pytest.raises(ValueError, match=r"coded as UTF-8; rename it. Received: b'.*caf\\xe9.png'"):
        load(f"folder:{tmp_path}")


def test_a_folder_named_nan_is_a_class(tmp_path):
    for name in ("nan", "naan"):
        write_image(tmp_path / name / "0.png", 8, 1)
    assert load(f"folder:{tmp_path}").y.tolist() == [0, 1]


def test_labels_are_utf8(tmp_path):
    names = np.array(["é", "a", "é", "b"])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["y"] = np.eye(4), names.astype(object)
    np.savez(tmp_path / "b.npz", x=np.eye(4), y=np.char.encode(names, "utf-8"))
    for kind, name in (("h5", "a.h5"), ("npz", "b.npz")):
        data = load(f"{kind}:{tmp_path / name}")
        assert data.y.tolist() == [2, 0, 2, 1]
        assert data.info.label_names == ("a", "b", "é")
