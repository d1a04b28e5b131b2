"""Keras layers."""

from tfcluster.layers.random_affine import RandomAffine
from tfcluster.layers.tensor_kernel_uco import TensorKernelUCO

__all__ = ["RandomAffine", "TensorKernelUCO"]
