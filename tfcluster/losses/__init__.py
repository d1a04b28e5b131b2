"""Named loss terms."""

from tfcluster.losses.balance import cluster_balance
from tfcluster.losses.ddc_terms import ddc_terms
from tfcluster.losses.reconstruction import RECONSTRUCTION_LOSSES, reconstruction_loss

__all__ = ["RECONSTRUCTION_LOSSES", "cluster_balance", "ddc_terms", "reconstruction_loss"]
