import functools

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.layers import TensorKernelUCO
from tfcluster.models import DDC
from tfcluster.ops import gaussian_kernel
from tfcluster.ops.kernels import BANDWIDTHS, median, off_diagonal

D = np.array([[0.0, 1.0, 4.0], [1.0, 0.0, 9.0], [4.0, 9.0, 0.0]], np.float32)


def test_median_takes_the_midpoint():
    assert float(median(tf.constant([5.0, 1.0, 3.0]))) == 3.0
    assert float(median(tf.constant([5.0, 1.0, 3.0, 4.0]))) == 3.5


def test_off_diagonal():
    np.testing.assert_array_equal(off_diagonal(tf.constant(D)), [1, 4, 1, 9, 4, 9])


def test_median_rule_counts_the_diagonal():
    # Nine entries 0 0 0 1 1 4 4 9 9: the median is 1, sigma 0.15.
    np.testing.assert_allclose(gaussian_kernel(tf.constant(D)), np.exp(-D / 0.3), rtol=1e-5)


def test_off_diagonal_rule():
    # 1 1 4 4 9 9: the median is 4, sigma 0.5 * 4.
    found = gaussian_kernel(tf.constant(D), "off_diagonal", relative_sigma=0.5)
    np.testing.assert_allclose(found, np.exp(-D / 4.0), rtol=1e-5)


def test_quantile_rule():
    # The quantile 0 is q = 1: shifted 0 0 3 3 8 8, median 3, sigma 0.45.
    found = gaussian_kernel(tf.constant(D), "quantile", quantile=0.0).numpy()
    np.testing.assert_allclose(found, np.exp(-np.maximum(D - 1.0, 0.0) / 0.9), rtol=1e-5)


def test_identical_rows_give_ones():
    np.testing.assert_array_equal(gaussian_kernel(tf.zeros((4, 4))), np.ones((4, 4)))


def test_sigma_has_no_gradient(rng):
    x = rng.uniform(1.0, 2.0, size=(5, 5))
    sigma = 0.15 * np.median(x)
    expected = -np.exp(-x / (2 * sigma)) / (2 * sigma)
    with tf.GradientTape() as tape:
        tensor = tf.constant(x)
        tape.watch(tensor)
        total = tf.reduce_sum(gaussian_kernel(tensor))
    np.testing.assert_allclose(tape.gradient(total, tensor), expected, rtol=1e-8)


def test_shift_has_no_gradient(rng):
    # Around a point the quantile and sigma stay what they are: moving one large distance moves its own entry only.
    x = rng.uniform(1.0, 2.0, size=(5, 5))
    with tf.GradientTape() as tape:
        tensor = tf.constant(x)
        tape.watch(tensor)
        kernel = gaussian_kernel(tensor, "quantile", quantile=0.3)
        entry = kernel[0, int(np.argmax(x[0, 1:])) + 1]
    slope = tape.gradient(entry, tensor).numpy()
    assert np.count_nonzero(slope) == 1
    assert slope.min() < 0.0


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
def test_single_row(bandwidth):
    np.testing.assert_array_equal(gaussian_kernel(tf.zeros((1, 1)), bandwidth), [[1.0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quantile": 0.5}, "`quantile` must be at least 0 and below 0.5"),
        ({"quantile": -0.1}, "`quantile` must be at least 0 and below 0.5"),
        ({"relative_sigma": 0.0}, "`relative_sigma` must be above 0"),
        ({"bandwidth": "mean"}, "`bandwidth` must be one of"),
    ],
)
def test_rules_that_make_no_kernel(arguments, message):
    for make in (functools.partial(gaussian_kernel, tf.constant(D)), functools.partial(DDC, 3), TensorKernelUCO):
        with pytest.raises(ValueError, match=message):
            make(**arguments)
