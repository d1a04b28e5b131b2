import h5py
import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from tfcluster.data.row_stream import stream_rows


def all_rows(location, *args, **kwargs):
    count, batches = stream_rows(location, *args, **kwargs)
    parts = list(batches)
    return count, [len(rows) for rows, _ in parts], np.concatenate([rows for rows, _ in parts])


@pytest.fixture
def rows(rng):
    return rng.normal(size=(10, 3)).astype(np.float32)


@pytest.mark.parametrize("kind", ["npz", "compressed", "npy", "h5"])
def test_arrays(kind, rows, tmp_path):
    path = tmp_path / {"compressed": "x.npz"}.get(kind, f"x.{kind}")
    if kind == "npy":
        np.save(path, rows)
    elif kind == "h5":
        with h5py.File(path, "w") as file:
            file["x"] = rows
    else:
        (np.savez if kind == "npz" else np.savez_compressed)(path, y=np.arange(10), data=rows)
    count, sizes, found = all_rows(path, 4)
    assert (count, sizes) == (10, [4, 4, 2])
    np.testing.assert_array_equal(found, rows)


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_sparse_rows(form, rows, tmp_path):
    rows[rows < 0] = 0
    sparse.save_npz(tmp_path / "x.npz", sparse.csr_matrix(rows).asformat(form))
    count, sizes, found = all_rows(tmp_path / "x.npz", 4)
    assert (count, sizes) == (10, [4, 4, 2])
    np.testing.assert_array_equal(found, rows)


def test_csv_with_header_labels_and_empty_lines(rows, tmp_path):
    lines = ["a,label,b,c", "", *(f"{a!r},x,{b!r},{c!r}" for a, b, c in rows.tolist())]
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    count, sizes, found = all_rows(f"csv:{tmp_path / 'x.csv'}", 4)
    assert (count, sizes) == (None, [4, 4, 2])
    np.testing.assert_array_equal(found, rows)


def test_images_get_the_shape_asked_for(tmp_path, caplog):
    grey = np.full((5, 5, 1), 7, np.uint8)
    tf.io.write_file(str(tmp_path / "a.png"), tf.io.encode_png(grey))
    tf.io.write_file(str(tmp_path / "b" / "c.png"), tf.io.encode_png(np.full((9, 8, 3), 9, np.uint8)))
    (tmp_path / "b" / "broken.png").write_bytes(b"no image")
    for channels in (1, 3):
        count, batches = stream_rows(tmp_path, 2, (6, 4, channels))
        parts = list(batches)
        assert count == 3
        assert [names for _, names in parts] == [["a.png"], ["b/c.png"]]
        assert all(images.shape == (1, 6, 4, channels) and images.dtype == np.uint8 for images, _ in parts)
        assert [np.unique(images).tolist() for images, _ in parts] == [[7], [9]]
    assert "broken.png could not be decoded" in caplog.text


def test_what_cannot_be_read(rows, tmp_path):
    np.save(tmp_path / "vector.npy", rows[0])
    np.save(tmp_path / "columns.npy", np.asfortranarray(rows))
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "text.h5").write_text("no file")
    (tmp_path / "text.csv").write_text("1,2\n3\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "x.txt").write_text("1")
    np.savez(tmp_path / "other.npz", z=rows, w=rows)
    (tmp_path / "folder").mkdir()
    for name, message in {
        "vector.npy": "rows of numbers",
        "columns.npy": "columns first",
        "text.npy": "not an array",
        "text.npz": "not a readable .npz",
        "text.h5": "not a readable HDF5",
        "text.csv": "line 2: expected 2 cells",
        "empty.csv": "is empty",
        "x.txt": "Rows are read from",
        "other.npz": "one of the keys",
        "folder": "No images",
    }.items():
        with pytest.raises(ValueError, match=message):
            all_rows(tmp_path / name, 4, (3, 3, 1))
    with h5py.File(tmp_path / "group.h5", "w") as file:
        file.create_group("x")["train"] = rows
    with pytest.raises(ValueError, match="'x' must be a data set"):
        stream_rows(tmp_path / "group.h5")
    with pytest.raises(ValueError, match="a model of images"):
        stream_rows(tmp_path / "folder", 4, (3,))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        stream_rows(tmp_path / "nowhere.npz")


def test_a_file_that_ends_too_early(rows, tmp_path):
    np.save(tmp_path / "x.npy", rows)
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content[:-16])
    with pytest.raises(ValueError, match="ends in the midst of row 8"):
        all_rows(tmp_path / "x.npy", 4)


@pytest.mark.parametrize(
    ("header", "columns", "said"),
    [
        ("a,b", None, ""),
        ("a,b", ("b", "a"), ""),
        ("1,2", ("1", "2"), ""),  # names that are numbers are known by the model's
        ("", (), ""),
        ("a,b", (), "trained on columns without names"),
        ("", ("a", "b"), "has no names of columns"),
    ],
)
def test_columns_that_are_taken_in_their_order(header, columns, said, tmp_path, caplog):
    (tmp_path / "x.csv").write_text("\n".join([*([header] if header else []), "0.5,2.5", "3.5,4.5"]))
    with caplog.at_level("WARNING", "tfcluster"):
        assert sum(len(rows) for rows, _ in stream_rows(tmp_path / "x.csv", columns=columns)[1]) == 2
    assert said in caplog.text if said else not caplog.text


def test_a_damaged_archive(rng, tmp_path):
    np.savez_compressed(tmp_path / "x.npz", x=rng.normal(size=(400, 8)))
    content = bytearray((tmp_path / "x.npz").read_bytes())
    for place in (60, len(content) // 2):
        spoilt = bytearray(content)
        spoilt[place : place + 40] = bytes(40)
        (tmp_path / "x.npz").write_bytes(spoilt)
        with pytest.raises(ValueError, match=r"x\.npz is not (a readable|an array)"):
            all_rows(tmp_path / "x.npz", 4)
