"""One `keras.Model` a method."""

from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.models.ddc import DDC
from tfcluster.models.ddc_ae import DDCAE
from tfcluster.models.ddc_uco import DDCUCO
from tfcluster.models.gmm import GMM
from tfcluster.models.kmeans import KMeans

__all__ = ["DDC", "DDCAE", "DDCUCO", "GMM", "ClusteringModel", "KMeans"]
