import numpy as np
import tensorflow as tf

from tests.helpers import gradient
from tfcluster.ops.safe_sqrt import safe_sqrt


def test_what_is_broken_shows():
    assert np.isnan(safe_sqrt(tf.constant([np.nan, -1.0]))).all()


def test_values_and_gradients():
    x = np.array([0.0, 0.25, 4.0, 1e-30], np.float32)
    np.testing.assert_allclose(safe_sqrt(tf.constant(x)), [0.0, 0.5, 2.0, 1e-15], rtol=1e-6)
    (found,) = gradient(lambda values: tf.reduce_sum(safe_sqrt(values)), x)
    np.testing.assert_allclose(found, [0.0, 1.0, 0.25, 5e14], rtol=1e-5)
