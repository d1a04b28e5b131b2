"""What the methods share that can draw what they cluster."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfcluster.backbones import make_decoder
from tfcluster.models.decaying_rate import DecayingRate
from tfcluster.ops.variational import LIKELIHOODS, reconstruction_log_loss
from tfcluster.training.latent_monitor import LEAST_VARIANCE, LatentMonitor
from tfcluster.training.unit_range import check_unit_range
from tfcluster.utils import check_choice, check_count, derive_seeds

__all__ = ["LOG_VARIANCES", "GenerativeModel"]

LOG_VARIANCES = (-10.0, 10.0)
"""Limits of the log-variances of latents."""

_BATCH = 500


class GenerativeModel(DecayingRate):
    """A clustering model with categories c, a Gaussian latent z (the style) and a decoder of both.

    A subclass gives `latent_dim`, the width of z, `decode` and, where z is not the mean, `latents_of`. What is drawn
    has the shape and the range of preprocessed rows. To be named first among the bases of a class.

    Args:
        n_clusters: Number of clusters k.
        likelihood: `"cross_entropy"` for preprocessed rows in [0, 1], for which a decoder gives logits, or `"mse"`.
        reconstruction_weight: w_R, the factor on the reconstruction.
        **kwargs: Arguments of the other bases.
    """

    has_categories = True
    """Whether what it draws has a category."""

    has_prior = True
    """Whether there is a distribution of styles to draw from."""

    def __init__(self, n_clusters, likelihood="cross_entropy", reconstruction_weight=1.0, **kwargs):
        super().__init__(n_clusters, **kwargs)
        check_choice("likelihood", likelihood, LIKELIHOODS)
        self.likelihood = likelihood
        self.reconstruction_weight = reconstruction_weight

    @property
    def style_width(self):
        """Width of the styles that `decode` takes."""
        return self.latent_dim

    def check(self, rows):
        super().check(rows)
        if self.likelihood == "cross_entropy":
            check_unit_range(rows, self.preprocessing)

    def clip(self, log_variance):
        """A log-variance within the limits that keep its exponential finite."""
        return keras.ops.clip(log_variance, *LOG_VARIANCES)

    def drawn(self, decoded):
        """Rows from what a decoder gives."""
        return tf.sigmoid(decoded) if self.likelihood == "cross_entropy" else decoded

    def reconstruction_term(self, outputs):
        """The weighted reconstruction term of the bound, from `rows` and `reconstruction` of `network`."""
        losses = reconstruction_log_loss(outputs["rows"], outputs["reconstruction"], self.likelihood)
        return self.reconstruction_weight * tf.reduce_mean(losses)

    def mirror(self, width, feature_shape, output_shape, seed):
        """A decoder from vectors to rows: a hidden layer as wide as the features, then the mirrored `backbone`."""
        words = derive_seeds(seed, 2)
        first = keras.initializers.GlorotUniform(words[0])
        options = {"norm_momentum": self.norm_momentum}
        return keras.Sequential(
            [
                keras.Input((width,)),
                layers.Dense(math.prod(feature_shape), kernel_initializer=first, name="expand"),
                layers.BatchNormalization(momentum=self.norm_momentum),
                layers.ReLU(),
                layers.Reshape(feature_shape),
                make_decoder(self.backbone, feature_shape, output_shape, words[1], **options),
            ],
            name="decoder",
        )

    def refinement_callbacks(self):
        return [*super().refinement_callbacks(), LatentMonitor()]

    def category_probabilities(self):
        """p(c), an array of shape (k,) that sums to 1: 1/k here."""
        return np.full(self.n_clusters, 1.0 / self.n_clusters)

    def decode(self, categories, z):
        """Rows for categories of shape (n, k) and latents of shape (n, d), in the range of preprocessed rows."""
        raise NotImplementedError

    def latents_of(self, outputs):
        """Categories of shape (n, k) and styles of shape (n, d) of rows, from the outputs of `network` for them."""
        return outputs["assignments"], outputs["mean"]

    def inference(self, outputs):
        categories, style = self.latents_of(outputs)
        return super().inference(outputs) | {"categories": categories, "style": style}

    def latents(self, x):
        """Category and style of each row of x, arrays of shapes (n, k) and (n, d), from one pass over x."""
        return self.map_rows(x, ("categories", "style"))

    def generate(self, n, category=None, seed=0):
        """Draw rows: z from N(0, I), with a category that is given, or drawn from p(c).

        Args:
            n: Number of rows.
            category: Category of all of them, from 0 to k - 1, or None for a random one each.
            seed: Seed of the draws.

        Returns:
            Array of shape (n, ...).

        Raises:
            ValueError: If there is no such category, n is below 1, the model has not been built, or has no prior.
        """
        check_count("n", n)
        self.require_built()
        if not self.has_prior:
            raise ValueError(
                f"This {type(self).__name__} has no distribution of styles to draw from: draw in the style of rows by "
                "`style(x)` or `traverse`, or take a Gaussian latent."
            )
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(n, self.style_width))
        if category is None:
            labels = rng.choice(self.n_clusters, size=n, p=self.category_probabilities())
        else:
            labels = np.full(n, self._known(category))
        return self._decode_all(np.eye(self.n_clusters)[labels], z)

    def reconstruct(self, x):
        """The rows of x given back from their categories and styles."""
        return self._decode_all(*self.latents(x))

    def style(self, x):
        """Each row of x in every category, with the style that it has.

        Returns:
            Array of shape (n, k, ...).
        """
        z = self.latents(x)[1]
        categories = np.tile(np.eye(self.n_clusters), (len(z), 1))
        drawn = self._decode_all(categories, np.repeat(z, self.n_clusters, axis=0))
        return drawn.reshape(len(z), self.n_clusters, *drawn.shape[1:])

    def traverse(self, x, category, dimension, values=(-3.0, -1.5, 0.0, 1.5, 3.0)):
        """A category drawn with the style of each row of x, one dimension of z set to several values.

        Args:
            x: Rows whose style is taken.
            category: The category, from 0 to k - 1.
            dimension: Dimension of z. `active_dimensions` says which ones mean something.
            values: What it is set to, one number or more.

        Returns:
            Array of shape (n, number of values, ...).

        Raises:
            ValueError: If there is no such category or dimension, or no value.
        """
        if not _is_one_of(dimension, self.style_width):
            raise ValueError(f"`dimension` must be from 0 to {self.style_width - 1}. Received: {dimension}")
        if not len(values):
            raise ValueError("`values` must hold at least one number. Received: none")
        z = np.repeat(self.latents(x)[1], len(values), axis=0)
        z[:, dimension] = np.tile(values, len(z) // len(values))
        drawn = self._decode_all(np.eye(self.n_clusters)[np.full(len(z), self._known(category))], z)
        return drawn.reshape(-1, len(values), *drawn.shape[1:])

    def active_dimensions(self, x, least=LEAST_VARIANCE):
        """Dimensions of z that carry something of x: those whose mean has a variance above `least` over the rows.

        Returns:
            Their numbers, the most active first.
        """
        variance = self.latents(x)[1].var(axis=0)
        order = np.argsort(-variance)
        return order[variance[order] > least]

    def _known(self, category):
        if not _is_one_of(category, self.n_clusters):
            raise ValueError(f"`category` must be from 0 to {self.n_clusters - 1}. Received: {category}")
        return category

    def _decode_all(self, categories, z):
        pairs = zip(_parts(categories), _parts(z), strict=True)
        drawn = (self._decode(*(tf.constant(part, tf.float32) for part in pair)) for pair in pairs)
        return np.concatenate([tf.cast(part, tf.float32).numpy() for part in drawn])

    @tf.function(reduce_retracing=True, autograph=False)
    def _decode(self, categories, z):
        return self.decode(categories, z)


def _is_one_of(index, count):
    """Whether it is one of the first `count` whole numbers."""
    return isinstance(index, int | np.integer) and 0 <= index < count


def _parts(array):
    return (array[start : start + _BATCH] for start in range(0, len(array), _BATCH))
