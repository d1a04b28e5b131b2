import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.losses import sparsity


def test_by_hand():
    codes = np.array([[0.1, 0.6], [0.3, 0.2]])  # means 0.2 and 0.4
    expected = 0.1 * np.log(0.1 / 0.2) + 0.9 * np.log(0.9 / 0.8) + 0.1 * np.log(0.1 / 0.4) + 0.9 * np.log(0.9 / 0.6)
    np.testing.assert_allclose(sparsity(codes, target=0.1), expected, rtol=1e-12)
    np.testing.assert_allclose(sparsity(-codes, "l1"), 0.6, rtol=1e-12)
    np.testing.assert_allclose(sparsity(np.full((3, 4), 0.05)), 0.0, atol=1e-12)


@pytest.mark.parametrize("kind", ["kl", "l1"])
def test_gradient(kind, rng):
    assert_gradient(lambda codes: sparsity(codes, kind), rng.uniform(0.1, 0.9, size=(5, 3)))


def test_finite_for_dead_units():
    assert np.isfinite(sparsity(np.zeros((3, 2))))


def test_dead_units_are_pulled_up():
    codes = tf.Variable(np.full((3, 2), 1e-9))
    with tf.GradientTape() as tape:
        loss = sparsity(codes)
    assert (tape.gradient(loss, codes).numpy() < 0).all()
