"""Squared distances between sample tensors by the subspaces of their unfoldings."""

import tensorflow as tf

from tfcluster.ops.subspaces import subspace_similarity
from tfcluster.ops.unfolding import mode_unfolding

__all__ = ["tensor_distances"]


def tensor_distances(tensors, modes=None, solver="eigh", rank=None, original_distances=False):
    """Sum over the modes of the squared projection distances between the subspaces of the unfoldings.

    ```
    D_ab = sum_m ||P_a^(m) - P_b^(m)||_F^2 = sum_m (S_aa + S_bb - 2 S_ab)^(m)
    ```

    P^(m) projects onto the row space of the mode-m unfolding, or onto its column space where that is the smaller
    side: on the larger side the row space is everything, P = I for every sample, and the distance says nothing.

    `original_distances=True` gives the distances of the published TensorFlow code, 2 (I - S_ab) on unfoldings that are
    never transposed. They assume full rank: a rank-deficient sample is then away from itself, and a mode with I > P
    adds the constant 2 (I - P) to every pair, the diagonal included.

    Args:
        tensors: Tensor of shape (n, D_1, ..., D_r) with known D_j and r >= 2.
        modes: Modes to sum over, counted from 1; None for all.
        solver: `"eigh"` or `"cholesky"`, see `subspace_similarity`.
        rank: Leading directions to keep in every mode; None for all.
        original_distances: See above.

    Returns:
        Tensor of shape (n, n), non-negative, float32 (float64 for float64 input).
    """
    total = 0.0
    for mode in modes or range(1, tensors.shape.rank):
        matrices = mode_unfolding(tensors, mode, min_side=not original_distances)
        similarity = subspace_similarity(matrices, solver=solver, rank=rank)
        if original_distances:
            distances = 2.0 * (float(min(matrices.shape[1], rank or matrices.shape[1])) - similarity)
        else:
            own = tf.linalg.diag_part(similarity)
            distances = own[:, None] + own[None, :] - 2.0 * similarity
        total += tf.maximum(distances, 0.0)
    return total
