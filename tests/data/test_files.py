import hashlib

import numpy as np
import pytest

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
