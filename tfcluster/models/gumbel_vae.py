"""Clustering by a variational autoencoder with a Gumbel-Softmax category (Arias-Figueroa 2018)."""

import math

import keras
import tensorflow as tf
from keras import layers

from tfcluster.backbones import make_encoder
from tfcluster.layers import GaussianSampling, GumbelSoftmax
from tfcluster.losses.balance import cluster_balance
from tfcluster.models.generative_model import GenerativeModel
from tfcluster.ops.variational import categorical_kl, gaussian_kl
from tfcluster.training.collapse_monitor import CollapseMonitor
from tfcluster.training.temperature_schedule import TemperatureSchedule
from tfcluster.utils import derive_seeds

__all__ = ["GumbelVAE"]


@keras.saving.register_keras_serializable(package="tfcluster")
class GumbelVAE(GenerativeModel):
    """Variational autoencoder with a category and a Gaussian latent on deterministic features, trained end to end.

    ```
    f = g(x),   c ~ q(c | f) = Cat(softmax(l(f))),   z ~ q(z | f) = N(mu(f), diag s^2(f)),   x ~ p(x | c, z)
    L = w_R E[-ln p(x | c, z)] + w_C KL(q(c | f) || 1/k) + w_G KL(q(z | f) || N(0, I))
    ```

    c is a Gumbel-Softmax sample in training, z does not depend on c. With w_G = 1 the latent carries all of x and the
    category is ignored; a larger w_G leaves to z what varies within a cluster. A w_G too large silences z, a w_C too
    large the category: `fit` warns of either. See `active_dimensions`, and the terms in History, `reconstruction`,
    `category`, `gaussian`.

    With `augmentation`, which the thesis does not have, every batch is seen twice, as it is and distorted, and each
    view is decoded from its own latent and the category of the other: what c says must not depend on the distortion,

    ```
    L = (L(x | c', z) + L(x' | c, z')) / 2
    ```

    With `balance`, which the thesis does not have either, clusters of unequal size cost more. The mean of the
    categories' divergences has two parts, what c says of x and how unequal the clusters of a batch are, and `balance`
    is added to the weight of the second,

    ```
    mean_a KL(q(c | f_a) || 1/k) = I(c; x) + KL(q(c) || 1/k),    q(c) = mean_a q(c | f_a)
    L + w_B KL(q(c) || 1/k)
    ```

    It is its own term in History, `balance`.

    The last checkpoint is kept, and of three or more runs the one that agrees most with the others: single seeds differ
    by ten points of accuracy and more at bounds within 2 % of each other, whose order is not that of the accuracies
    with one view, nor on digits with two.

    Args:
        n_clusters: Number of clusters k.
        backbone: Name of a backbone, or a Keras model, which is itself trained. The decoder mirrors a named one.
        feature_dim: Width of f, which is the embedding.
        latent_dim: Width of z.
        category_weight: w_C.
        gaussian_weight: w_G.
        balance: w_B.
        temperature: Of the Gumbel-Softmax at the beginning.
        least_temperature: Where its fall ends.
        temperature_rate: Rate of the fall for an epoch, see `training.TemperatureSchedule`.
        hard: Whether categories are one-hot in training (straight through).
        branches: Whether category and latent each have a hidden layer of their own on f.
        hidden_sum: Whether the sum of what c and z are projected to, of width `feature_dim`, is a hidden layer of the
            decoder, with batch normalisation and ReLU; otherwise it is linear.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        **kwargs: Arguments of `GenerativeModel` and `ClusteringModel`.
    """

    selection = "agreement"
    two_views = True

    def __init__(
        self,
        n_clusters,
        backbone="mlp_norm",
        feature_dim=150,
        latent_dim=100,
        category_weight=1.0,
        gaussian_weight=5.0,
        balance=0.0,
        temperature=1.0,
        least_temperature=0.5,
        temperature_rate=0.01386,
        hard=False,
        branches=True,
        hidden_sum=True,
        norm_momentum=0.99,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        if not least_temperature > 0:
            raise ValueError(f"`least_temperature` must be above 0. Received: {least_temperature}")
        self.backbone = backbone
        self.feature_dim = feature_dim
        self.latent_dim = latent_dim
        self.category_weight = category_weight
        self.gaussian_weight = gaussian_weight
        self.balance = balance
        self.temperature = temperature
        self.least_temperature = least_temperature
        self.temperature_rate = temperature_rate
        self.hard = hard
        self.branches = branches
        self.hidden_sum = hidden_sum
        self.norm_momentum = norm_momentum

    def build_network(self, input_shape):
        seeds = iter(derive_seeds(self.seed, 12))
        options = {"norm_momentum": self.norm_momentum}
        self.encoder = make_encoder(self.backbone, input_shape, next(seeds), **options)
        self.flatten = layers.Flatten()
        shape = tuple(self.encoder(keras.Input(input_shape), training=False).shape[1:])
        self.features = self.make_features(next(seeds))
        self.category_branch = self._branch(next(seeds), "category_hidden")
        self.logits = self._dense(self.n_clusters, next(seeds), "logits", "float32")
        self.make_latent(next(seeds), next(seeds), next(seeds))
        self.sample_category = GumbelSoftmax(self.temperature, self.hard, next(seeds))
        self.sample_latent = GaussianSampling(next(seeds))
        self.from_category = self._dense(self.feature_dim, next(seeds), "from_category")
        self.from_latent = self._dense(self.feature_dim, next(seeds), "from_latent")
        self.joint = keras.Sequential(self._normalized(), name="joint") if self.hidden_sum else layers.Identity()
        self.decoder = self.mirror(self.feature_dim, shape, input_shape, next(seeds))

    def make_features(self, seed):
        """The layer from the encoder's output to f."""
        return self._dense(self.feature_dim, seed, "features")

    def make_latent(self, *seeds):
        """Make the layers from f to the latent."""
        self.gaussian_branch = self._branch(seeds[0], "gaussian_hidden")
        self.mean = self._dense(self.latent_dim, seeds[1], "mean", "float32")
        self.log_variance = self._dense(self.latent_dim, seeds[2], "log_variance", "float32")

    def latent(self, f, training):
        """What is known of the latent of features, for the outputs of `network`, and what is decoded of it, z."""
        hidden = self.gaussian_branch(f, training=training)
        mean, log_variance = self.mean(hidden), self.clip(self.log_variance(hidden))
        z = self.sample_latent([mean, log_variance], training=training)
        return {"mean": mean, "log_variance": log_variance}, z

    def _dense(self, units, seed, name, dtype=None):
        first = keras.initializers.GlorotUniform(seed)
        return layers.Dense(units, kernel_initializer=first, name=name, dtype=dtype)

    def _branch(self, seed, name):
        if not self.branches:
            return layers.Identity(name=name)
        return keras.Sequential([self._dense(self.feature_dim, seed, "hidden"), *self._normalized()], name=name)

    def _normalized(self):
        return [layers.BatchNormalization(momentum=self.norm_momentum), layers.ReLU()]

    def network(self, x, training):
        f = self.features(self.flatten(self.encoder(x, training=training)), training=training)
        logits = self.logits(self.category_branch(f, training=training))
        known, z = self.latent(f, training)
        category = self.of_other_view(self.sample_category(logits, training=training), training)
        return {
            "assignments": keras.ops.softmax(logits),
            "embedding": f,
            "logits": logits,
            **known,
            "reconstruction": self._decoder_logits(category, z, training),
            "rows": x,
        }

    def _decoder_logits(self, category, z, training):
        joint = self.joint(self.from_category(category) + self.from_latent(z), training=training)
        return self.decoder(joint, training=training)

    def decode(self, categories, z):
        return self.drawn(self._decoder_logits(categories, z, training=False))

    def loss_names(self):
        gaussian, balance = ["gaussian"] * self.has_prior, ["balance"] * bool(self.balance)
        return ["reconstruction", "category", *gaussian, *balance]

    @property
    def couples_rows(self):
        return bool(self.balance)

    def loss_terms(self, x, outputs, training, targets=None):
        terms = {
            "reconstruction": self.reconstruction_term(outputs),
            "category": self.category_weight * tf.reduce_mean(categorical_kl(outputs["logits"])),
        }
        if self.has_prior:
            gaussian = gaussian_kl(outputs["mean"], outputs["log_variance"])
            terms["gaussian"] = self.gaussian_weight * tf.reduce_mean(gaussian)
        if self.balance:
            terms["balance"] = self.balance * cluster_balance(outputs["assignments"])
        return terms

    def refinement_callbacks(self):
        certain = math.log(self.n_clusters)
        dead = {
            "category": (
                self.category_weight,
                0.1 * certain,
                "the categories are not used; lower `category_weight`, or raise `gaussian_weight`",
            ),
        }
        if self.has_prior:
            dead["gaussian"] = (
                self.gaussian_weight,
                0.05,
                "the latent carries nothing; lower `gaussian_weight`, or raise `reconstruction_weight`",
            )
        schedule = TemperatureSchedule(self.sample_category, self.least_temperature, self.temperature_rate)
        return [schedule, CollapseMonitor(dead)]
