import keras
import numpy as np
import pytest

from tfcluster.models.stack_codes import codes_of_layer, map_batches


def test_batches_are_put_together():
    rows = np.arange(14, dtype="float32").reshape(7, 2)
    found = map_batches(lambda part: 2 * part, rows, size=3)
    np.testing.assert_array_equal(found, 2 * rows)
    assert found.dtype == np.float32


def test_codes_and_dead_units():
    layer = keras.layers.Dense(2, "relu", kernel_initializer="ones")
    layer.build((None, 1))
    rows = np.array([[1.0], [3.0]], "float32")
    np.testing.assert_array_equal(codes_of_layer([None, layer], 1, rows), [[1.0, 1.0], [3.0, 3.0]])
    layer.bias.assign([-9.0, -9.0])
    with pytest.raises(ValueError, match="Layer 2 of the stack gives all 2 rows the same code"):
        codes_of_layer([None, layer], 1, rows)
