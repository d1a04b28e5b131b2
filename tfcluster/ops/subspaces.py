"""Similarity of the row spaces of matrices, with a gradient that has no eigen-gap terms."""

import tensorflow as tf

from tfcluster.ops.pairs import pairwise_similarity
from tfcluster.utils import check_choice

__all__ = ["SOLVERS", "check_solver", "subspace_similarity"]

SOLVERS = ("eigh", "cholesky")
"""How the row spaces are orthonormalised: see `subspace_similarity`."""

_GAP = 1e-4  # relative width below which a gap at the cut of a truncation counts as closed


def subspace_similarity(matrices, solver="eigh", rank=None, epsilon=1e-6, route=None):
    """Inner products of the projectors onto the row spaces of a batch of matrices.

    ```
    G_a = X_a X_a',   R_a' R_a = (G_a + eps I)^-1,   W_a = R_a X_a,   P_a = W_a' W_a
    S_ab = tr(P_a P_b) = ||W_a W_b'||_F^2
    ```

    `solver="eigh"` takes R = (Lambda + eps)^-1/2 U' from G = U Lambda U'; `solver="cholesky"` takes R = L^-1 from
    G + eps I = L L'. W_a differs by a rotation, S_ab not at all. The Gram matrix and R are float64 whatever the input:
    in float32 the rank-deficient unfoldings of images with blank borders leave mostly noise in the gradient.

    The gradient is closed, the same for both solvers, and regular at repeated and zero eigenvalues. With
    c = dL/dS + (dL/dS)' and M_a = sum_b c_ab (W_a W_b') W_b:

    ```
    dL/dX_a = 2 R_a' (M_a - M_a W_a' W_a)
    ```

    `rank=r` keeps the r leading directions. Their projector moves against the dropped directions v_j too, through the
    gaps across the cut only: with m_ij = M_i v_j and F_ij = g / (g^2 + (1e-4 lambda_1)^2), g = lambda_i - lambda_j,

    ```
    dL/dX_a = 2 { sum_i u_i s_i^-1 M_i (I - V'V) + sum_ij F_ij m_ij (s_i u_i v_j' + s_j u_j v_i') }
    ```

    (i kept, j dropped, s_i = (lambda_i + eps)^1/2, V all directions). A gap of zero gives a zero there: the projector
    has no derivative at that point.

    Args:
        matrices: Tensor of shape (n, I, P), floating point; I and P known, I <= P for full-rank projectors.
        solver: One of `SOLVERS`.
        rank: Number of leading directions to keep, None for all. Needs `solver="eigh"`.
        epsilon: Ridge on the Gram matrix.
        route: Route of the pair stage, None for the cheaper one (see `ops.pairs`).

    Returns:
        Tensor of shape (n, n), float32 (float64 for float64 input). NaN everywhere if `matrices` is not finite,
        so that a loss-scaling optimiser can skip the step instead of meeting an error inside the solver.

    Raises:
        ValueError: If `solver` is unknown, or `rank` is out of range or used with `solver="cholesky"`.
    """
    check_solver(solver, rank)
    rows = matrices.shape[1]
    if rank is not None and rank >= rows:
        rank = None
    if matrices.dtype != tf.float64:
        matrices = tf.cast(matrices, tf.float32)

    return _similarity(matrices, solver, rank, float(epsilon), route)


# A function of its own: traced once for a shape, not once for every tap, mode and model.
@tf.function(autograph=False)
def _similarity(matrices, solver, rank, epsilon, route):
    rows = matrices.shape[1]

    @tf.custom_gradient
    def similarity(x):
        x64 = tf.cast(x, tf.float64)
        gram = tf.matmul(x64, x64, transpose_b=True)  # (n, I, I)
        finite = tf.reduce_all(tf.math.is_finite(gram))
        gram = tf.where(finite, gram, tf.eye(rows, dtype=tf.float64))
        if solver == "eigh":
            eigenvalues, vectors = tf.linalg.eigh(gram)  # ascending
            scales = tf.sqrt(tf.maximum(eigenvalues, 0.0) + epsilon)  # (n, I)
            whitener = tf.linalg.matrix_transpose(vectors / scales[:, None, :])  # R = (Lambda + eps)^-1/2 U'
            directions = tf.matmul(whitener, x64)  # W
        else:
            lower = tf.linalg.cholesky(gram + epsilon * tf.eye(rows, dtype=tf.float64))
            directions = tf.linalg.triangular_solve(lower, x64)
        directions = tf.cast(directions, x.dtype)  # unit rows: the pair stage is safe in the input's precision
        kept = directions if rank is None else directions[:, -rank:]
        s, weighted = pairwise_similarity(kept, route)
        s = tf.where(finite, s, float("nan"))

        def gradient(upstream):
            m = weighted(upstream + tf.linalg.matrix_transpose(upstream))
            normal = m - tf.matmul(tf.matmul(m, directions, transpose_b=True), directions)  # M (I - V'V)
            if solver == "cholesky":
                result = tf.linalg.triangular_solve(lower, tf.cast(normal, tf.float64), adjoint=True)
            elif rank is None:
                result = tf.matmul(tf.cast(whitener, x.dtype), normal, transpose_a=True)
            else:
                result = tf.matmul(tf.cast(whitener[:, -rank:], x.dtype), normal, transpose_a=True)
                scaled = tf.cast(vectors * scales[:, None, :], x.dtype)
                result += _across_cut(m, tf.cast(eigenvalues, x.dtype), scaled, directions, rank)
            return tf.cast(2.0 * result, x.dtype)

        return s, gradient

    return similarity(matrices)


def check_solver(solver, rank):
    """Raise a `ValueError` unless the solver is known and can give that rank."""
    check_choice("solver", solver, SOLVERS)
    if rank is not None and solver != "eigh":
        raise ValueError(f"`rank` needs eigenvectors: use solver='eigh'. Received: rank={rank}, solver={solver!r}")
    if rank is not None and (not isinstance(rank, int) or rank < 1):
        raise ValueError(f"`rank` must be a positive integer or None. Received: rank={rank!r}")


def _across_cut(m, eigenvalues, scaled_vectors, directions, rank):
    """sum_ij F_ij m_ij (s_i u_i v_j' + s_j u_j v_i') over kept i and dropped j."""
    kept, dropped = directions[:, -rank:], directions[:, :-rank]
    gaps = eigenvalues[:, -rank:, None] - eigenvalues[:, None, :-rank]  # (n, r, I - r)
    width = _GAP * eigenvalues[:, -1, None, None]
    couplings = tf.matmul(m, dropped, transpose_b=True) * tf.math.divide_no_nan(gaps, gaps**2 + width**2)
    into_kept = tf.matmul(scaled_vectors[:, :, -rank:], tf.matmul(couplings, dropped))
    into_dropped = tf.matmul(scaled_vectors[:, :, :-rank], tf.matmul(couplings, kept, transpose_a=True))
    return into_kept + into_dropped
