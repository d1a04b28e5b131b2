"""Square roots that can be trained through."""

import tensorflow as tf

__all__ = ["safe_sqrt"]


def safe_sqrt(x):
    """sqrt(x) for x >= 0, of the same shape, whose gradient at 0 is 0 where that of the root is infinite."""
    positive = x > 0.0
    return tf.where(positive, tf.sqrt(tf.where(positive, x, tf.ones_like(x))), tf.zeros_like(x))
