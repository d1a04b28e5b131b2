"""How well an autoencoder gives back its input."""

import tensorflow as tf

from tfcluster.losses.clipping import clipped
from tfcluster.utils import check_choice

__all__ = ["RECONSTRUCTION_LOSSES", "reconstruction_loss"]

RECONSTRUCTION_LOSSES = ("mse", "cross_entropy", "reversed_cross_entropy")


def reconstruction_loss(x, reconstruction, kind="mse"):
    """Reconstruction error of a batch.

    ```
    mse             mean over rows and values of (x - r)^2
    cross_entropy   -mean over rows of sum_k [ x_k ln r_k + (1 - x_k) ln(1 - r_k) ],   x and r in [0, 1]
    reversed_cross_entropy   the same with x and r exchanged
    ```

    Logarithms are of values from 1e-7 to 1 - 1e-7; beyond these the gradient is that at the limit, so that it pulls
    back what is wholly wrong. The reversed one is ill-posed where x is 0 or 1: those limits then make it.

    Args:
        x: Rows of shape (n, ...).
        reconstruction: r of the same shape.
        kind: `"mse"`, `"cross_entropy"` or `"reversed_cross_entropy"`.

    Returns:
        Scalar tensor, float32.
    """
    check_choice("kind", kind, RECONSTRUCTION_LOSSES)
    x, r = tf.cast(x, tf.float32), tf.cast(reconstruction, tf.float32)
    if kind == "mse":
        return tf.reduce_mean(tf.square(x - r))
    if kind == "reversed_cross_entropy":
        x, r = r, x
    r = clipped(r, 1e-7, 1.0 - 1e-7)
    entropy = x * tf.math.log(r) + (1.0 - x) * tf.math.log1p(-r)
    return -tf.reduce_mean(tf.reduce_sum(tf.reshape(entropy, [tf.shape(x)[0], -1]), axis=1))
