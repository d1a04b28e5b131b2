import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.analysis import exciting_rows, filter_picture, first_filters
from tfcluster.analysis.filters import _blurred


@pytest.fixture(scope="module")
def network():
    """Filters of 1x1: the first two like bright, the third likes dark."""
    inputs = keras.Input((6, 6, 1))
    x = keras.layers.Conv2D(3, 1, name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.ReLU(name="relu")(x))
    model.get_layer("conv").set_weights([np.array([[[[1.0, 0.5, -1.0]]]]) / 255, np.array([0.0, 0.0, 1.0])])
    return model


def test_first_filters(network):
    assert first_filters(network).shape == (3, 1, 1, 1)
    inputs = keras.Input((8, 8, 2))
    model = keras.Model(inputs, keras.layers.Conv2D(4, 3)(inputs))
    found = first_filters(model)
    assert found.shape == (4, 3, 6, 1)
    np.testing.assert_array_equal(found.min(axis=(1, 2, 3)), 0.0)
    np.testing.assert_allclose(found.max(axis=(1, 2, 3)), 1.0)
    with pytest.raises(ValueError, match="takes a backbone with a Conv2D layer"):
        first_filters(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))


def test_exciting_rows(network):
    x = np.ones((250, 6, 6, 1), np.float32) * np.random.default_rng(0).permutation(250)[:, None, None, None]
    found = exciting_rows(network, "relu", x, count=4)
    values = x[:, 0, 0, 0][found]
    np.testing.assert_array_equal(values, [[249, 248, 247, 246], [249, 248, 247, 246], [0, 1, 2, 3]])


def test_gradient_ascent_finds_what_a_filter_likes(network):
    bright, dark = (filter_picture(network, "relu", index, (6, 6, 1), steps=60, decay=0.0) for index in (0, 2))
    assert bright.shape == (6, 6, 1)
    assert bright.mean() > 200 > 60 > dark.mean()
    np.testing.assert_allclose(_blurred(tf.ones((1, 6, 6, 1)), 0.7), 1.0, rtol=1e-6)  # no dark frame
    scaled = filter_picture(network, "relu", 0, (6, 6, 1), low=0.0, high=1.0, steps=5)
    assert 0.0 <= scaled.min() < scaled.max() <= 1.0
