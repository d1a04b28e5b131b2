import math

import numpy as np
import tensorflow as tf
from scipy import stats

from tests.helpers import assert_gradient
from tfcluster.ops.variational import (
    LIKELIHOODS,
    categorical_kl,
    gaussian_divergence,
    gaussian_kl,
    gaussian_log_loss,
    reconstruction_log_loss,
)


def test_gaussian_kl():
    mean, log_variance = tf.constant([[0.0, 0.0], [1.0, 1.0]]), tf.zeros((2, 2))
    np.testing.assert_allclose(gaussian_kl(mean, log_variance), [0.0, 1.0])  # 1/2 a dimension
    found = gaussian_kl(tf.constant([[0.5]]), tf.constant([[math.log(4.0)]]))
    np.testing.assert_allclose(found, [-0.5 * (1 + math.log(4.0) - 0.25 - 4.0)], rtol=1e-6)


def test_categorical_kl():
    found = categorical_kl(tf.constant([[0.0, 0.0, 0.0], [0.0, 100.0, 0.0], [math.log(2.0), 0.0, 0.0]]))
    entropy = -(0.5 * math.log(0.5) + 2 * 0.25 * math.log(0.25))
    np.testing.assert_allclose(found, [0.0, math.log(3), math.log(3) - entropy], atol=1e-6)


def test_reconstruction(rng):
    x, logits = rng.uniform(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    p = 1.0 / (1.0 + np.exp(-logits))
    expected = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=(1, 2))
    np.testing.assert_allclose(reconstruction_log_loss(x, logits, "cross_entropy"), expected, rtol=1e-5)
    expected = np.square(x - logits).sum(axis=(1, 2))
    np.testing.assert_allclose(reconstruction_log_loss(x, logits, "mse"), expected, rtol=1e-5)


def test_extreme_logits_are_finite():
    x, logits = tf.constant([[1.0, 0.0]]), tf.constant([[-1e4, 1e4]])
    np.testing.assert_allclose(reconstruction_log_loss(x, logits, "cross_entropy"), [2e4])
    assert np.isfinite(categorical_kl(tf.constant([[1e4, -1e4]]))).all()


def test_gradients(rng):
    log_variance = tf.constant(rng.normal(size=(3, 4)))
    assert_gradient(lambda mean: tf.reduce_sum(gaussian_kl(mean, log_variance)), rng.normal(size=(3, 4)))
    assert_gradient(lambda value: tf.reduce_sum(gaussian_kl(log_variance, value)), rng.normal(size=(3, 4)))
    assert_gradient(lambda logits: tf.reduce_sum(categorical_kl(logits)), rng.normal(size=(3, 4)))
    fixed = [tf.constant(part) for part in rng.normal(size=(4, 3, 4))]
    for function, count in ((gaussian_divergence, 4), (gaussian_log_loss, 3)):
        for place in range(count):

            def of_one(value, function=function, count=count, place=place):
                return tf.reduce_sum(function(*fixed[:place], value, *fixed[place + 1 : count]))

            assert_gradient(of_one, fixed[place].numpy())
    rows = tf.constant(rng.uniform(size=(3, 4)))
    for likelihood in LIKELIHOODS:

        def loss(decoded, likelihood=likelihood):
            return tf.reduce_sum(reconstruction_log_loss(rows, decoded, likelihood))

        assert_gradient(loss, rng.normal(size=(3, 4)), step=1e-2, rtol=1e-2)  # in float32


def test_divergence_of_gaussians(rng):
    mean, log_variance, other, other_log_variance = rng.normal(size=(4, 3, 2))
    found = gaussian_divergence(mean, log_variance, np.zeros(2), np.zeros(2))
    np.testing.assert_allclose(found, gaussian_kl(mean, log_variance), rtol=1e-12)
    np.testing.assert_allclose(gaussian_divergence(mean, log_variance, mean, log_variance), 0.0, atol=1e-12)
    s, t = np.exp(0.5 * log_variance), np.exp(0.5 * other_log_variance)
    expected = (np.log(t / s) + (s**2 + (mean - other) ** 2) / (2 * t**2) - 0.5).sum(axis=1)
    np.testing.assert_allclose(gaussian_divergence(mean, log_variance, other, other_log_variance), expected)


def test_gaussian_log_loss(rng):
    x, mean, log_variance = rng.normal(size=(3, 4, 2))
    expected = -stats.norm.logpdf(x, mean, np.exp(0.5 * log_variance)).sum(axis=1)
    np.testing.assert_allclose(gaussian_log_loss(x, mean, log_variance), expected, rtol=1e-12)
