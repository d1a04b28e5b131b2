import keras
import numpy as np

from tfcluster.layers import HOG


def test_a_ramp_has_one_orientation():
    right = np.tile(np.arange(16.0), (16, 1))[None, ..., None]
    for image, expected in ((right, 0), (right.transpose(0, 2, 1, 3), 4), (-right, 0)):
        features = HOG(cell=8)(image).numpy().reshape(4, 9)
        np.testing.assert_allclose(features, np.eye(9)[[expected] * 4], atol=1e-5)


def test_the_strongest_channel_counts(rng):
    x = rng.normal(size=(2, 16, 16, 1))
    np.testing.assert_allclose(HOG()(np.concatenate([x, 0 * x], axis=3)), HOG()(x), atol=1e-6)


def test_shapes_and_config():
    assert HOG(cell=4)(np.zeros((2, 32, 32, 3))).shape == (2, 576)
    assert HOG(cell=8)(np.zeros((2, 96, 96, 3))).shape == (2, 1296)
    inputs = keras.Input((32, 32, 3))
    assert keras.Model(inputs, HOG()(inputs)).output_shape == (None, 144)
    again = HOG.from_config(HOG(4, 6).get_config())
    assert (again.cell, again.bins) == (4, 6)
