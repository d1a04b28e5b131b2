"""What the methods that start from k-means on an embedding share."""

import keras

from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.training.initial_centroids import initial_centroids
from tfcluster.training.rows import Rows
from tfcluster.training.session import Session

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
        self.initialized = self.add_weight(
            name="initialized", shape=(), dtype="int32", initializer="zeros", trainable=False
        )

    def set_centroids(self, centroids):
        """Take centroids of shape (k, d)."""
        raise NotImplementedError

    def initialize(self, x, session=None):
        """Run k-means on the embeddings and take its centroids; nothing if that was done."""
        rows = x if isinstance(x, Rows) else Rows(x, None, self.n_clusters)
        self._prepare(rows.row_shape)
        if int(keras.ops.convert_to_numpy(self.initialized)):
            return
        session = Session() if session is None else session
        with session.phase("initialize"):
            self.set_centroids(initial_centroids(self.embed(rows), self.n_clusters, self.n_init, self.seed))
        self.initialized.assign(1)
