"""Keras layers."""

from tfcluster.layers.clustering_layer import ClusteringLayer
from tfcluster.layers.hog import HOG
from tfcluster.layers.random_affine import RandomAffine
from tfcluster.layers.tensor_kernel_uco import TensorKernelUCO

__all__ = ["HOG", "ClusteringLayer", "RandomAffine", "TensorKernelUCO"]
