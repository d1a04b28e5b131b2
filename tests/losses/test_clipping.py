import numpy as np
import tensorflow as tf

from tfcluster.losses.clipping import clipped


def test_values_stay_within_and_gradients_pass():
    x = tf.Variable([-1.0, 0.3, 2.0])
    with tf.GradientTape() as tape:
        found = clipped(x, 0.1, 0.9)
        total = tf.reduce_sum(found * [1.0, 2.0, 3.0])
    np.testing.assert_allclose(found, [0.1, 0.3, 0.9], rtol=1e-6)
    np.testing.assert_array_equal(tape.gradient(total, x), [1.0, 2.0, 3.0])


def test_limits_close_to_each_other_hold_far_away():
    low, high = 1e-7, 1.0 - 1e-7
    np.testing.assert_array_equal(clipped(tf.constant([-2.0, 3.0, -1e8]), low, high), np.float32([low, high, low]))
