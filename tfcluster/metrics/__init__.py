"""Scores against labels, and monitors that need none."""

from tfcluster.metrics.mismatch import gradient_cosine
from tfcluster.metrics.occupancy import changed_share, occupancy
from tfcluster.metrics.scores import clustering_accuracy, clustering_scores

__all__ = ["changed_share", "clustering_accuracy", "clustering_scores", "gradient_cosine", "occupancy"]
