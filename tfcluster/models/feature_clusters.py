"""Clusters of the features of a network that learns pseudo-labels."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn.metrics import normalized_mutual_info_score

from tfcluster.layers import NearestCentroid
from tfcluster.losses.weight_decay import weight_decay
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.training.pseudo_label_monitor import PseudoLabelMonitor
from tfcluster.training.scalable_kmeans import nearest_centroids, scalable_kmeans

__all__ = ["FeatureClusters"]


class FeatureClusters(ClusteringModel):
    """A model that learns features by pseudo-labels, and whose clusters are those of k-means on them.

    ```
    L = mean_a -ln softmax(logits_a)_{l_a} + decay / 2 sum |kernels|^2
    z_a = (f(x_a) - m) / |f(x_a) - m|,    s(a) = argmin_j |z_a - mu_j|^2,    mu = k-means of z,    m = mean of f
    ```

    The clusters are found at every evaluation. `predict` is one-hot; `embed` gives z. A subclass makes `encoder`, calls
    `make_clusters` in `build_network`, returns `clusters_of` the features from `network`, says what `logits_and_labels`
    a batch has and which `decayed_weights`; its `refresh` gives new pseudo-labels l to `keep`.

    Terms in History: `pseudo_labels`, `weight_decay`, and those of `PseudoLabelMonitor`, see `DeepCluster`.

    Args:
        n_clusters: Number of clusters k.
        n_prototypes: Number of pseudo-clusters, of each clustering if there are several; None for ten times k.
        kmeans_iterations: Iterations of k-means on the features.
        weight_decay: Factor on the squares of the kernels.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        learning_rate: Of the training.
        momentum: None trains with Adam, a number with SGD of that momentum.
        **kwargs: Arguments of `ClusteringModel`.
    """

    selection = "agreement"
    judged = False
    streams = False
    validates = False

    def __init__(
        self,
        n_clusters,
        n_prototypes=None,
        kmeans_iterations=20,
        weight_decay=1e-5,
        norm_momentum=0.9,
        learning_rate=0.05,
        momentum=0.9,
        **kwargs,
    ):
        super().__init__(n_clusters, learning_rate=learning_rate, momentum=momentum, **kwargs)
        if n_prototypes is not None and n_prototypes < n_clusters:
            raise ValueError(f"`n_prototypes` must be at least n_clusters={n_clusters}. Received: {n_prototypes}")
        self.n_prototypes = n_prototypes
        self.kmeans_iterations = kmeans_iterations
        self.weight_decay = weight_decay
        self.norm_momentum = norm_momentum
        self.found = {}  # arrays of the training: the pseudo-labels, their agreement with those before

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
        self.reassigned = self._flag("reassigned")
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

    # Pseudo-labels.

    def logits_and_labels(self, outputs, targets):
        """Logits (..., prototypes) and pseudo-labels (...) of the outputs of a batch in training."""
        raise NotImplementedError

    def decayed_weights(self):
        """Variables among which those named `kernel` are kept small."""
        return self.encoder.trainable_weights

    def loss_names(self):
        return ["pseudo_labels", *(["weight_decay"] if self.weight_decay else [])]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = {}
        if targets is not None:
            logits, labels = self.logits_and_labels(outputs, targets)
            terms["pseudo_labels"] = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        if self.weight_decay:
            terms["weight_decay"] = self.weight_decay * weight_decay(self.decayed_weights())
        return terms

    def times_reassigned(self):
        """How many times pseudo-labels have been computed."""
        return int(keras.ops.convert_to_numpy(self.reassigned))

    def keep(self, labels, **arrays):
        """Take new pseudo-labels of all rows, (n,) or (n, clusterings), with what else the training has to keep."""
        before = self.found.get("labels")
        agreement = np.nan if before is None else normalized_mutual_info_score(_first(before), _first(labels))
        self.found = {"labels": labels, "agreement": np.float64(agreement), **arrays}
        self.reassigned.assign_add(1)

    def refinement_callbacks(self):
        return [PseudoLabelMonitor(lambda: (float(self.found["agreement"]), _first(self.found["labels"])))]

    def loop_state(self):
        return dict(self.found)

    def restore_loop_state(self, arrays):
        self.found = arrays

    def end_loop(self):
        self.targets, self.found = None, {}


def _first(labels):
    """Labels (n,) of the first clustering."""
    return labels.reshape(len(labels), -1)[:, 0]
