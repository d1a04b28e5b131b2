"""Deep embedded regularised clustering (Ghasedi Dizaji et al., ICCV 2017)."""

import keras
import numpy as np
import tensorflow as tf

from tfcluster.models.centroid_model import CentroidModel
from tfcluster.models.ladder_autoencoder import LadderAutoencoder
from tfcluster.models.target_table import TargetTable
from tfcluster.ops.distances import cross_squared_distances

__all__ = ["DEPICT"]


@keras.saving.register_keras_serializable(package="tfcluster")
class DEPICT(TargetTable, CentroidModel):
    """Deep embedded regularised clustering.

    ```
    q_aj = (p_aj^2 / f_j) / sum_i (p_ai^2 / f_i),    f_j = sum_a p_aj,    p = softmax(W z + b) of the clean encoder
    L = -mean_a sum_j q_aj ln p~_aj + reconstruction of the input and of the hidden layers
    ```

    p~ is the softmax on the noisy embedding; encoders and decoder are those of `LadderAutoencoder`, which is trained
    alone first. W starts as the unit vectors of the k-means centroids; for `label_epochs` the targets are the k-means
    labels (those of the nearest first centroid in a second `fit` that begins within them), then they are renewed once
    an epoch from all rows (the published code records them during the epoch). The weights of q follow the code,
    p^2 / f, where the paper has p / sqrt(f). Terms in History: `cross_entropy` (of validation rows, which have no
    targets, the entropy of p), `reconstruction`, `hidden_reconstruction`.

    Args:
        n_clusters: Number of clusters k.
        embedding_dim: Width of z; None for k.
        dropout: Share of values that the noisy encoder sets to 0.
        hidden_weight: Factor on the hidden reconstructions.
        label_epochs: Epochs towards the k-means labels.
        pretrain_epochs: Epochs of the autoencoder, which sees no rows distorted by `augmentation`; 0 for none.
        pretrain_batch_size: Rows in a step there.
        learning_rate: Of Adam, in both phases.
        **kwargs: Arguments of `TargetTable`, `CentroidModel` and `ClusteringModel`.
    """

    drop_remainder = False

    def __init__(
        self,
        n_clusters,
        embedding_dim=None,
        dropout=0.1,
        hidden_weight=0.1,
        label_epochs=5,
        pretrain_epochs=100,
        pretrain_batch_size=100,
        learning_rate=1e-4,
        **kwargs,
    ):
        super().__init__(n_clusters, learning_rate=learning_rate, **kwargs)
        self.embedding_dim = embedding_dim
        self.dropout = dropout
        self.hidden_weight = hidden_weight
        self.label_epochs = label_epochs
        self.pretrain_epochs = pretrain_epochs
        self.pretrain_batch_size = pretrain_batch_size

    def build_network(self, input_shape):
        super().build_network(input_shape)
        width = self.embedding_dim or self.n_clusters
        self.ladder = LadderAutoencoder(width, self.dropout, self.hidden_weight, self.preprocessing, self.seed)
        self.ladder.build_layers(input_shape)
        self.ladder.built = True
        first = keras.initializers.GlorotUniform(self.seed)
        self.head = keras.layers.Dense(
            self.n_clusters, "softmax", kernel_initializer=first, dtype="float32", name="assignments"
        )
        self.initial_centroids = self.add_weight(
            name="initial_centroids", shape=(self.n_clusters, width), initializer="zeros", trainable=False
        )
        self.pretrained = self._flag("pretrained")

    def network(self, x, training):
        if isinstance(x, keras.KerasTensor) or not training:
            z = self.ladder.clean(x)[-1]
            return {"embedding": z, "assignments": self.head(z), "rows": x}
        outputs = self.ladder.passes(x, training=True)
        z = outputs["clean"][-1]
        return {
            **outputs,
            "embedding": z,
            "assignments": self.head(z),
            "noisy_assignments": self.head(outputs["noisy"]),
        }

    def training_outputs(self, x, training):
        outputs = super().training_outputs(x, training)
        if not training:
            outputs |= self.ladder.passes(outputs["rows"], training=False)
            outputs["noisy_assignments"] = outputs["assignments"]
        return outputs

    def loss_names(self):
        return ["cross_entropy", "reconstruction", "hidden_reconstruction"]

    def loss_terms(self, x, outputs, training, targets=None):
        p = outputs["noisy_assignments"]
        targets = tf.stop_gradient(p) if targets is None else targets
        log_p = tf.math.log(tf.maximum(p, 1e-30))
        cross_entropy = -tf.reduce_mean(tf.reduce_sum(targets * log_p, axis=1))
        return {"cross_entropy": cross_entropy, **self.ladder.loss_terms(x, outputs, training)}

    @property
    def encoder(self):
        """The clean encoder."""
        return self.ladder.clean

    # Phases.

    def pretrain(self, x, session=None):
        """Train the autoencoder; nothing if that was done. Returns Keras's History, or None."""
        return self._once("pretrain", "pretrained", self._pretrain, x, session) if self.pretrain_epochs else None

    def _pretrain(self, rows, session):
        self.ladder.make_term_means()
        return self.ladder.fit(
            rows,
            epochs=self.pretrain_epochs,
            batch_size=self.pretrain_batch_size,
            optimizer=keras.optimizers.Adam(self.learning_rate),
            session=session,
            verbose=0,
        )

    @property
    def first_centroids(self):
        return self.initial_centroids

    def take_centroids(self, centroids):
        norms = np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
        self.head.set_weights([(centroids / norms).T, np.zeros(self.n_clusters)])
        super().take_centroids(centroids)

    def target_interval(self):
        return self.source.steps

    def first_targets(self, assignments):
        if self.clock.first_epoch >= self.label_epochs:
            return super().first_targets(assignments)
        embeddings = tf.constant(self.map_source(self.source, "embedding"))
        distances = cross_squared_distances(embeddings, self.initial_centroids)
        return tf.one_hot(tf.argmin(distances, axis=1), self.n_clusters).numpy()

    def refresh(self):
        if self.clock.epoch + 1 >= self.label_epochs:
            super().refresh()

    def may_end(self):
        return self.clock.epoch + 1 > self.label_epochs  # not before there was an epoch with soft targets
