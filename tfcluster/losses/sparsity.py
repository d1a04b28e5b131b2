"""Few active units."""

import tensorflow as tf

from tfcluster.losses.clipping import clipped
from tfcluster.utils import check_choice

__all__ = ["SPARSITY_KINDS", "sparsity"]

SPARSITY_KINDS = ("kl", "l1")


def sparsity(codes, kind="kl", target=0.05):
    """How far the units of a batch are from being rarely active.

    ```
    kl   sum_j [ rho ln(rho / r_j) + (1 - rho) ln((1 - rho) / (1 - r_j)) ],    r_j = mean_a h_aj
    l1   mean_a sum_j |h_aj|
    ```

    Args:
        codes: h of shape (n, d); in [0, 1] for `"kl"`.
        kind: `"kl"` or `"l1"`.
        target: rho, in (0, 1); of no effect for `"l1"`.

    Returns:
        Scalar tensor, at least 0.
    """
    check_choice("kind", kind, SPARSITY_KINDS)
    codes = tf.convert_to_tensor(codes)
    codes = codes if codes.dtype == tf.float64 else tf.cast(codes, tf.float32)
    if kind == "l1":
        return tf.reduce_mean(tf.reduce_sum(tf.abs(codes), axis=1))
    means = clipped(tf.reduce_mean(codes, axis=0), 1e-6, 1.0 - 1e-6)  # a unit that is never active is still pulled up
    rho = tf.constant(target, means.dtype)
    active = rho * (tf.math.log(rho) - tf.math.log(means))
    return tf.reduce_sum(active + (1.0 - rho) * (tf.math.log1p(-rho) - tf.math.log1p(-means)))
