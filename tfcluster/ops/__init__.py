"""Pure functions on tensors: distances, kernels, divergences and subspaces."""

from tfcluster.ops.distances import squared_distances
from tfcluster.ops.divergences import assignment_overlap, cauchy_schwarz_similarity, simplex_proximity
from tfcluster.ops.kernels import BANDWIDTHS, gaussian_kernel
from tfcluster.ops.subspaces import SOLVERS, subspace_similarity
from tfcluster.ops.tensor_distances import tensor_distances
from tfcluster.ops.unfolding import mode_unfolding

__all__ = [
    "BANDWIDTHS",
    "SOLVERS",
    "assignment_overlap",
    "cauchy_schwarz_similarity",
    "gaussian_kernel",
    "mode_unfolding",
    "simplex_proximity",
    "squared_distances",
    "subspace_similarity",
    "tensor_distances",
]
