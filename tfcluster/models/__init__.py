"""One `keras.Model` a method."""

from tfcluster.models.adgm import ADGM
from tfcluster.models.ae_gmm import AEGMM
from tfcluster.models.ae_kmeans import AEKMeans
from tfcluster.models.autoencoder import Autoencoder
from tfcluster.models.auxiliary_task_vae import AuxiliaryTaskVAE
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.models.dcn import DCN
from tfcluster.models.ddc import DDC
from tfcluster.models.ddc_ae import DDCAE
from tfcluster.models.ddc_uco import DDCUCO
from tfcluster.models.dec import DEC
from tfcluster.models.dec_uco import DECUCO
from tfcluster.models.deep_cluster import DeepCluster
from tfcluster.models.deep_cluster_v2 import DeepClusterV2
from tfcluster.models.depict import DEPICT
from tfcluster.models.gmm import GMM
from tfcluster.models.gmvae import GMVAE
from tfcluster.models.gumbel_vae import GumbelVAE
from tfcluster.models.idec import IDEC
from tfcluster.models.jule import JULE
from tfcluster.models.kmeans import KMeans
from tfcluster.models.ladder_autoencoder import LadderAutoencoder
from tfcluster.models.m1 import M1
from tfcluster.models.m1_m2 import M1M2
from tfcluster.models.m2 import M2
from tfcluster.models.rbm import RBM
from tfcluster.models.sdgm import SDGM
from tfcluster.models.shallow_autoencoder import ShallowAutoencoder
from tfcluster.models.stacked_autoencoder import StackedAutoencoder
from tfcluster.models.vade import VaDE
from tfcluster.models.vae import VAE

__all__ = [
    "ADGM",
    "AEGMM",
    "DCN",
    "DDC",
    "DDCAE",
    "DDCUCO",
    "DEC",
    "DECUCO",
    "DEPICT",
    "GMM",
    "GMVAE",
    "IDEC",
    "JULE",
    "M1",
    "M1M2",
    "M2",
    "RBM",
    "SDGM",
    "VAE",
    "AEKMeans",
    "Autoencoder",
    "AuxiliaryTaskVAE",
    "ClusteringModel",
    "DeepCluster",
    "DeepClusterV2",
    "GumbelVAE",
    "KMeans",
    "LadderAutoencoder",
    "ShallowAutoencoder",
    "StackedAutoencoder",
    "VaDE",
]
