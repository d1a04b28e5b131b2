import numpy as np
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.ops import assignment_overlap, cauchy_schwarz_similarity, simplex_proximity


def softmax(z):
    return tf.nn.softmax(z, axis=1)


def test_cauchy_schwarz_by_hand():
    # N = M' K M with K = [[1, .5], [.5, 1]] and M = I: N_12 / sqrt(N_11 N_22) = 0.5; one pair, 2 / (2 * 1) = 1.
    kernel = tf.constant([[1.0, 0.5], [0.5, 1.0]])
    assert abs(float(cauchy_schwarz_similarity(tf.eye(2), kernel)) - 0.5) < 1e-6


def test_cauchy_schwarz_of_three_clusters_by_hand():
    kernel = tf.constant([[1.0, 0.5, 0.1], [0.5, 1.0, 0.2], [0.1, 0.2, 1.0]])
    assert abs(float(cauchy_schwarz_similarity(tf.eye(3), kernel)) - 0.8 / 3.0) < 1e-6


def test_cauchy_schwarz_bounds(rng):
    memberships = tf.constant([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    apart = tf.constant(np.kron(np.eye(2), np.ones((2, 2))), tf.float32)
    assert float(cauchy_schwarz_similarity(memberships, apart)) < 1e-6
    assert abs(float(cauchy_schwarz_similarity(memberships, tf.ones((4, 4)))) - 1.0) < 1e-6


def test_empty_cluster_is_floored():
    memberships = tf.constant([[1.0, 0.0], [1.0, 0.0]])
    value = float(cauchy_schwarz_similarity(memberships, tf.eye(2)))
    # N = [[2, 0], [0, 0]]: 1e-9 / sqrt(1e-18) = 1.
    assert abs(value - 1.0) < 1e-5


def test_simplex_proximity_by_hand():
    found = simplex_proximity(tf.constant([[1.0, 0.0], [0.5, 0.5]]))
    np.testing.assert_allclose(found, [[1.0, np.exp(-2.0)], [np.exp(-0.5), np.exp(-0.5)]], rtol=1e-6)


def test_overlap_equals_the_sum_over_pairs(rng):
    a = softmax(rng.normal(size=(7, 3)))
    products = (a @ tf.transpose(a)).numpy()
    expected = 2.0 / (7 * 6) * products[np.triu_indices(7, 1)].sum()
    assert abs(float(assignment_overlap(a)) - expected) < 1e-12


def test_gradients(rng):
    z, kernel = rng.normal(size=(6, 3)), np.exp(-np.abs(rng.normal(size=(6, 6))))
    kernel = kernel @ kernel.T
    assert_gradient(lambda z: cauchy_schwarz_similarity(softmax(z), kernel), z)
    assert_gradient(lambda k: cauchy_schwarz_similarity(softmax(z), k), kernel)
    assert_gradient(lambda z: cauchy_schwarz_similarity(simplex_proximity(softmax(z)), kernel), z)
    assert_gradient(lambda z: assignment_overlap(softmax(z)), z)
