import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.losses import contraction

ACTIVATIONS = {"sigmoid": tf.sigmoid, "tanh": tf.tanh, "relu": tf.nn.relu, "linear": tf.identity}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_is_the_norm_of_the_jacobian(name, rng):
    x, kernel, bias = tf.constant(rng.normal(size=(6, 5))), tf.constant(rng.normal(size=(5, 4))), rng.normal(size=4)
    with tf.GradientTape() as tape:
        tape.watch(x)
        codes = ACTIVATIONS[name](x @ kernel + bias)
    jacobian = tape.batch_jacobian(codes, x)  # (6, 4, 5)
    expected = tf.reduce_mean(tf.reduce_sum(jacobian**2, axis=(1, 2)))
    np.testing.assert_allclose(contraction(codes, kernel, name), expected, rtol=1e-12)


def test_gradient(rng):
    x = tf.constant(rng.normal(size=(6, 5)))
    assert_gradient(lambda kernel: contraction(tf.sigmoid(x @ kernel), kernel), rng.normal(size=(5, 4)))


def test_unknown_activation():
    with pytest.raises(ValueError, match="`activation` must be one of"):
        contraction(tf.ones((2, 2)), tf.ones((2, 2)), "gelu")
