"""Deep clustering network (Yang et al., ICML 2017)."""

import keras
import tensorflow as tf
from sklearn import cluster

from tfcluster.layers import NearestCentroid
from tfcluster.models.centroid_model import CentroidModel
from tfcluster.models.pretrained_model import PretrainedModel
from tfcluster.ops.distances import cross_squared_distances
from tfcluster.ops.variational import reconstruction_log_loss
from tfcluster.training.threads import reproducible_threads
from tfcluster.utils import check_count

__all__ = ["DCN"]


@keras.saving.register_keras_serializable(package="tfcluster")
class DCN(CentroidModel, PretrainedModel):
    """Deep clustering network: reconstruction and k-means of the embeddings, by turns.

    ```
    L = lambda mean_a |x_a - g(z_a)|^2 + beta / 2 mean_a |z_a - mu_s(a)|^2,    s(a) = argmin_j |z_a - mu_j|^2
    ```

    In every step the network takes a gradient step with s and mu fixed; then every row of the batch moves its
    centroid by mu_j <- mu_j - (mu_j - z_a) / c_j, c_j counting the rows that j has had. For a batch that is the mean
    of what j has had before and now. Embeddings and s are those of the step's forward pass. Counts start at
    `initial_count` for each cluster. After every `kmeans_every` epochs k-means goes over all embeddings, from the
    centroids as they are. Terms in History: `reconstruction`, `k_means`.

    `predict` is one-hot. The last checkpoint is kept, and of several runs the one that agrees most with the others.

    Args:
        n_clusters: Number of clusters k.
        reconstruction_weight: lambda.
        clustering_weight: beta.
        initial_count: c_j at the beginning.
        kmeans_every: Epochs between two k-means of all embeddings; None for none.
        **kwargs: Arguments of `CentroidModel` and `PretrainedModel`.
    """

    keeps_decoder = True

    def __init__(
        self,
        n_clusters,
        reconstruction_weight=1.0,
        clustering_weight=1.0,
        initial_count=100,
        kmeans_every=10,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        if kmeans_every is not None:
            check_count("kmeans_every", kmeans_every)
        if not initial_count > 0:
            raise ValueError(f"`initial_count` must be above 0. Received: {initial_count}")
        self.reconstruction_weight = reconstruction_weight
        self.clustering_weight = clustering_weight
        self.initial_count = initial_count
        self.kmeans_every = kmeans_every

    def build_network(self, input_shape):
        super().build_network(input_shape)
        shared = {"trainable": False, "autocast": False, "dtype": "float32", "aggregation": "only_first_replica"}
        self.clustering = NearestCentroid(self.n_clusters)
        count = keras.initializers.Constant(self.initial_count)
        self.counts = self.add_weight(name="counts", shape=(self.n_clusters,), initializer=count, **shared)

    def network(self, x, training):
        outputs = self.encode(x, training)
        z = outputs["embedding"]
        reconstruction = self.decoder(z, training=training)
        return {**outputs, "rows": x, "assignments": self.clustering(z), "reconstruction": reconstruction}

    def loss_names(self):
        return ["reconstruction", "k_means"]

    def loss_terms(self, x, outputs, training, targets=None):
        distances = cross_squared_distances(outputs["embedding"], self.clustering.centroids)
        k_means = tf.reduce_mean(tf.reduce_sum(outputs["assignments"] * distances, axis=1))
        reconstruction = tf.reduce_mean(reconstruction_log_loss(outputs["rows"], outputs["reconstruction"], "mse"))
        return {
            "reconstruction": self.reconstruction_weight * reconstruction,
            "k_means": 0.5 * self.clustering_weight * k_means,
        }

    def after_step(self, outputs, targets):
        assignments, z = outputs["assignments"], tf.cast(outputs["embedding"], tf.float32)
        sums, counts = tf.distribute.get_replica_context().all_reduce(
            tf.distribute.ReduceOp.SUM,
            [tf.matmul(assignments, z, transpose_a=True), tf.reduce_sum(assignments, axis=0)],
        )
        before = tf.convert_to_tensor(self.counts)
        self.counts.assign(before + counts)
        centroids = self.clustering.centroids
        centroids.assign((before[:, None] * centroids + sums) / (before + counts)[:, None])

    def start_refinement(self):
        self.refresh_interval = None if self.kmeans_every is None else self.kmeans_every * self.source.steps

    def refresh(self):
        """k-means of the embeddings of all rows, from the centroids as they are."""
        embeddings = self.map_source(self.source, "embedding")
        first = keras.ops.convert_to_numpy(self.clustering.centroids)
        with reproducible_threads():
            found = cluster.KMeans(self.n_clusters, init=first, n_init=1).fit(embeddings)
        self.take_centroids(self.of_first_worker(found.cluster_centers_))
