"""Deep divergence-based clustering (Kampffmeyer et al., Neural Networks 113, 2019)."""

import keras
import tensorflow as tf
from keras import layers

from tfcluster import ops
from tfcluster.backbones import make_encoder, with_taps
from tfcluster.losses.balance import cluster_balance
from tfcluster.losses.ddc_terms import ddc_terms
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.utils import derive_seeds

__all__ = ["DDC"]


@keras.saving.register_keras_serializable(package="tfcluster")
class DDC(ClusteringModel):
    """Deep divergence-based clustering.

    ```
    h = BatchNorm(ReLU(W f(x) + b)),   A = softmax(V h + c),   K_ab = exp(-|h_a - h_b|^2 / (2 sigma))
    L = d(A, K) + 2 / (n (n - 1)) sum_{a<b} <A_a, A_b> + d(M, K),     m_ai = exp(-|A_a - e_i|^2)
    d(A, K) = 2 / (k (k - 1)) sum_{i<j} N_ij / sqrt(N_ii N_jj),       N = A' K A
    ```

    f is the backbone, sigma 0.15 times the median squared distance in the batch (no gradient). The three terms are
    `ddc_1`, `ddc_2`, `ddc_3` in History. The loss couples the rows of a batch; under a distribution strategy it sees
    the batch of one replica, or of all with `whole_batch`. The criterion for the kept checkpoint and for the chosen run
    is the loss itself.

    Two additions that the paper does not have, both off unless asked for:

    - `augmentation`: every batch is seen twice, as it is and distorted. The kernel of each view then meets the
      assignments of the other, L = (L(A', K) + L(A, K')) / 2: what is separated must not depend on the distortion.
    - `balance=w` adds `w (ln k - H(mean_a A_a))`, which is 0 for clusters of equal size (term `balance`).

    Args:
        n_clusters: Number of clusters k.
        backbone: Name of a backbone, such as `"cnn_small"` or `"mlp"`, or any Keras model from rows to features,
            which is itself trained.
        hidden_units: Width of h.
        term_weights: Factors on the three terms.
        balance: Factor w on the balance term.
        bandwidth: Rule for sigma: `"median"`, `"off_diagonal"` or `"quantile"`, see `ops.gaussian_kernel`.
        relative_sigma: Factor of that rule.
        quantile: Shift of the rule `"quantile"`.
        norm_momentum: Momentum of the moving averages in BatchNormalization. Below some 500 steps the default of
            Keras is too slow for the averages to have arrived.
        **kwargs: Arguments of `ClusteringModel`.

    Input: rows of shape (n, ...) that `preprocessing` and the backbone take. Output: soft assignments (n, k), float32.
    """

    couples_rows = True
    two_views = True

    def __init__(
        self,
        n_clusters,
        backbone="cnn_small",
        hidden_units=100,
        term_weights=(1.0, 1.0, 1.0),
        balance=0.0,
        bandwidth="median",
        relative_sigma=0.15,
        quantile=0.05,
        norm_momentum=0.99,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        ops.check_bandwidth(bandwidth, relative_sigma, quantile)
        if len(tuple(term_weights)) != 3:
            raise ValueError(f"`term_weights` must hold the factors of the three terms. Received: {term_weights}")
        self.backbone = backbone
        self.hidden_units = hidden_units
        self.term_weights = tuple(term_weights)
        self.balance = balance
        self.bandwidth = bandwidth
        self.relative_sigma = relative_sigma
        self.quantile = quantile
        self.norm_momentum = norm_momentum

    def build_network(self, input_shape):
        seeds = derive_seeds(self.seed, 3)
        self.encoder = with_taps(
            make_encoder(self.backbone, input_shape, seeds[0], norm_momentum=self.norm_momentum), self.tap_names()
        )
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(
            self.hidden_units, "relu", kernel_initializer=keras.initializers.GlorotUniform(seeds[1]), name="hidden"
        )
        self.hidden_norm = layers.BatchNormalization(momentum=self.norm_momentum, name="hidden_norm")
        self.head = layers.Dense(
            self.n_clusters,
            "softmax",
            kernel_initializer=keras.initializers.GlorotUniform(seeds[2]),
            dtype="float32",
            name="assignments",
        )

    def network(self, x, training):
        features, *taps = tf.nest.flatten(self.encoder(x, training=training))
        hidden = self.hidden_norm(self.hidden(self.flatten(features)), training=training)
        return {"assignments": self.head(hidden), "embedding": hidden, "features": features, "taps": taps}

    def loss_names(self):
        return ["ddc_1", "ddc_2", "ddc_3", *(["balance"] if self.balance else [])]

    def loss_terms(self, x, outputs, training, targets=None):
        hidden, assignments = self.views(outputs["embedding"], training), self.views(outputs["assignments"], training)
        kernels = [
            ops.gaussian_kernel(ops.squared_distances(h), self.bandwidth, self.relative_sigma, self.quantile)
            for h in hidden
        ]
        # The kernel of one view with the assignments of the other; with one view, with its own.
        pairs = [ddc_terms(tf.cast(a, k.dtype), k) for a, k in zip(reversed(assignments), kernels, strict=True)]
        terms = {
            f"ddc_{i + 1}": weight * tf.cast(tf.add_n([pair[i] for pair in pairs]), tf.float32) / len(pairs)
            for i, weight in enumerate(self.term_weights)
        }
        if self.balance:
            terms["balance"] = self.balance * cluster_balance(outputs["assignments"])
        return terms
