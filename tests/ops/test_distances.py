import numpy as np
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.ops import cross_squared_distances, squared_distances


def test_by_hand():
    found = squared_distances(tf.constant([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    np.testing.assert_allclose(found, [[0, 25, 1], [25, 0, 18], [1, 18, 0]], atol=1e-5)


def test_far_from_the_origin(rng):
    x = rng.normal(size=(20, 5)).astype(np.float32)
    np.testing.assert_allclose(squared_distances(tf.constant(x + 1000.0)), squared_distances(tf.constant(x)), atol=2e-3)


def test_never_negative_and_low_precision_is_raised(rng):
    x = tf.cast(np.repeat(rng.normal(size=(1, 50)), 30, axis=0), tf.bfloat16)
    found = squared_distances(x)
    assert found.dtype == tf.float32
    assert float(tf.reduce_min(found)) >= 0.0


def test_gradient(rng):
    weights = rng.normal(size=(6, 6))
    assert_gradient(lambda x: tf.reduce_sum(weights * squared_distances(x)), rng.normal(size=(6, 3)))


def test_cross_distances(rng):
    x, y = rng.normal(size=(5, 3)) + 1000.0, rng.normal(size=(4, 3)) + 1000.0
    expected = ((x[:, None] - y[None]) ** 2).sum(-1)
    np.testing.assert_allclose(cross_squared_distances(tf.constant(x), tf.constant(y)), expected, rtol=1e-9)
    low = cross_squared_distances(tf.constant(x, tf.float32), tf.constant(y, tf.float32))
    np.testing.assert_allclose(low, expected, rtol=1e-3, atol=1e-3)


def test_products_are_not_rounded_where_there_is_a_gpu(rng, monkeypatch):
    x, y = (tf.constant(30.0 * rng.normal(size=(n, 10)), tf.float32) for n in (20, 5))
    products = []
    matmul = tf.matmul
    monkeypatch.setattr(tf, "matmul", lambda a, b, **kwargs: products.append(a.dtype) or matmul(a, b, **kwargs))
    expected = cross_squared_distances(x, y)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    found = cross_squared_distances(x, y)
    assert products == [tf.float32, tf.float64]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    monkeypatch.setattr(tf.config.experimental, "tensor_float_32_execution_enabled", lambda: False)
    cross_squared_distances(x, y)
    assert products[-1] == tf.float32
