"""Clusters of the features of a network that learns pseudo-labels."""

import math

import keras
import numpy as np
from keras import layers, ops

from tfcluster.layers import NearestCentroid
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.training.scalable_kmeans import nearest_centroids, scalable_kmeans

__all__ = ["FeatureClusters"]


class FeatureClusters(ClusteringModel):
    """A model that learns features by pseudo-labels, and whose clusters are those of k-means on them.

    ```
    z_a = (f(x_a) - m) / |f(x_a) - m|,    s(a) = argmin_j |z_a - mu_j|^2,    mu = k-means of z,    m = mean of f
    ```

    The clusters are found at every evaluation. `predict` is one-hot; `embed` gives z. A subclass makes `encoder`, calls
    `make_clusters` in `build_network` and returns `clusters_of` the features from `network`.

    Args:
        n_clusters: Number of clusters k.
        n_prototypes: Number of pseudo-clusters, of each clustering if there are several; None for ten times k.
        kmeans_iterations: Iterations of k-means on the features.
        **kwargs: Arguments of `ClusteringModel`.
    """

    selection = "agreement"
    streams = False

    def __init__(self, n_clusters, n_prototypes=None, kmeans_iterations=20, **kwargs):
        super().__init__(n_clusters, **kwargs)
        if n_prototypes is not None and n_prototypes < n_clusters:
            raise ValueError(f"`n_prototypes` must be at least n_clusters={n_clusters}. Received: {n_prototypes}")
        self.n_prototypes = n_prototypes
        self.kmeans_iterations = kmeans_iterations

    def check(self, rows):
        super().check(rows)
        if rows.n < self.prototypes:
            raise ValueError(f"`n_prototypes` must be at most the {rows.n} rows. Received: {self.prototypes}")

    @property
    def prototypes(self):
        """Number of pseudo-clusters."""
        return 10 * self.n_clusters if self.n_prototypes is None else self.n_prototypes

    def make_clusters(self, input_shape):
        """Make what the clusters need, for rows of that shape; returns the width of the features."""
        self.flatten = layers.Flatten(dtype="float32")
        width = self.flatten(self.encoder(keras.Input(input_shape), training=False)).shape[1]
        fixed = {"initializer": "zeros", "trainable": False, "autocast": False, "dtype": "float32"}
        self.feature_mean = self.add_weight(name="feature_mean", shape=(width,), **fixed)
        self.clustering = NearestCentroid(self.n_clusters)
        return width

    def clusters_of(self, features):
        """Outputs of `network` for features of shape (n, d)."""
        z = features - self.feature_mean
        z = z / ops.maximum(ops.norm(z, axis=1, keepdims=True), 1e-12)
        return {"assignments": self.clustering(z), "embedding": z, "features": features}

    def inference(self, outputs):
        return super().inference(outputs) | {"features": outputs["features"]}

    def assess(self, source, with_loss=True):
        """Find the clusters in the features as they are; labels of all rows, and NaN: there is no criterion."""
        features = self.map_source(source, "features")
        mean = self.of_first_worker(features.mean(axis=0, dtype=np.float64).astype(np.float32))
        features -= mean  # in place: they may be large
        features /= np.maximum(np.sqrt(np.einsum("ij,ij->i", features, features)), 1e-12)[:, None]
        options = {"n_init": 5, "max_iterations": self.kmeans_iterations, "seed": self.seed}
        options["strategy"] = self.distribute_strategy
        self.feature_mean.assign(mean)
        centroids = self.of_first_worker(scalable_kmeans(features, self.n_clusters, **options).centroids)
        self.clustering.centroids.assign(centroids)
        return nearest_centroids(features, centroids), math.nan
