"""Keras layers."""

from tfcluster.layers.clustering_layer import ClusteringLayer
from tfcluster.layers.color_jitter import ColorJitter
from tfcluster.layers.gaussian_sampling import GaussianSampling
from tfcluster.layers.gumbel_softmax import GumbelSoftmax
from tfcluster.layers.hog import HOG
from tfcluster.layers.joint_dense import JointDense
from tfcluster.layers.mixture_layer import MixtureLayer
from tfcluster.layers.nearest_centroid import NearestCentroid
from tfcluster.layers.random_affine import RandomAffine
from tfcluster.layers.random_resized_crop import RandomResizedCrop
from tfcluster.layers.replica_dropout import ReplicaDropout
from tfcluster.layers.sobel import Sobel
from tfcluster.layers.tensor_kernel_uco import TensorKernelUCO
from tfcluster.layers.tied_dense import TiedDense

__all__ = [
    "HOG",
    "ClusteringLayer",
    "ColorJitter",
    "GaussianSampling",
    "GumbelSoftmax",
    "JointDense",
    "MixtureLayer",
    "NearestCentroid",
    "RandomAffine",
    "RandomResizedCrop",
    "ReplicaDropout",
    "Sobel",
    "TensorKernelUCO",
    "TiedDense",
]
