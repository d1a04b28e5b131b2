"""What can be said of an embedding."""

from tfcluster.analysis.knn import knn_error

__all__ = ["knn_error"]
