"""Named loss terms."""

from tfcluster.losses.balance import cluster_balance
from tfcluster.losses.contraction import CONTRACTED_ACTIVATIONS, contraction
from tfcluster.losses.ddc_terms import ddc_terms
from tfcluster.losses.metric import (
    METRIC_LOSSES,
    lifted_structured_loss,
    metric_loss,
    sampled_triplet_loss,
    triplet_loss,
)
from tfcluster.losses.reconstruction import RECONSTRUCTION_LOSSES, reconstruction_loss
from tfcluster.losses.sparsity import SPARSITY_KINDS, sparsity
from tfcluster.losses.weight_decay import weight_decay

__all__ = [
    "CONTRACTED_ACTIVATIONS",
    "METRIC_LOSSES",
    "RECONSTRUCTION_LOSSES",
    "SPARSITY_KINDS",
    "cluster_balance",
    "contraction",
    "ddc_terms",
    "lifted_structured_loss",
    "metric_loss",
    "reconstruction_loss",
    "sampled_triplet_loss",
    "sparsity",
    "triplet_loss",
    "weight_decay",
]
