"""What the methods that start from k-means on an embedding share."""

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

    def set_centroids(self, centroids):
        """Take centroids of shape (k, d)."""
        raise NotImplementedError

    def initialize(self, x, session=None):
        """Run k-means on the embeddings and take its centroids; nothing if that was done."""
        self._once("initialize", "initialized", self._initialize, x, session)

    def _initialize(self, rows, session):
        self.set_centroids(initial_centroids(self.embed(rows), self.n_clusters, self.n_init, self.seed))
