"""The three terms of DDC."""

from tfcluster import ops

__all__ = ["ddc_terms"]


def ddc_terms(assignments, kernel):
    """The terms of deep divergence-based clustering for one batch (Kampffmeyer et al. 2019).

    ```
    ddc_1 = d(A, K),   ddc_2 = 2 / (n (n - 1)) sum_{a<b} <A_a, A_b>,   ddc_3 = d(M, K),   m_ai = exp(-|A_a - e_i|^2)
    ```

    d is `ops.cauchy_schwarz_similarity`. The first separates the clusters under the kernel, the second makes
    assignments of different rows orthogonal, the third pulls them to the corners of the simplex.

    Args:
        assignments: A of shape (n, k), rows on the simplex.
        kernel: K of shape (n, n).

    Returns:
        The three scalar tensors.
    """
    return (
        ops.cauchy_schwarz_similarity(assignments, kernel),
        ops.assignment_overlap(assignments),
        ops.cauchy_schwarz_similarity(ops.simplex_proximity(assignments), kernel),
    )
