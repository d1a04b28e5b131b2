"""Scores against labels, and monitors that need none."""

from tfcluster.metrics.choice import agreements, choose_run
from tfcluster.metrics.mismatch import gradient_cosine
from tfcluster.metrics.occupancy import changed_share, occupancy
from tfcluster.metrics.scores import clustering_accuracy, clustering_scores

__all__ = [
    "agreements",
    "changed_share",
    "choose_run",
    "clustering_accuracy",
    "clustering_scores",
    "gradient_cosine",
    "occupancy",
]
