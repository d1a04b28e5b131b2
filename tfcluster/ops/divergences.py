"""The Cauchy-Schwarz divergence between clusters and what DDC builds from it (Kampffmeyer et al. 2019)."""

import tensorflow as tf

__all__ = ["assignment_overlap", "cauchy_schwarz_similarity", "simplex_proximity"]

_FLOOR = 1e-9


def cauchy_schwarz_similarity(memberships, kernel):
    """Mean Cauchy-Schwarz similarity of the pairs of clusters (DDC, term 1).

    ```
    N = M' K M,     d(M, K) = 2 / (k (k - 1)) * sum_{i<j}  N_ij / sqrt(N_ii N_jj)
    ```

    N_ij is floored at 1e-9 and N_ii N_jj at 1e-18; a floored entry has no gradient. 0 means that the clusters do not
    overlap under the kernel, 1 that they coincide. The divergence is -log of each term; this is what is minimised.

    Args:
        memberships: Non-negative tensor of shape (n, k), k >= 2.
        kernel: Symmetric tensor of shape (n, n) with entries of at least 0. One that is not positive semi-definite, as
            may be with bandwidth `"quantile"`, may give more than 1.

    Returns:
        Scalar tensor.
    """
    overlaps = tf.matmul(memberships, tf.matmul(kernel, memberships), transpose_a=True)  # (k, k)
    within = tf.linalg.diag_part(overlaps)  # (k,)
    products = tf.maximum(within[:, None] * within[None, :], _FLOOR**2)  # (k, k)
    ratios = tf.maximum(overlaps, _FLOOR) / tf.sqrt(products)
    k = memberships.shape[-1]
    upper = tf.reduce_sum(ratios) - tf.linalg.trace(ratios)  # both triangles
    return upper / (k * (k - 1))


def simplex_proximity(assignments):
    """Closeness of each soft assignment to the corners of the simplex (DDC, term 3).

    ```
    m_ai = exp(-|A_a - e_i|^2)
    ```

    Args:
        assignments: Tensor of shape (n, k), rows on the simplex.

    Returns:
        Tensor of shape (n, k) with entries in (0, 1].
    """
    squares = tf.reduce_sum(tf.square(assignments), axis=1, keepdims=True)  # (n, 1)
    return tf.exp(-(squares - 2.0 * assignments + 1.0))


def assignment_overlap(assignments):
    """Mean inner product of the assignments of two different rows (DDC, term 2, divided by the number of pairs).

    ```
    2 / (n (n - 1)) * sum_{a<b} <A_a, A_b>  =  (|sum_a A_a|^2 - sum_a |A_a|^2) / (n (n - 1))
    ```

    Args:
        assignments: Tensor of shape (n, k); 0 for a single row.

    Returns:
        Scalar tensor.
    """
    n = tf.cast(tf.shape(assignments)[0], assignments.dtype)
    total = tf.reduce_sum(assignments, axis=0)
    return (tf.reduce_sum(tf.square(total)) - tf.reduce_sum(tf.square(assignments))) / tf.maximum(n * (n - 1.0), 1.0)
