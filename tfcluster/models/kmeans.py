"""k-means on raw features."""

import keras

from tfcluster.layers import NearestCentroid
from tfcluster.models.shallow_model import ShallowModel
from tfcluster.training.initial_centroids import best_kmeans

__all__ = ["KMeans"]


@keras.saving.register_keras_serializable(package="tfcluster")
class KMeans(ShallowModel):
    """k-means (scikit-learn) on the flattened preprocessed rows.

    ```
    minimise sum_a min_j |x_a - mu_j|^2
    ```

    The criterion for the chosen run is that sum, the inertia. `predict` is one-hot; `embed` gives the features.

    Args:
        n_clusters: Number of clusters k.
        n_init: Restarts; the one with the lowest inertia is kept.
        **kwargs: Arguments of `ClusteringModel`.
    """

    least_clusters = 1

    def __init__(self, n_clusters, n_init=20, **kwargs):
        super().__init__(n_clusters, **kwargs)
        self.n_init = n_init

    def make_weights(self, width):
        self.clustering = NearestCentroid(self.n_clusters)

    def network(self, x, training):
        features = self.features(x, training)
        return {"assignments": self.clustering(features), "embedding": features}

    def fit_features(self, features):
        found = best_kmeans(features, self.n_clusters, self.n_init, self.seed)
        self.clustering.centroids.assign(found.cluster_centers_)
        return found.inertia_
