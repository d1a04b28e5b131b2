import hashlib

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from tfcluster.data import files


def test_folders_in_order(monkeypatch, tmp_path):
    monkeypatch.setenv("TFCLUSTER_DATA_DIR", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = [str(folder) for folder in files.search_folders("mine")]
    assert found == ["mine", *(str(tmp_path / part) for part in ("a", "b")), "data", str(tmp_path / "cache/tfcluster")]


def test_the_first_folder_that_has_one_wins(monkeypatch, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("TFCLUSTER_DATA_DIR", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    (tmp_path / "b" / "x.npz").touch()
    assert files.find_file(("x.npz",)) == tmp_path / "b" / "x.npz"
    (tmp_path / "a" / "y.npz").touch()
    assert files.find_file(("x.npz", "y.npz")) == tmp_path / "a" / "y.npz"
    assert files.find_file(("z.npz",)) is None


def test_checksums(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"abc")
    assert files.sha256_of(path) == hashlib.sha256(b"abc").hexdigest()
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert files.sha256_of(array.T) == hashlib.sha256(np.ascontiguousarray(array.T).tobytes()).hexdigest()


@pytest.mark.parametrize("key", files.X_KEYS)
def test_rows_under_any_known_key(key, tmp_path):
    np.savez(tmp_path / "f.npz", **{key: np.eye(3), "labels": [0, 1, 2]})
    x, y = files.read_npz(tmp_path / "f.npz")
    np.testing.assert_array_equal(x, np.eye(3))
    np.testing.assert_array_equal(y, [0, 1, 2])


def test_no_pickles(tmp_path):
    np.savez(tmp_path / "f.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="npz"):
        files.read_npz(tmp_path / "f.npz")


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia"])
@pytest.mark.parametrize("shape", [(4, 4), (3, 5)])
def test_sparse_matrices_of_any_format(form, shape, tmp_path):
    matrix = sparse.random(*shape, 0.5, random_state=0)
    sparse.save_npz(tmp_path / "f.npz", matrix.asformat(form))
    x, y = files.read_npz(tmp_path / "f.npz")
    np.testing.assert_array_equal(x, matrix.toarray().astype(np.float32))
    assert y is None


def test_sparse_format_that_is_not_known(tmp_path):
    np.savez(tmp_path / "f.npz", format=b"abc", data=np.ones(2), shape=(2, 2))
    with pytest.raises(ValueError, match=r"f.npz must be a matrix saved as .*tocsr"):
        files.read_npz(tmp_path / "f.npz")


def test_what_is_wrong_with_jpegs(tmp_path):
    coded = [tf.io.encode_jpeg(np.zeros((8, side, 3), np.uint8)).numpy() for side in (8, 8, 9)]
    for parts, message in (
        (coded, r"f.npz, row 2: images must have one size; .* Received: \(8, 9\) after \(8, 8\)"),
        ([coded[0], b"no image"], r"f.npz, row 1: .* must be a JPEG image, .* Received: b'no image'"),
        ([], "f.npz must hold images"),
    ):
        offsets = np.cumsum([0, *map(len, parts)])
        np.savez(tmp_path / "f.npz", jpeg=np.frombuffer(b"".join(parts), np.uint8), offsets=offsets)
        with pytest.raises(ValueError, match=message):
            files.read_npz(tmp_path / "f.npz")
