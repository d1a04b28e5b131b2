"""Variational deep embedding (Jiang, Zheng, Tan, Tang, Zhou, IJCAI 2017)."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfcluster.layers import GaussianSampling, MixtureLayer
from tfcluster.models.generative_model import LOG_VARIANCES, GenerativeModel
from tfcluster.models.pretrained_model import PretrainedModel
from tfcluster.training.collapse_monitor import CollapseMonitor
from tfcluster.training.initial_centroids import initial_centroids
from tfcluster.training.initial_mixture import initial_mixture
from tfcluster.training.scalable_kmeans import nearest_centroids
from tfcluster.utils import check_choice, derive_seeds

__all__ = ["VaDE"]

FIRST_MIXTURES = ("gmm", "kmeans")

_FIRST_NOISE = 0.1  # v at first, as a share of the variance within the clusters


@keras.saving.register_keras_serializable(package="tfcluster")
class VaDE(GenerativeModel, PretrainedModel):
    """Variational autoencoder whose latent is a mixture of Gaussians, one for each cluster.

    ```
    p(c) = pi_c,    p(z | c) = N(z; mu_c, diag s_c^2),    q(z | x) = N(z; m(x), diag v(x))
    gamma_c = p(c | z) = pi_c N(z; mu_c, s_c^2) / sum_j pi_j N(z; mu_j, s_j^2)                                 (16)
    L = w_R E[-ln p(x | z)] + sum_c gamma_c ln(gamma_c / pi_c)                                                  (12)
        + 1/2 sum_c gamma_c sum_d [ ln s_cd^2 + (v_d + (m_d - mu_cd)^2) / s_cd^2 ] - 1/2 sum_d (1 + ln v_d)
    ```

    The bound (12) holds for any distribution over c in place of gamma. With `augmentation`, which the paper does not
    have, every batch is seen twice, as it is and distorted, and each view has the gamma of the other: where its latent
    lies must not depend on the distortion,

    ```
    L = (L(x, gamma') + L(x', gamma)) / 2
    ```

    m is the embedding of an autoencoder trained before. mu and s start as those of a Gaussian mixture fitted to the
    embeddings, or mu from k-means and s as the deviations within its clusters; pi starts as 1/k, v as a tenth of the
    variance within the clusters. gamma comes from a sample z in training and from m(x) afterwards, see `MixtureLayer`.

    The terms in History are `reconstruction`, `category` (the sum over gamma ln gamma / pi) and `gaussian` (the rest).
    The lowest loss chooses checkpoint and run.

    Args:
        n_clusters: Number of clusters k.
        first_mixture: `"gmm"` or `"kmeans"`, from which the mixture starts. With heavy tails the components of a
            Gaussian mixture are of different width rather than in different places.
        n_init: Restarts of the Gaussian mixture or of k-means.
        regularization: Added to the variances of the Gaussian mixture.
        **kwargs: Arguments of `GenerativeModel` and of `PretrainedModel`, whose `embedding_dim` is the width of z.
    """

    keeps_decoder = True
    two_views = True

    def __init__(
        self,
        n_clusters,
        first_mixture="gmm",
        n_init=10,
        regularization=1e-4,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        check_choice("first_mixture", first_mixture, FIRST_MIXTURES)
        if self.likelihood == "cross_entropy" and self.pretraining == "greedy":
            raise ValueError(
                "`pretraining='greedy'` trains a decoder for the squared error: use likelihood='mse', or "
                "pretraining='end_to_end'. Received: likelihood='cross_entropy'"
            )
        self.first_mixture = first_mixture
        self.n_init = n_init
        self.regularization = regularization

    @property
    def latent_dim(self):
        """Width of z."""
        return self.embedding_width

    def build_network(self, input_shape):
        super().build_network(input_shape)
        seeds = derive_seeds(self.seed, 6)[4:]
        first = keras.initializers.RandomNormal(stddev=1e-3, seed=seeds[0])
        self.log_variance = layers.Dense(
            self.embedding_width, kernel_initializer=first, dtype="float32", name="log_variance"
        )
        self.sample_latent = GaussianSampling(seeds[1])
        self.mixture = MixtureLayer(self.n_clusters, self.seed, name="mixture")
        self.initialized = self._flag("initialized")

    def pretraining_facts(self):
        facts = super().pretraining_facts()
        return facts | {"output": "sigmoid"} if self.likelihood == "cross_entropy" else facts

    def make_autoencoder(self):
        autoencoder, optimizer = super().make_autoencoder()
        if self.likelihood == "cross_entropy":  # the decoder gives logits
            autoencoder.decoder = keras.Sequential([autoencoder.decoder, layers.Activation("sigmoid", dtype="float32")])
        return autoencoder, optimizer

    def initialize(self, x, session=None):
        """Find the first mixture in the embeddings; nothing if that was done."""
        self._once("initialize", "initialized", self._initialize, x, session)

    def _initialize(self, rows, session):
        z = self.embed(rows)
        if self.first_mixture == "gmm":
            found = initial_mixture(z, self.n_clusters, self.n_init, self.regularization, self.seed)
            shares, means, variances = found.weights_, found.means_, found.covariances_
        else:
            means = initial_centroids(z, self.n_clusters, self.n_init, self.seed)
            labels = nearest_centroids(z, means)
            shares = np.bincount(labels, minlength=self.n_clusters) / len(z)
            within = np.square(z - means[labels]).mean(axis=0) + self.regularization
            variances = np.tile(within, (self.n_clusters, 1))
        self.mixture.set_mixture(np.full(self.n_clusters, 1.0 / self.n_clusters), means, variances)
        within = shares @ variances
        # Above the lower limit, below which a variance would get no gradient.
        self.log_variance.bias.assign(np.maximum(np.log(_FIRST_NOISE * within), LOG_VARIANCES[0] + 1.0))

    def network(self, x, training):
        outputs = self.encode(x, training)
        mean = outputs["embedding"]
        log_variance = self.clip(self.log_variance(self.flatten(outputs["features"])))
        z = self.sample_latent([mean, log_variance], training=training)
        return {
            **outputs,
            "assignments": self.mixture(z),
            "mean": mean,
            "log_variance": log_variance,
            "z": z,
            "reconstruction": self.decoder(z, training=training),
            "rows": x,
        }

    def refinement_callbacks(self):
        remedy = "pretrain longer (`pretrain_epochs`), raise `reconstruction_weight` or lower `learning_rate`"
        least = 0.1 * math.log(self.n_clusters)
        dead = {"category": (1.0, least, f"the clusters lie on each other and say nothing of a row; {remedy}")}
        return [*super().refinement_callbacks(), CollapseMonitor(dead)]

    def category_probabilities(self):
        weights = np.exp(keras.ops.convert_to_numpy(self.mixture.log_weights()).astype(np.float64))
        return weights / weights.sum()

    def decode(self, categories, z):
        """Rows for categories and styles: mu_c + s_c z is decoded."""
        mean, deviation = self.mixture.component(categories)
        return self.drawn(self.decoder(mean + deviation * z, training=False))

    def latents_of(self, outputs):
        """One-hot cluster c of each row, and (m(x) - mu_c) / s_c, so that `decode` gives back the rows from m(x)."""
        categories = tf.one_hot(tf.argmax(outputs["assignments"], axis=1), self.n_clusters)
        centre, deviation = self.mixture.component(categories)
        return categories, (outputs["mean"] - centre) / deviation

    def loss_names(self):
        return ["reconstruction", "category", "gaussian"]

    def loss_terms(self, x, outputs, training, targets=None):
        mean, log_variance = outputs["mean"], outputs["log_variance"]
        log_gamma = self.of_other_view(self.mixture.log_responsibilities(outputs["z"]), training)
        gamma = tf.exp(log_gamma)
        category = tf.reduce_sum(gamma * (log_gamma - self.mixture.log_weights()), axis=1)
        squares = self.mixture.expected_squares(mean, tf.exp(log_variance))
        gaussian = 0.5 * tf.reduce_sum(gamma * squares, axis=1) - 0.5 * tf.reduce_sum(1.0 + log_variance, axis=1)
        return {
            "reconstruction": self.reconstruction_term(outputs),
            "category": tf.reduce_mean(category),
            "gaussian": tf.reduce_mean(gaussian),
        }
