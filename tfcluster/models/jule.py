"""Joint unsupervised learning of representations and clusters (Yang, Parikh, Batra, CVPR 2016)."""

import logging
import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tfcluster.backbones import make_encoder
from tfcluster.layers import NearestCentroid
from tfcluster.losses.metric import sampled_triplet_loss
from tfcluster.losses.weight_decay import weight_decay
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.training.agglomeration import Agglomeration, affinity_graph, chains_of_neighbours, join_small
from tfcluster.training.power_decay import PowerDecay
from tfcluster.training.scalable_kmeans import nearest_centroids
from tfcluster.utils import check_choice, derive_seeds

__all__ = ["JULE"]

logger = logging.getLogger("tfcluster")

VARIANTS = ("rc", "sf")


@keras.saving.register_keras_serializable(package="tfcluster")
class JULE(ClusteringModel):
    """Joint unsupervised learning: clusters are merged, and a network learns to keep them apart, by turns.

    ```
    z_a = W f(x_a) / |W f(x_a)|
    y: merge the n_c clusters until n_c - ceil(eta n_c), or k, are left, by the affinities of the graph on z
    L = mean over triplets max(0, gamma |z_a - z_p|^2 - |z_a - z_n|^2 + m) + decay / 2 sum |kernels|^2
    ```

    The first clusters are chains of nearest neighbours, the first graph is that of the preprocessed rows, later ones
    are those of the embeddings in inference mode; see `training.agglomeration`, which keeps every affinity exact.
    Chains of fewer than `least_rows`, which the paper leaves as they are, join the cluster to which their edges lead:
    pairs of outliers would be clusters to the end.

    Between two merges lie `period` epochs of training; those after the last merge end it, whatever `epochs` says. In a
    batch every pair of one label meets `negatives` random rows of others.

    The k clusters are found at every evaluation: `"rc"` clusters the embeddings from the beginning, `"sf"` goes on from
    the clusters as they are. Rows, new ones too, belong to the nearest of the k means. `predict` is one-hot. The
    terms in History are `triplet` and `weight_decay`.

    Args:
        n_clusters: Number of clusters k.
        backbone: Name of a backbone, or a Keras model, which is itself trained.
        embedding_dim: Width of z.
        neighbors: Nearest neighbours in the graph.
        least_rows: Rows of a first cluster.
        merge_share: eta, the share of the clusters that are merged at a time.
        period: Epochs between two merges.
        variant: `"rc"` (re-run the clustering) or `"sf"` (single forward pass).
        gamma: Factor on the distances within a cluster.
        margin: m.
        negatives: Negatives for each pair.
        weight_decay: Factor on the squares of the kernels.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        learning_rate: At the beginning; (1 + 1e-4 t)^(-0.75) of it after t steps.
        momentum: None trains with Adam, a number with SGD of that momentum.
        **kwargs: Arguments of `ClusteringModel`.
    """

    couples_rows = True
    selection = "agreement"
    judged = False
    streams = False
    validates = False
    stops_early = True

    def __init__(
        self,
        n_clusters,
        backbone="cnn_jule",
        embedding_dim=160,
        neighbors=20,
        least_rows=5,
        merge_share=0.9,
        period=20,
        variant="rc",
        gamma=1.0,
        margin=0.2,
        negatives=20,
        weight_decay=5e-5,
        norm_momentum=0.9,
        learning_rate=0.01,
        momentum=0.9,
        **kwargs,
    ):
        super().__init__(n_clusters, learning_rate=learning_rate, momentum=momentum, **kwargs)
        check_choice("variant", variant, VARIANTS)
        if not 0.0 < merge_share < 1.0:
            raise ValueError(f"`merge_share` must be above 0 and below 1. Received: {merge_share}")
        if period < 1:
            raise ValueError(f"`period` must be at least 1 epoch. Received: {period}")
        self.backbone = backbone
        self.embedding_dim = embedding_dim
        self.neighbors = neighbors
        self.least_rows = least_rows
        self.merge_share = merge_share
        self.period = period
        self.variant = variant
        self.gamma = gamma
        self.margin = margin
        self.negatives = negatives
        self.weight_decay = weight_decay
        self.norm_momentum = norm_momentum
        self._labels = None  # of the rows, while training

    def build_network(self, input_shape):
        words = derive_seeds(self.seed, 3)
        self.encoder = make_encoder(self.backbone, input_shape, words[0], norm_momentum=self.norm_momentum)
        self.flatten = layers.Flatten()
        initial = keras.initializers.GlorotUniform(words[1])
        self.projection = layers.Dense(
            self.embedding_dim, kernel_initializer=initial, name="projection", dtype="float32"
        )
        self.clustering = NearestCentroid(self.n_clusters)
        self.draws = keras.random.SeedGenerator(words[2])

    def network(self, x, training):
        h = self.projection(self.flatten(self.encoder(x, training=training)))
        z = h / ops.maximum(ops.norm(h, axis=1, keepdims=True), 1e-12)
        return {"assignments": self.clustering(z), "embedding": z}

    def rate_schedule(self):
        return PowerDecay(self.learning_rate)

    def loss_names(self):
        return ["triplet", *(["weight_decay"] if self.weight_decay else [])]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = {}
        if targets is not None:
            z, n = outputs["embedding"], tf.shape(targets)[0]
            draws = keras.random.uniform((n, n), seed=self.draws, dtype="float32")
            terms["triplet"] = sampled_triplet_loss(z, targets, draws, self.negatives, self.margin, self.gamma)
        if self.weight_decay:
            terms["weight_decay"] = self.weight_decay * weight_decay(self.trainable_weights)
        return terms

    # Clusters.

    def start_refinement(self):
        with self.distribute_strategy.scope():
            self.targets = tf.Variable(tf.zeros([self.source.n], tf.int32), trainable=False, name="clusters")
        self.source.attach(self.targets)
        self.refresh_interval = self.period * self.source.steps
        if self._labels is None:
            rows = self.map_source(self.source, "embedding") if self.clock.first_epoch else self._rows()
            graph, nearest = affinity_graph(rows, self.neighbors)
            self._merge(graph, self._first_clusters(graph, nearest))
        self.targets.assign(self._labels)

    def refresh(self):
        """Merge clusters on the graph of the embeddings; end training if there is nothing to merge."""
        if self._labels.max() + 1 <= self.n_clusters:
            self.stop_training = True
            return
        graph, _ = affinity_graph(self.map_source(self.source, "embedding"), self.neighbors)
        self._merge(graph, self._labels)
        self.targets.assign(self._labels)

    def _rows(self):
        return np.concatenate([self.preprocessed(batch).numpy() for batch, *_ in self.source.consecutive()])

    def _first_clusters(self, graph, nearest):
        """Chains of nearest neighbours without small ones; where these are too few, all chains; else single rows."""
        chains = chains_of_neighbours(nearest)
        for first in (join_small(graph, chains, self.least_rows), chains):
            if first.max() + 1 >= self.n_clusters:
                return first
        return np.arange(len(nearest))

    def _merge(self, graph, labels):
        clusters = Agglomeration(graph, labels)
        before = clusters.n_clusters
        left = max(self.n_clusters, before - math.ceil(self.merge_share * before))
        self._labels = self.of_first_worker(clusters.merge(left).astype(np.int32))
        logger.info("%d clusters merged to %d", before, left)

    def assess(self, source, with_loss=True):
        """Find k clusters in the embeddings as they are; labels of all rows, and NaN: there is no criterion."""
        z = self.map_source(source, "embedding")
        graph, nearest = affinity_graph(z, self.neighbors)
        goes_on = self.variant == "sf" and self._labels is not None
        first = self._labels if goes_on else self._first_clusters(graph, nearest)
        labels = Agglomeration(graph, first).merge(self.n_clusters)
        means = np.stack([z[labels == j].mean(axis=0) for j in range(self.n_clusters)])
        means = self.of_first_worker(means)
        self.clustering.centroids.assign(means)
        return nearest_centroids(z, means), math.nan

    def loop_state(self):
        return {"labels": self._labels}

    def restore_loop_state(self, arrays):
        self._labels = arrays["labels"]

    def end_loop(self):
        self.targets = self._labels = None
