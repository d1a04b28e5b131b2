import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.ops import tensor_distances


def projector(matrix):
    q, _ = np.linalg.qr(matrix.T)
    return q @ q.T


def test_equals_projection_distances(rng):
    x = rng.normal(size=(4, 3, 4, 5))
    expected = np.zeros((4, 4))
    for mode in range(1, 4):
        p = [projector(np.moveaxis(sample, mode - 1, 0).reshape(sample.shape[mode - 1], -1)) for sample in x]
        expected += [[np.square(a - b).sum() for b in p] for a in p]
    np.testing.assert_allclose(tensor_distances(tf.constant(x)), expected, atol=1e-5)


def test_modes_add_up(rng):
    x = tf.constant(rng.normal(size=(4, 3, 4, 5)))
    parts = sum(tensor_distances(x, modes=[mode]) for mode in (1, 2, 3))
    np.testing.assert_allclose(tensor_distances(x), parts)


def test_original_distances_of_a_tall_mode_are_constant(rng):
    # I = 8 > P = 4: every row space is R^4, and 2 (I - 4) = 8 stands everywhere, the diagonal included.
    x = tf.constant(rng.normal(size=(5, 2, 2, 8)))
    np.testing.assert_allclose(tensor_distances(x, modes=[3], original_distances=True), np.full((5, 5), 8.0), atol=1e-4)
    ours = tensor_distances(x, modes=[3]).numpy()
    np.testing.assert_allclose(np.diag(ours), 0.0, atol=1e-10)
    assert ours[~np.eye(5, dtype=bool)].min() > 0.1


def test_equal_to_the_original_at_full_rank(rng):
    x = tf.constant(rng.normal(size=(5, 4, 4, 4)))
    np.testing.assert_allclose(tensor_distances(x), tensor_distances(x, original_distances=True), atol=1e-4)


@pytest.mark.parametrize("original", [False, True])
def test_gradient(rng, original):
    weights = rng.normal(size=(4, 4))
    x = rng.normal(size=(4, 3, 3, 4))
    assert_gradient(
        lambda x: tf.reduce_sum(
            tf.linalg.set_diag(weights, np.zeros(4)) * tensor_distances(x, original_distances=original)
        ),
        x,
    )
