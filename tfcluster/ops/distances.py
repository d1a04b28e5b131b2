"""Squared Euclidean distances."""

import tensorflow as tf

__all__ = ["cross_squared_distances", "exact_matmul", "squared_distances"]


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
    distances = squares[:, None] + squares[None, :] - 2.0 * exact_matmul(x, x, transpose_b=True)  # (n, n)
    distances = tf.maximum(distances, 0.0)
    return tf.linalg.set_diag(distances, tf.zeros_like(squares))


def cross_squared_distances(x, y):
    """Squared Euclidean distances of the rows of one matrix to those of another.

    ```
    D_aj = |x_a|^2 + |y_j|^2 - 2 <x_a, y_j>,   D_aj >= 0
    ```

    Both are shifted by the mean of y first, as in `squared_distances`.

    Args:
        x: Tensor of shape (n, d), floating point.
        y: Tensor of shape (k, d).

    Returns:
        Tensor of shape (n, k), float32 or float64.
    """
    if x.dtype != tf.float64:
        x = tf.cast(x, tf.float32)
    y = tf.cast(y, x.dtype)
    centre = tf.stop_gradient(tf.reduce_mean(y, axis=0, keepdims=True))
    x, y = x - centre, y - centre
    products = exact_matmul(x, y, transpose_b=True)  # (n, k)
    squares = tf.reduce_sum(tf.square(x), axis=1)[:, None] + tf.reduce_sum(tf.square(y), axis=1)[None, :]
    return tf.maximum(squares - 2.0 * products, 0.0)


def exact_matmul(a, b, **options):
    """`tf.matmul`, in float64 where TensorFlow would round float32 factors to 10 bits (TF32 of GPUs)."""
    rounded = tf.config.experimental.tensor_float_32_execution_enabled() and tf.config.list_physical_devices("GPU")
    if a.dtype == tf.float32 and rounded:
        return tf.cast(tf.matmul(tf.cast(a, tf.float64), tf.cast(b, tf.float64), **options), tf.float32)
    return tf.matmul(a, b, **options)
