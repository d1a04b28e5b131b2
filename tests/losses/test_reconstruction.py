import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.losses import reconstruction_loss

X = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)
R = np.array([[0.25, 0.5], [0.5, 0.5]], np.float32)


def test_by_hand():
    np.testing.assert_allclose(reconstruction_loss(X, R), (0.0625 + 3 * 0.25) / 4)
    # -[ln .75 + ln .5 + 2 ln .5] / 2
    expected = -(np.log(0.75) + 3 * np.log(0.5)) / 2
    np.testing.assert_allclose(reconstruction_loss(X, R, "cross_entropy"), expected, rtol=1e-6)


def test_reversed_by_hand():
    x = np.array([[0.25, 0.5]], np.float32)
    expected = -(np.log(0.75) + np.log(0.5))  # r = (0, 1)
    np.testing.assert_allclose(reconstruction_loss(x, X[:1], "reversed_cross_entropy"), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["cross_entropy", "reversed_cross_entropy"])
def test_finite_at_the_ends(kind):
    assert np.isfinite(reconstruction_loss(X, X[::-1], kind))


def test_what_is_wholly_wrong_is_pulled_back():
    logit = tf.Variable([[-20.0]])  # a sigmoid of 2e-9, below the limit
    with tf.GradientTape() as tape:
        loss = reconstruction_loss(np.ones((1, 1), np.float32), tf.sigmoid(logit), "cross_entropy")
    np.testing.assert_allclose(tape.gradient(loss, logit), [[-np.exp(-20.0) / 1e-7]], rtol=1e-3)


@pytest.mark.parametrize("kind", ["mse", "cross_entropy", "reversed_cross_entropy"])
def test_gradient(kind, rng):
    x = rng.uniform(size=(3, 4)).astype(np.float32)
    assert_gradient(lambda r: reconstruction_loss(x, r, kind), rng.uniform(0.2, 0.8, size=(3, 4)), step=1e-3, rtol=2e-2)


def test_unknown_kind():
    with pytest.raises(ValueError, match="mse"):
        reconstruction_loss(X, R, "l1")
