"""k-means on raw features."""

import keras
from keras import ops

from tfcluster.models.shallow_model import ShallowModel

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

    def __init__(self, n_clusters, n_init=20, **kwargs):
        super().__init__(n_clusters, **kwargs)
        self.n_init = n_init

    def make_weights(self, width):
        shape = (self.n_clusters, width)
        self.centroids = self.add_weight(name="centroids", shape=shape, trainable=False, autocast=False)

    def network(self, x, training):
        features = self.features(x, training)
        # |x|^2 is the same for every centroid.
        distances = ops.sum(ops.square(self.centroids), axis=1) - 2.0 * ops.matmul(
            features, ops.transpose(self.centroids)
        )
        assignments = ops.one_hot(ops.argmin(distances, axis=1), self.n_clusters, dtype="float32")
        return {"assignments": assignments, "embedding": features}

    def fit_features(self, features):
        from sklearn import cluster

        found = cluster.KMeans(self.n_clusters, n_init=self.n_init, random_state=self.seed).fit(features)
        self.centroids.assign(found.cluster_centers_)
        return found.inertia_
