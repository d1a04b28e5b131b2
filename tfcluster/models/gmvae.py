"""Gaussian mixture variational autoencoder (Dilokthanakul, Mediano, Garnelo, Lee, Salimbeni, Arulkumaran, Shanahan)."""

import math

import keras
import tensorflow as tf
from keras import layers, ops

from tfcluster.backbones import make_encoder
from tfcluster.layers import GaussianSampling
from tfcluster.models.generative_model import GenerativeModel
from tfcluster.ops.variational import gaussian_divergence, gaussian_kl
from tfcluster.training.collapse_monitor import CollapseMonitor
from tfcluster.utils import check_choice, derive_seeds

__all__ = ["GMVAE"]

CATEGORY_TERMS = ("free_bits", "kl", "consistency")


@keras.saving.register_keras_serializable(package="tfcluster")
class GMVAE(GenerativeModel):
    """Gaussian mixture variational autoencoder: a mixture whose components are drawn by a network.

    ```
    w ~ N(0, I),   c ~ Cat(1/k),   z ~ N(mu_c(w), diag s_c^2(w)),   x ~ p(x | z)
    q(z | x) = N(m(x), diag v(x)),   q(w | x) Gaussian,   p_c = p(c | z, w) = softmax_c ln N(z; mu_c(w), s_c^2(w))
    L = E[-ln p(x | z)] + sum_c p_c KL(q(z | x) || N(mu_c(w), s_c^2(w))) + KL(q(w | x) || N(0, I)) + R
    ```

    R is, with the mean over the rows, `"kl"`: the bound's own KL(p || 1/k), which pushes the categories together;
    `"free_bits"`: that KL with no gradient below `free_bits` nats (second version of the paper); `"consistency"`:
    `consistency_weight` times the entropy of p instead (first version). The expectations over w are means over
    `n_samples` draws. The terms in History are `reconstruction`, `conditional`, `prior` and `category`.

    `predict` is p(c | z, w) at the means of z and w; `embed` gives m(x). The style is w, and where z lies in its
    component.

    z has few dimensions by default: with the published 200, on dense networks, one component comes to be the likeliest
    everywhere, and two of ten clusters are left on digits, four on Fashion-MNIST.

    Args:
        n_clusters: Number of clusters k.
        backbone: Name of a backbone, or a Keras model, which is itself trained. The decoder mirrors a named one.
        embedding_dim: Width of z.
        style_dim: Width of w.
        units: Width of the hidden layer from w to the components.
        n_samples: Draws of w in a step.
        category_term: `"free_bits"`, `"kl"` or `"consistency"`.
        free_bits: Nats of KL(p || 1/k) without a gradient.
        consistency_weight: Factor on the entropy of p.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        **kwargs: Arguments of `GenerativeModel` and `ClusteringModel`.
    """

    def __init__(
        self,
        n_clusters,
        backbone="mlp_norm",
        embedding_dim=10,
        style_dim=10,
        units=500,
        n_samples=1,
        category_term="free_bits",
        free_bits=0.5,
        consistency_weight=1.0,
        norm_momentum=0.99,
        learning_rate=1e-4,
        **kwargs,
    ):
        super().__init__(n_clusters, learning_rate=learning_rate, **kwargs)
        check_choice("category_term", category_term, CATEGORY_TERMS)
        self.backbone = backbone
        self.embedding_dim = embedding_dim
        self.style_dim = style_dim
        self.units = units
        self.n_samples = n_samples
        self.category_term = category_term
        self.free_bits = free_bits
        self.consistency_weight = consistency_weight
        self.norm_momentum = norm_momentum

    @property
    def latent_dim(self):
        """Width of the style: w, and z in units of its component."""
        return self.style_dim + self.embedding_dim

    def build_network(self, input_shape):
        seeds = iter(derive_seeds(self.seed, 12))

        def dense(units, name, activation=None):
            first = keras.initializers.GlorotUniform(next(seeds))
            return layers.Dense(units, activation, kernel_initializer=first, name=name, dtype="float32")

        self.encoder = make_encoder(self.backbone, input_shape, next(seeds), norm_momentum=self.norm_momentum)
        self.flatten = layers.Flatten()
        self.mean, self.log_variance = (dense(self.embedding_dim, name) for name in ("mean", "log_variance"))
        self.style_mean = dense(self.style_dim, "style_mean")
        self.style_log_variance = dense(self.style_dim, "style_log_variance")
        self.sample = GaussianSampling(next(seeds))
        self.sample_style = GaussianSampling(next(seeds))
        self.hidden = dense(self.units, "component_hidden", "tanh")
        self.component_means = dense(self.n_clusters * self.embedding_dim, "component_means")
        self.component_log_variances = dense(self.n_clusters * self.embedding_dim, "component_log_variances")
        shape = tuple(self.encoder(keras.Input(input_shape), training=False).shape[1:])
        self.decoder = self.mirror(self.embedding_dim, shape, input_shape, next(seeds))

    def components(self, w):
        """Means and log-variances, each of shape (m, k, d), of the components for styles w of shape (m, ...)."""
        hidden = self.hidden(w)
        shape = (-1, self.n_clusters, self.embedding_dim)
        means, log_variances = self.component_means(hidden), self.component_log_variances(hidden)
        return ops.reshape(means, shape), self.clip(ops.reshape(log_variances, shape))

    def log_categories(self, z, means, log_variances):
        """Ln p(c | z, w) of shape (m, k)."""
        squares = ops.square(z[:, None] - means) * ops.exp(-log_variances)
        return ops.log_softmax(ops.sum(-0.5 * squares - 0.5 * log_variances, axis=2))

    def network(self, x, training):
        features = self.flatten(self.encoder(x, training=training))
        mean, log_variance = self.mean(features), self.clip(self.log_variance(features))
        style_mean, style_log_variance = self.style_mean(features), self.clip(self.style_log_variance(features))
        z = self.sample([mean, log_variance], training=training)
        draws = [self.sample_style([style_mean, style_log_variance], training=training) for _ in range(self.n_samples)]
        return {
            "assignments": ops.exp(self.log_categories(mean, *self.components(style_mean))),
            "embedding": mean,
            "mean": style_mean,
            "rows": x,
            "log_variance": log_variance,
            "style_log_variance": style_log_variance,
            "z": z,
            "draws": draws,
            "reconstruction": self.decoder(z, training=training),
        }

    def loss_names(self):
        return ["reconstruction", "conditional", "prior", "category"]

    def loss_terms(self, x, outputs, training, targets=None):
        mean, log_variance = outputs["embedding"], outputs["log_variance"]
        conditional, category = [], []
        for w in outputs["draws"]:
            means, log_variances = self.components(w)
            log_p = self.log_categories(outputs["z"], means, log_variances)
            kl = gaussian_divergence(mean[:, None], log_variance[:, None], means, log_variances)  # (n, k)
            conditional.append(tf.reduce_mean(tf.reduce_sum(tf.exp(log_p) * kl, axis=1)))
            category.append(self._category_term(log_p))
        return {
            "reconstruction": self.reconstruction_term(outputs),
            "conditional": tf.add_n(conditional) / self.n_samples,
            "prior": tf.reduce_mean(gaussian_kl(outputs["mean"], outputs["style_log_variance"])),
            "category": tf.add_n(category) / self.n_samples,
        }

    def refinement_callbacks(self):
        certain = math.log(self.n_clusters)
        other = "take category_term='free_bits'"
        factor, limit, remedy = {
            "free_bits": (1.0, self.free_bits * (1.0 + 1e-4), "raise `free_bits`"),
            "kl": (1.0, 0.1 * certain, other),
            "consistency": (-self.consistency_weight, -0.9 * certain, f"raise `consistency_weight`, or {other}"),
        }[self.category_term]
        dead = {
            "category": (factor, limit, f"the categories are hardly used; {remedy}"),
            "prior": (
                1.0,
                0.05,
                "w carries nothing: the components do not depend on it; raise `reconstruction_weight`",
            ),
        }
        return [*super().refinement_callbacks(), CollapseMonitor(dead)]

    @property
    def couples_rows(self):
        return self.category_term == "free_bits"

    def _category_term(self, log_p):
        entropy = -tf.reduce_mean(tf.reduce_sum(tf.exp(log_p) * log_p, axis=1))
        if self.category_term == "consistency":
            return self.consistency_weight * entropy
        kl = tf.math.log(float(self.n_clusters)) - entropy
        return tf.maximum(kl, self.free_bits) if self.category_term == "free_bits" else kl

    def latents_of(self, outputs):
        """Most likely category of each row, and its w with (m(x) - mu_c(w)) / s_c(w), so that `decode` gives x back."""
        w = outputs["mean"]
        categories = tf.one_hot(tf.argmax(outputs["assignments"], axis=1), self.n_clusters)
        centre, deviation = self._component(categories, w)
        return categories, tf.concat([w, (outputs["embedding"] - centre) / deviation], axis=1)

    def decode(self, categories, z):
        """Rows for categories and styles: mu_c(w) + s_c(w) e is decoded, the style being w and e."""
        w, e = z[:, : self.style_dim], z[:, self.style_dim :]
        centre, deviation = self._component(categories, w)
        return self.drawn(self.decoder(centre + deviation * e, training=False))

    def _component(self, categories, w):
        means, log_variances = self.components(w)
        own = tf.cast(categories, tf.float32)[:, :, None]
        return tf.reduce_sum(own * means, axis=1), tf.exp(0.5 * tf.reduce_sum(own * log_variances, axis=1))
