"""Equal cluster sizes."""

import math

import tensorflow as tf

__all__ = ["cluster_balance"]


def cluster_balance(assignments):
    """How far the clusters of a batch are from equal sizes.

    ```
    ln k - H(pi) = sum_i pi_i ln(k pi_i),   pi = mean_a A_a
    ```

    Args:
        assignments: A of shape (n, k), rows on the simplex.

    Returns:
        Scalar tensor in [0, ln k]: 0 for equal sizes, ln k if one cluster holds everything.
    """
    shares = tf.reduce_mean(assignments, axis=0)
    return math.log(assignments.shape[-1]) + tf.reduce_sum(tf.math.xlogy(shares, shares))
