"""Codes that move little when the input does."""

import tensorflow as tf

from tfcluster.utils import check_choice

__all__ = ["CONTRACTED_ACTIVATIONS", "contraction"]

_SLOPES = {  # derivative of an activation from its value
    "sigmoid": lambda h: h * (1.0 - h),
    "tanh": lambda h: 1.0 - tf.square(h),
    "relu": lambda h: tf.cast(h > 0.0, h.dtype),
    "linear": tf.ones_like,
}
CONTRACTED_ACTIVATIONS = tuple(_SLOPES)


def contraction(codes, kernel, activation="sigmoid"):
    """Mean squared Frobenius norm of the Jacobian of one layer's codes (Rifai et al. 2011), without the Jacobian.

    ```
    mean_a |dh_a / dx_a|_F^2 = mean_a sum_j phi'_aj^2 sum_i W_ij^2,    h = phi(x W + b)
    ```

    Args:
        codes: h of shape (n, units).
        kernel: W of shape (d, units).
        activation: phi: `"sigmoid"`, `"tanh"`, `"relu"` or `"linear"`.

    Returns:
        Scalar tensor, at least 0.
    """
    check_choice("activation", activation, CONTRACTED_ACTIVATIONS)
    codes = tf.convert_to_tensor(codes)
    codes = codes if codes.dtype == tf.float64 else tf.cast(codes, tf.float32)
    norms = tf.reduce_sum(tf.square(tf.cast(kernel, codes.dtype)), axis=0)  # (units,)
    slopes = tf.reduce_mean(tf.square(_SLOPES[activation](codes)), axis=0)  # (units,)
    return tf.tensordot(slopes, norms, 1)
