"""Named loss terms."""

from tfcluster.losses.balance import cluster_balance
from tfcluster.losses.ddc_terms import ddc_terms

__all__ = ["cluster_balance", "ddc_terms"]
