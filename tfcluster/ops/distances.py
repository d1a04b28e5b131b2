"""Squared Euclidean distances."""

import tensorflow as tf

__all__ = ["squared_distances"]


def squared_distances(x):
    """Pairwise squared Euclidean distances of the rows of one matrix.

    ```
    D_ab = |x_a|^2 + |x_b|^2 - 2 <x_a, x_b>,   D_aa = 0,   D_ab >= 0
    ```

    The rows are centred first, which changes no distance and keeps the subtraction accurate in float32 when the
    cloud lies far from the origin. Low-precision rows are raised to float32.

    Args:
        x: Tensor of shape (n, d), floating point.

    Returns:
        Tensor of shape (n, n), float32 or float64, symmetric with an exactly zero diagonal.
    """
    if x.dtype != tf.float64:
        x = tf.cast(x, tf.float32)
    x = x - tf.stop_gradient(tf.reduce_mean(x, axis=0, keepdims=True))
    squares = tf.reduce_sum(tf.square(x), axis=1)  # (n,)
    distances = squares[:, None] + squares[None, :] - 2.0 * tf.matmul(x, x, transpose_b=True)  # (n, n)
    distances = tf.maximum(distances, 0.0)
    return tf.linalg.set_diag(distances, tf.zeros_like(squares))
