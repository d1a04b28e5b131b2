"""Deep clustering for scikit-learn."""

from tfcluster.estimators.deep_clustering import ESTIMATED, DeepClustering
from tfcluster.estimators.scorers import embedding_silhouette, input_silhouette

__all__ = ["ESTIMATED", "DeepClustering", "embedding_silhouette", "input_silhouette"]
