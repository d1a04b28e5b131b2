import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.backbones.convolution import padded_convolution


@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(3, 1, 1), (3, 2, 1), (5, 1, 2), (1, 1, 0), (7, 2, 3), (4, 4, 1), (3, 1, 0)]
)
def test_zeros_on_every_side(size, stride, padding, rng):
    inputs = keras.Input((8, 7, 2))
    model = keras.Model(inputs, padded_convolution(inputs, 3, size, stride, padding, "glorot_uniform", "conv"))
    x = rng.normal(size=(2, 8, 7, 2)).astype(np.float32)
    zeros = np.pad(x, [(0, 0), (padding, padding), (padding, padding), (0, 0)])
    expected = tf.nn.conv2d(zeros, model.get_layer("conv").kernel, stride, "VALID")
    np.testing.assert_allclose(model(x), expected, atol=1e-6)
    assert model.output_shape[1:] == ((8 + 2 * padding - size) // stride + 1, (7 + 2 * padding - size) // stride + 1, 3)
