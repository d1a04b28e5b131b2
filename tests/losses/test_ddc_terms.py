import numpy as np
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.losses import ddc_terms


def test_by_hand():
    # Two rows, hard and apart: N = K; d(A, K) = 0.5, no overlap, m = [[1, e^-2], [e^-2, 1]].
    kernel = np.array([[1.0, 0.5], [0.5, 1.0]])
    m = np.array([[1.0, np.exp(-2.0)], [np.exp(-2.0), 1.0]])
    n = m.T @ kernel @ m
    found = [float(term) for term in ddc_terms(tf.eye(2, dtype=tf.float64), kernel)]
    np.testing.assert_allclose(found, [0.5, 0.0, n[0, 1] / np.sqrt(n[0, 0] * n[1, 1])], atol=1e-12)


def test_gradient(rng):
    kernel = np.eye(5) + 0.1
    assert_gradient(lambda z: tf.add_n(list(ddc_terms(tf.nn.softmax(z), kernel))), rng.normal(size=(5, 3)))
