"""Student-t soft assignments and their target distribution (DEC)."""

import tensorflow as tf

from tfcluster.ops.distances import cross_squared_distances

__all__ = ["kl_to_target", "student_t_log_assignments", "target_distribution"]


def student_t_log_assignments(z, centroids, alpha=1.0):
    """Logarithm of the soft assignments of embeddings to centroids (Xie et al. 2016, equation 1).

    ```
    q_aj = u_aj / sum_i u_ai,    u_aj = (1 + |z_a - mu_j|^2 / alpha)^(-(alpha + 1) / 2)
    ```

    Args:
        z: Embeddings of shape (n, d).
        centroids: mu of shape (k, d).
        alpha: Degrees of freedom.

    Returns:
        log q of shape (n, k), float32 or float64; finite where squared distances are finite.
    """
    distances = cross_squared_distances(z, centroids)
    return tf.nn.log_softmax(-0.5 * (alpha + 1.0) * tf.math.log1p(distances / alpha))


def target_distribution(assignments):
    """Sharpened soft assignments, each cluster weighted down by its size (Xie et al. 2016, equation 3).

    ```
    p_aj = (q_aj^2 / f_j) / sum_i (q_ai^2 / f_i),    f_j = sum_a q_aj
    ```

    f is a sum over all the rows that are given: those of the whole data set, unless a batch is meant.

    Args:
        assignments: q of shape (n, k), rows on the simplex.

    Returns:
        p of shape (n, k). A cluster without any weight gets none.
    """
    weights = tf.math.divide_no_nan(tf.square(assignments), tf.reduce_sum(assignments, axis=0, keepdims=True))
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)


def kl_to_target(targets, log_assignments):
    """Kullback-Leibler divergence of the targets from the soft assignments (Xie et al. 2016, equation 2).

    ```
    KL(P || Q) = (1/n) sum_a sum_j p_aj ln(p_aj / q_aj)
    dKL/dz_a   = (alpha + 1) / (alpha n) sum_j (p_aj - q_aj) (z_a - mu_j) / (1 + |z_a - mu_j|^2 / alpha)
    ```

    Args:
        targets: p of shape (n, k); no gradient flows into them.
        log_assignments: log q of shape (n, k).

    Returns:
        Scalar tensor, at least 0.
    """
    targets = tf.stop_gradient(tf.cast(targets, log_assignments.dtype))
    return tf.reduce_mean(tf.reduce_sum(tf.math.xlogy(targets, targets) - targets * log_assignments, axis=1))
