import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient, gradient
from tfcluster.ops import kl_to_target, student_t_log_assignments, target_distribution

Z = np.array([[0.0, 0.0], [1.0, 0.0]])
CENTROIDS = np.array([[0.0, 0.0], [2.0, 0.0]])


def test_assignments_by_hand():
    # alpha 1: row 0 has u = 1, 1/5; row 1 lies halfway.
    q = np.exp(student_t_log_assignments(tf.constant(Z), tf.constant(CENTROIDS)))
    np.testing.assert_allclose(q, [[5 / 6, 1 / 6], [0.5, 0.5]], rtol=1e-12)
    # alpha 3: u = 1, (1 + 4/3)^-2 = 9/49
    q = np.exp(student_t_log_assignments(tf.constant(Z), tf.constant(CENTROIDS), 3.0))
    np.testing.assert_allclose(q[0], [49 / 58, 9 / 58], rtol=1e-12)


def test_targets_by_hand():
    # f = 1.2, 0.8; q^2 / f = 0.64/1.2, 0.04/0.8; 0.16/1.2, 0.36/0.8
    p = target_distribution(tf.constant([[0.8, 0.2], [0.4, 0.6]], tf.float64))
    first, second = np.array([0.64 / 1.2, 0.05]), np.array([0.16 / 1.2, 0.45])
    np.testing.assert_allclose(p, [first / first.sum(), second / second.sum()], rtol=1e-12)


def test_an_empty_cluster_gets_no_target():
    p = target_distribution(tf.constant([[1.0, 0.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(p, [[1.0, 0.0], [1.0, 0.0]])


def test_divergence_by_hand():
    p, log_q = (
        tf.constant([[0.5, 0.5], [1.0, 0.0]], tf.float64),
        tf.math.log(tf.constant([[0.25, 0.75], [0.5, 0.5]], tf.float64)),
    )
    expected = (0.5 * np.log(2) + 0.5 * np.log(2 / 3) + np.log(2)) / 2
    np.testing.assert_allclose(kl_to_target(p, log_q), expected, rtol=1e-12)
    np.testing.assert_allclose(kl_to_target(tf.exp(log_q), log_q), 0.0, atol=1e-15)


@pytest.mark.parametrize("alpha", [1.0, 2.0, 9.0])
def test_gradient_is_the_closed_form(alpha, rng):
    """Xie et al., equations 4 and 5, with the factor (alpha + 1) / alpha that they leave out for alpha 1 as 2."""
    n, k, d = 20, 4, 3
    z, mu = rng.normal(size=(n, d)), rng.normal(size=(k, d))
    p = rng.dirichlet(np.ones(k), size=n)

    def loss(z, mu):
        return kl_to_target(tf.constant(p), student_t_log_assignments(z, mu, alpha))

    grad_z, grad_mu = gradient(loss, z, mu)
    difference = z[:, None] - mu[None]  # (n, k, d)
    distances = (difference**2).sum(-1)
    u = (1 + distances / alpha) ** (-(alpha + 1) / 2)
    q = u / u.sum(1, keepdims=True)
    weights = (alpha + 1) / alpha * (p - q) / (1 + distances / alpha) / n
    np.testing.assert_allclose(grad_z, (weights[..., None] * difference).sum(1), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(grad_mu, -(weights[..., None] * difference).sum(0), rtol=1e-9, atol=1e-14)
    assert_gradient(lambda value: loss(value, mu), z)


def test_no_gradient_flows_into_the_targets():
    (found,) = gradient(
        lambda p: kl_to_target(p, tf.math.log(tf.constant([[0.3, 0.7]]))) + 0.0 * tf.reduce_sum(p),
        np.array([[0.5, 0.5]], np.float32),
    )
    np.testing.assert_array_equal(found, 0.0)


def test_finite_far_away():
    q = student_t_log_assignments(tf.constant([[1e6, 0.0]]), tf.constant(CENTROIDS, tf.float32), 9.0)
    assert np.isfinite(q).all()
    assert np.isfinite(kl_to_target(target_distribution(tf.exp(q)), q))
