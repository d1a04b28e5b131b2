import json

import numpy as np
import pytest

from tfcluster.data import load
from tfcluster.data.loading import get_entry


def test_digits_need_no_file():
    data = load("digits")
    assert data.x.shape == (1797, 8, 8, 1)
    assert data.x.min() == 0.0
    assert data.x.max() == 16.0
    assert data.info.range == (0.0, 16.0)
    assert np.bincount(data.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert len(data.info.sha256) == 64


def test_blobs():
    data = load("blobs")
    assert data.x.shape == (3000, 2)
    low, high = data.info.range
    assert data.x.min() >= low
    assert data.x.max() <= high
    assert len(np.unique(data.y)) == 5


def save_usps(folder, rng):
    x = rng.uniform(size=(9298, 16, 16)).astype(np.float32)
    np.savez(folder / "usps.npz", x=x, y=np.arange(9298) % 10)
    return x


def test_named_file_is_found_in_order(tmp_path, rng, monkeypatch):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    x = save_usps(second, rng)
    monkeypatch.setenv("TFCLUSTER_DATA_DIR", f"{first}:{second}")
    data = load("usps")
    np.testing.assert_array_equal(data.x[..., 0], x)
    assert data.info.path == str(second / "usps.npz")
    save_usps(first, rng)
    assert load("usps").info.path == str(first / "usps.npz")
    assert load("usps", data_dir=second).info.path == str(second / "usps.npz")


def test_splits(tmp_path, rng):
    save_usps(tmp_path, rng)
    parts = [len(load("usps", tmp_path, split)) for split in ("all", "train", "test")]
    assert parts == [9298, 7291, 2007]
    with pytest.raises(ValueError, match="`split` must be one of"):
        load("usps", tmp_path, "valid")
    with pytest.raises(ValueError, match="no official split"):
        load("digits", split="train")


def test_missing_file_says_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TFCLUSTER_DATA_DIR", raising=False)
    with pytest.raises(FileNotFoundError, match=r"usps.npz in one of these folders: .*--data-dir"):
        load("usps", download=False)


def test_no_network_is_known_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TFCLUSTER_DATA_DIR", raising=False)
    monkeypatch.setattr("tfcluster.data.download._HOSTS", {"tfds": "http://127.0.0.1:9"})
    with pytest.raises(FileNotFoundError, match=r"--dataset digits needs no file"):
        load("mnist")


def test_unknown_name():
    with pytest.raises(ValueError, match="did you mean fashion_mnist"):
        load("fashion-mnist")


def test_csr_and_jpeg_parts(tmp_path):
    import tensorflow as tf
    from scipy import sparse

    matrix = sparse.random(10000, 2000, 0.001, "csr", dtype=np.float32, random_state=0)
    np.savez(
        tmp_path / "reuters10k.npz",
        data=matrix.data,
        indices=matrix.indices.astype(np.int16),
        indptr=matrix.indptr,
        shape=matrix.shape,
        y=np.zeros(10000, np.uint8),
    )
    data = load("reuters10k", tmp_path)
    np.testing.assert_array_equal(data.x, matrix.toarray())
    assert "not the sample" in data.info.note
    image = np.full((32, 32, 3), 100, np.uint8)
    coded = tf.io.encode_jpeg(image).numpy()
    header, body = coded[:20], coded[20:]
    offsets = np.arange(4) * len(body)
    parts = {"header": header, "jpeg": body * 3}
    np.savez(
        tmp_path / "cifar10_jpeg.npz",
        offsets=offsets,
        y=np.arange(3),
        **{key: np.frombuffer(value, np.uint8) for key, value in parts.items()},
    )
    data = load("cifar10", tmp_path)
    assert data.x.shape == (3, 32, 32, 3)
    assert np.abs(data.x.astype(int) - 100).max() <= 2
    assert "lossy" in data.info.note


def test_entries_state_their_facts():
    for name in ("mnist", "coil100", "stl10", "svhn"):
        entry = get_entry(name)
        assert entry.files
        assert entry.origin
        assert json.dumps(entry.range)


def save_named(folder, name, x):
    np.savez(folder / f"{name}.npz", x=x, y=np.arange(len(x)) % 10)
    return load(name, folder)


def test_named_file_of_other_values(tmp_path, rng, caplog):
    x = rng.uniform(size=(9298, 16, 16)).astype(np.float32)
    assert save_named(tmp_path, "usps", x).info.range == (0.0, 1.0)
    assert not caplog.records
    data = save_named(tmp_path, "usps", 2 * x - 1)
    assert data.info.range == (data.x.min(), data.x.max())
    assert "usps.npz holds values from -0.99" in caplog.text
    assert "not from 0 to 1 as usps; they are taken as they are" in caplog.text
    scaled = x[:20, :14, :14].repeat(2, axis=1).repeat(2, axis=2)
    low, high = save_named(tmp_path, "mnist", scaled).info.range
    assert 0 <= low < high <= 1
    with pytest.raises(ValueError, match="Save the bytes of the images"):
        load("big_small_digits", tmp_path)


@pytest.mark.parametrize(("file", "warns"), [("cifar10_jpeg", True), ("coil100", False)])  # as their notes say
def test_named_file_with_fewer_rows(file, warns, tmp_path, rng, caplog):
    x = rng.integers(0, 255, (9, 32, 32, 3)).astype(np.uint8)
    np.savez(tmp_path / f"{file}.npz", x=x, y=np.arange(9))
    assert len(load(file.partition("_")[0], tmp_path)) == 9
    assert ("holds 9 rows" in caplog.text) == warns


def test_channels_first(tmp_path):
    for shape in ((5, 3, 32, 32), (5, 1, 28, 28)):
        np.savez(tmp_path / "own.npz", x=np.zeros(shape, np.uint8))
        with pytest.raises(ValueError, match=r"np.moveaxis\(x, 1, -1\). Received: shape \(5, "):
            load(f"npz:{tmp_path / 'own.npz'}")
    for shape in ((5, 3, 32, 3), (5, 32, 32, 12)):
        np.savez(tmp_path / "own.npz", x=np.zeros(shape, np.uint8))
        assert load(f"npz:{tmp_path / 'own.npz'}").x.shape == shape


@pytest.mark.parametrize("shape", [(0, 3), (0, 8, 8, 1), (4, 0)])
def test_no_values(shape, tmp_path):
    np.savez(tmp_path / "own.npz", x=np.zeros(shape), y=np.zeros(shape[0]))
    with pytest.raises(ValueError, match=r"must hold rows of values\. Received: none, shape"):
        load(f"npz:{tmp_path / 'own.npz'}")
