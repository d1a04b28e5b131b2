"""What the methods that start from k-means on a pretrained embedding share."""

import keras

from tfcluster.models.pretrained_model import PretrainedModel
from tfcluster.training.initial_centroids import initial_centroids
from tfcluster.training.rows import Rows
from tfcluster.training.session import Session

__all__ = ["CentroidModel"]


class CentroidModel(PretrainedModel):
    """A clustering model with centroids in the embedding of a pretrained autoencoder.

    The last checkpoint is kept, and of several runs the one that agrees most with the others: the losses of these
    methods are lowest where everything has collapsed.

    Args:
        n_clusters: Number of clusters k.
        n_init: Restarts of the k-means that gives the first centroids.
        **kwargs: Arguments of `PretrainedModel`.
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
        """Set the centroids by k-means on the embeddings; nothing if that was done."""
        rows = x if isinstance(x, Rows) else Rows(x, None, self.n_clusters)
        self._prepare(rows.row_shape)
        if int(keras.ops.convert_to_numpy(self.initialized)):
            return
        session = Session() if session is None else session
        with session.phase("initialize"):
            self.set_centroids(initial_centroids(self.embed(rows), self.n_clusters, self.n_init, self.seed))
        self.initialized.assign(1)
