"""How well an autoencoder gives back its input."""

import tensorflow as tf

from tfcluster.utils import check_choice

__all__ = ["RECONSTRUCTION_LOSSES", "reconstruction_loss"]

RECONSTRUCTION_LOSSES = ("mse", "cross_entropy")


def reconstruction_loss(x, reconstruction, kind="mse"):
    """Reconstruction error of a batch.

    ```
    mse             mean over rows and values of (x - r)^2
    cross_entropy   -mean over rows of sum_k [ x_k ln r_k + (1 - x_k) ln(1 - r_k) ],   x and r in [0, 1]
    ```

    Args:
        x: Rows of shape (n, ...).
        reconstruction: r of the same shape.
        kind: `"mse"` or `"cross_entropy"`.

    Returns:
        Scalar tensor, float32.
    """
    check_choice("kind", kind, RECONSTRUCTION_LOSSES)
    x, r = tf.cast(x, tf.float32), tf.cast(reconstruction, tf.float32)
    if kind == "mse":
        return tf.reduce_mean(tf.square(x - r))
    r = tf.clip_by_value(r, 1e-7, 1.0 - 1e-7)
    entropy = x * tf.math.log(r) + (1.0 - x) * tf.math.log1p(-r)
    return -tf.reduce_mean(tf.reduce_sum(tf.reshape(entropy, [tf.shape(x)[0], -1]), axis=1))
