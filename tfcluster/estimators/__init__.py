"""Deep clustering for scikit-learn."""

from tfcluster.estimators.deep_clustering import ESTIMATED, DeepClustering
from tfcluster.estimators.scorers import embedding_silhouette, input_silhouette
from tfcluster.estimators.suggest_k import SuggestedK, prediction_strength, suggest_k

__all__ = [
    "ESTIMATED",
    "DeepClustering",
    "SuggestedK",
    "embedding_silhouette",
    "input_silhouette",
    "prediction_strength",
    "suggest_k",
]
