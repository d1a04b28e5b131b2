"""What the methods that start from k-means on an embedding share."""

import numpy as np

from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.training.initial_centroids import initial_centroids

__all__ = ["CentroidModel"]


class CentroidModel(ClusteringModel):
    """A clustering model whose clusters start as those of k-means on the embeddings.

    The last checkpoint is kept, and of several runs the one that agrees most with the others: the losses of these
    methods are lowest where everything has collapsed. To be named before the other bases of a class.

    Args:
        n_clusters: Number of clusters k.
        n_init: Restarts of the k-means that gives the first centroids.
        **kwargs: Arguments of the other bases.
    """

    selection = "agreement"

    def __init__(self, n_clusters, n_init=20, **kwargs):
        super().__init__(n_clusters, **kwargs)
        self.n_init = n_init

    def build_network(self, input_shape):
        super().build_network(input_shape)
        self.initialized = self._flag("initialized")

    @property
    def first_centroids(self):
        """The variable of shape (k, d) that the first centroids go to."""
        return self.clustering.centroids

    def take_centroids(self, centroids):
        """Start from centroids, an array of shape (k, d)."""
        self.first_centroids.assign(centroids)

    def set_centroids(self, centroids):
        """Give the first centroids, which `fit` then takes in place of those of k-means.

        Args:
            centroids: Array of shape (k, d) in the space of `embed`, as it is after `pretrain`.

        Raises:
            ValueError: For an array of another shape or of values that are not finite, or before the model is built.
        """
        if not self.built:
            raise ValueError("`set_centroids` needs a model that has been built: call `pretrain(x)` or `build` first.")
        centroids, shape = np.asarray(centroids, np.float32), tuple(self.first_centroids.shape)
        if centroids.shape != shape:
            raise ValueError(f"`centroids` must be of shape (k, d) = {shape}. Received: shape {centroids.shape}")
        if not np.isfinite(centroids).all():
            raise ValueError("`centroids` must hold finite numbers. Received: nan or inf")
        self.take_centroids(centroids)
        self.initialized.assign(1)

    def initialize(self, x, session=None):
        """Run k-means on the embeddings and take its centroids; nothing if that was done."""
        self._once("initialize", "initialized", self._initialize, x, session)

    def _initialize(self, rows, session):
        self.take_centroids(initial_centroids(self.embed(rows), self.n_clusters, self.n_init, self.seed))
