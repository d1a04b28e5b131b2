import numpy as np
import pytest
import tensorflow as tf

from tfcluster.training.rows import Rows, warn_of_scales


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


def test_wrong_type():
    with pytest.raises(TypeError, match="must be an array"):
        Rows({"x": 1}, None, 2)


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ([1e5] * 4, "the model sees values up to"),
        ([1.0, 1.0, 30.0, 1.0], "column 2, counted from 0, has 99."),
        ([0.0, 0.0, 300.0, 0.0], None),  # there is no other column that could count
        ([1.0, 2.0, 3.0, 4.0], None),
    ],
)
def test_scales_are_warned_about(scales, message, rng, caplog):
    warn_of_scales(rng.normal(size=(50, 4)).astype(np.float32) * np.array(scales, np.float32))
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == (message is not None)
    assert message is None or message in said[0]
