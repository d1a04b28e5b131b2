"""Pure functions on tensors: distances, kernels, divergences and subspaces."""

from tfcluster.ops.distances import cross_squared_distances, squared_distances
from tfcluster.ops.divergences import assignment_overlap, cauchy_schwarz_similarity, simplex_proximity
from tfcluster.ops.kernels import check_bandwidth, gaussian_kernel
from tfcluster.ops.student_t import kl_to_target, student_t_log_assignments, target_distribution
from tfcluster.ops.subspaces import SOLVERS, subspace_similarity
from tfcluster.ops.tensor_distances import tensor_distances
from tfcluster.ops.unfolding import mode_unfolding

__all__ = [
    "SOLVERS",
    "assignment_overlap",
    "cauchy_schwarz_similarity",
    "check_bandwidth",
    "cross_squared_distances",
    "gaussian_kernel",
    "kl_to_target",
    "mode_unfolding",
    "simplex_proximity",
    "squared_distances",
    "student_t_log_assignments",
    "subspace_similarity",
    "target_distribution",
    "tensor_distances",
]
