import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from tfcluster.training.rows import Rows, batches_of, warn_of_scales
from tfcluster.training.sources import HostSource


def test_array_keeps_bytes_and_becomes_float32(rng):
    assert Rows(rng.integers(0, 9, (5, 3)).astype(np.uint8), None, 2).array.dtype == np.uint8
    assert Rows(rng.normal(size=(5, 3)), None, 2).array.dtype == np.float32
    assert Rows([[1.0, 2.0], [3.0, 4.0]], None, 2).n == 2


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
def test_a_memory_map_that_must_be_copied_is_named(dtype, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("tfcluster.training.rows.RESIDENT_BYTES", 50)
    np.save(tmp_path / "x.npy", np.arange(20).reshape(10, 2).astype(dtype))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    kept = Rows(mapped, None, 2).array
    assert np.shares_memory(kept, mapped) == (dtype != "float64")
    assert ("memory map of float64" in caplog.text) == (dtype == "float64")


def test_data_set_of_rows_and_labels():
    dataset = tf.data.Dataset.from_tensor_slices((np.arange(6.0).reshape(6, 1), np.arange(6))).batch(4)
    rows = Rows(dataset, None, 2)
    assert rows.array.shape == (6, 1)
    np.testing.assert_array_equal(rows.y, np.arange(6))


def test_empty_data_set():
    with pytest.raises(ValueError, match="no rows"):
        Rows(tf.data.Dataset.from_tensor_slices(np.ones((0, 2))).batch(2), None, 2)


class ReadRows:
    """Rows that are read when they are asked for."""

    def __init__(self, x, order=None):
        self.x, self.order = x, order
        self.shape, self.dtype, self.nbytes = x.shape, x.dtype, x.nbytes

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        if self.order == "increasing" and isinstance(index, np.ndarray) and (np.diff(index) <= 0).any():
            raise TypeError("Indexing elements must be in increasing order")
        return self.x[index]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_rows_that_are_read_as_needed(rng, dtype):
    x = rng.integers(0, 9, (50, 3)).astype(dtype)
    source = Rows(ReadRows(x), None, 2).source(20, 1, drop_remainder=False)
    expected = Rows(x, None, 2).source(20, 1, drop_remainder=False)
    assert type(source) is HostSource
    for found, other in zip(source.fixed(), expected.fixed(), strict=True):
        np.testing.assert_array_equal(found[1][0], other[1][0])
    x[:] = x[0]
    with pytest.raises(ValueError, match="All 50 rows of `x` are the same"):
        Rows(ReadRows(x), None, 2)
    if dtype == np.float32:
        x[7, 1] = np.nan
        with pytest.raises(ValueError, match="nan in row 7, feature 1"):
            Rows(ReadRows(x), None, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dtype": np.dtype("int64")}, r"ReadRows, .*must be NumPy's uint8 or float32. Received: dtype\('int64'\)"),
        ({"shape": (5,)}, r"it must have rows. Received: shape \(5,\), length 5"),
        ({"shape": (6, 3)}, r"it must have rows. Received: shape \(6, 3\), length 5"),
        ({"order": "increasing"}, r"indices in any order. Received: TypeError for x\[\[4, 0\]\]: Indexing elements"),
        ({"shape": (5, 4)}, r"must be an array of 2 rows.* Received: ndarray of shape \(2, 3\)"),
    ],
)
def test_rows_that_cannot_be_read(rng, change, message):
    x = ReadRows(rng.normal(size=(5, 3)).astype(np.float32))
    vars(x).update(change)
    with pytest.raises(TypeError, match=message):
        Rows(x, None, 2)


class Table:
    """What a data frame has."""

    shape = (3, 2)

    def to_numpy(self):
        return np.eye(3)


def test_wrong_type(rng):
    with pytest.raises(TypeError, match="must be an array"):
        Rows({"x": 1}, None, 2)
    with pytest.raises(TypeError, match=r"use x.toarray\(\). Received: csr_matrix"):
        Rows(sparse.csr_matrix(np.eye(3)), None, 2)
    with pytest.raises(TypeError, match=r"use x.toarray\(\). Received: csr_matrix"):
        next(batches_of(sparse.csr_matrix(np.eye(3)), 2))
    with pytest.raises(TypeError, match=r"use x.to_numpy\(\). Received: Table"):
        Rows(Table(), None, 2)
    with pytest.raises(ValueError, match="fill or drop what is masked"):
        Rows(np.ma.masked_greater(rng.normal(size=(50, 3)), 0.0), None, 2)


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ([1e5] * 4, "the model sees values up to"),
        ([90.0] * 4, "the model sees values up to"),  # as of bytes
        ([1.0, 1.0, 30.0, 1.0], "column 2, counted from 0, has 99."),
        ([0.0, 0.0, 10.0, 0.0], "3 of 4 columns are constant in the first 50 rows"),  # no other that could count
        ([1.0, 2.0, 0.0, 4.0], "drop them if they are so in all rows. Columns, counted from 0: 2"),
        ([1.0, 2.0, 3.0, 4.0], None),
    ],
)
def test_scales_are_warned_about(scales, message, rng, caplog):
    warn_of_scales(rng.normal(size=(50, 4)).astype(np.float32) * np.array(scales, np.float32))
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == (message is not None)
    assert message is None or message in said[0]


def test_large_values_are_none_of_the_concern_of_methods_without_a_network(rng, caplog):
    warn_of_scales(1e5 * rng.normal(size=(50, 4)), network=False)
    assert not caplog.messages


def test_labels_that_are_no_numbers_are_refused_before_training(rng):
    with pytest.raises(ValueError, match=r"`y` must hold integers, -1 for unknown.*Received: dtype <U1"):
        Rows(rng.normal(size=(4, 2)), list("abab"), 2)
    with pytest.raises(ValueError, match="`y` must hold integers"):
        Rows(rng.normal(size=(4, 2)), [0.0, 1.0, 0.5, 1.0], 2)
    with pytest.raises(ValueError, match="`y` must hold integers"):
        Rows(rng.normal(size=(4, 2)), [0.0, 1.0, np.nan, 1.0], 2)


def test_labels_of_which_none_is_known_are_none(rng):
    assert Rows(rng.normal(size=(4, 2)), [-1, -1, -1, -1], 2).y is None
    assert Rows(rng.normal(size=(4, 2)), [-1, -1, -1, 0], 2).y is not None


@pytest.mark.parametrize("anew", [True, False])
def test_labels_of_a_stream_count_in_one_order_only(anew, monkeypatch, caplog):
    monkeypatch.setattr("tfcluster.training.rows.RESIDENT_BYTES", 50)
    dataset = tf.data.Dataset.range(100).map(lambda i: (tf.cast([i], tf.float32), i % 2))
    dataset = dataset.shuffle(100, seed=0, reshuffle_each_iteration=anew).batch(20)
    with caplog.at_level("WARNING", "tfcluster"):
        rows = Rows(dataset, None, 2)
    assert rows.dataset is not None
    assert rows.repeats == rows.source(10, 0, True).repeats == (not anew)
    assert (rows.y is None) == anew
    assert ("there will be no scores" in caplog.text) == anew


def test_elements_of_a_data_set_are_rows_and_labels(rng):
    x = rng.normal(size=(20, 3)).astype(np.float32)
    with pytest.raises(ValueError, match="Received: weights too"):
        Rows(tf.data.Dataset.from_tensor_slices((x, np.zeros(20), np.ones(20))).batch(5), None, 2)
    with pytest.raises(TypeError, match="Received: dict"):
        Rows(tf.data.Dataset.from_tensor_slices({"x": x}).batch(5), None, 2)


def test_phases_share_the_rows_on_the_device(rng):
    rows = Rows(rng.normal(size=(20, 3)).astype(np.float32), None, 2)
    first, second = rows.source(4, 0, True), rows.source(5, 1, False)
    assert first.x is second.x
    assert (first.batch_size, second.batch_size, second.seed) == (4, 5, 1)
