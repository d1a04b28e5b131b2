import numpy as np
import pytest
import tensorflow as tf

from tfcluster.ops import mode_unfolding


def test_modes_by_hand():
    x = np.arange(24).reshape(1, 2, 3, 4)
    for mode, axis in ((1, 0), (2, 1), (3, 2)):
        expected = np.moveaxis(x[0], axis, 0).reshape(x.shape[mode], -1)
        np.testing.assert_array_equal(mode_unfolding(tf.constant(x), mode, min_side=False)[0], expected)


def test_smaller_side_first():
    x = tf.constant(np.arange(2 * 2 * 2 * 8).reshape(2, 2, 2, 8))
    tall = mode_unfolding(x, 3, min_side=False)
    assert tall.shape == (2, 8, 4)
    np.testing.assert_array_equal(mode_unfolding(x, 3), tf.transpose(tall, [0, 2, 1]))


@pytest.mark.parametrize("mode", [0, 3])
def test_unknown_mode(mode):
    with pytest.raises(ValueError, match="`mode` must be a mode"):
        mode_unfolding(tf.zeros((2, 3, 4)), mode)
