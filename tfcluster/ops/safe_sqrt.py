"""Square roots that can be trained through."""

import tensorflow as tf

__all__ = ["safe_sqrt"]


def safe_sqrt(x):
    """sqrt(x) for x >= 0, of the same shape, whose gradient at 0 is 0 where that of the root is infinite."""
    zero = x == 0.0
    return tf.where(zero, tf.zeros_like(x), tf.sqrt(tf.where(zero, tf.ones_like(x), x)))
