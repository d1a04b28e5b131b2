import logging

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.training.rows import Rows


def test_array_keeps_bytes_and_becomes_float32(rng):
    assert Rows(rng.integers(0, 9, (5, 3)).astype(np.uint8), None, 2).array.dtype == np.uint8
    assert Rows(rng.normal(size=(5, 3)), None, 2).array.dtype == np.float32
    assert Rows([[1.0, 2.0], [3.0, 4.0]], None, 2).n == 2


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


def test_large_values_are_warned_about(rng, caplog):
    with caplog.at_level(logging.WARNING, "tfcluster"):
        Rows(1e6 * rng.normal(size=(5, 3)), None, 2)
    assert "unscaled" in caplog.text
