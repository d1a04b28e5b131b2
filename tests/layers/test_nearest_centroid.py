import keras
import numpy as np
import pytest

from tfcluster.layers import NearestCentroid


def test_nearest_of_known_centroids():
    layer = NearestCentroid(3)
    layer.build((None, 2))
    layer.centroids.assign([[0.0, 0.0], [2.0, 0.0], [0.0, 5.0]])
    found = layer(np.array([[0.9, 0.0], [1.1, 0.0], [0.0, 2.6], [0.0, -9.0]]))
    np.testing.assert_array_equal(found, np.eye(3)[[0, 1, 2, 0]])


def test_in_a_functional_model(tmp_path, rng):
    inputs = keras.Input((8,))
    model = keras.Model(inputs, NearestCentroid(3)(keras.layers.Dense(4)(inputs)))
    model.layers[-1].centroids.assign(rng.normal(size=(3, 4)))
    assert model.layers[-1].trainable_variables == []
    x = rng.normal(size=(60, 8))
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = NearestCentroid(2)
        layer.build((None, 1))
        layer.centroids.assign([[1000.0], [1001.0]])  # the same number in bfloat16
        found = layer(np.array([[1000.0], [1001.0]], np.float32))
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_array_equal(found, np.eye(2))


def test_refuses_images():
    with pytest.raises(ValueError, match="embeddings of shape"):
        NearestCentroid(3).build((None, 4, 4))


def test_far_from_the_origin():
    layer = NearestCentroid(2)
    layer.build((None, 2))
    layer.centroids.assign([[10_000.0, 10_000.0], [10_001.0, 10_000.0]])
    found = layer(np.array([[10_000.4, 10_003.0], [10_000.6, 9_998.0]], np.float32))
    np.testing.assert_array_equal(found, np.eye(2))
