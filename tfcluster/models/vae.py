"""Variational autoencoder (Kingma and Welling, ICLR 2014)."""

import math

import keras
import tensorflow as tf
from keras import layers

from tfcluster.layers import GaussianSampling, JointDense
from tfcluster.models.generative_model import LOG_VARIANCES
from tfcluster.ops.variational import LIKELIHOODS, gaussian_kl, reconstruction_log_loss
from tfcluster.training.configured_model import preprocessed_shape
from tfcluster.training.fit_phase import fit_phase
from tfcluster.training.keras_compat import CompiledFit
from tfcluster.training.rows import Rows
from tfcluster.training.unit_range import check_unit_range
from tfcluster.utils import check_choice, derive_seeds

__all__ = ["VAE"]


@keras.saving.register_keras_serializable(package="tfcluster")
class VAE(CompiledFit):
    """Variational autoencoder with fully connected networks.

    ```
    z ~ N(0, I),   x ~ p(x | z),   q(z | x) = N(m(x), diag v(x))
    L = E_{q(z | x)}[-ln p(x | z)] + KL(q(z | x) || N(0, I))
    ```

    The terms in History are `reconstruction` and `gaussian`.

    Args:
        latent_dim: Width of z.
        units: Width of the hidden layers.
        depth: Number of hidden layers of encoder and decoder each.
        activation: Of the hidden layers.
        likelihood: `"cross_entropy"` for preprocessed rows in [0, 1], or `"mse"`.
        preprocessing: Keras layer from raw rows to what the encoder takes, or None.
        seed: Drives initial weights, the order of the batches and the draws.

    Input: rows. Output: m of shape (n, latent_dim).
    """

    def __init__(
        self,
        latent_dim=50,
        units=500,
        depth=2,
        activation="softplus",
        likelihood="cross_entropy",
        preprocessing=None,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("likelihood", likelihood, LIKELIHOODS)
        self.latent_dim = latent_dim
        self.units = units
        self.depth = depth
        self.activation = activation
        self.likelihood = likelihood
        self.preprocessing = preprocessing
        self.seed = seed

    def build(self, input_shape):
        if self.built:
            return
        shape = preprocessed_shape(self.preprocessing, input_shape)
        self.network_shape = shape[1:]
        words = derive_seeds(self.seed, 6)
        policy = self.dtype_policy

        def dense(units, word, name):
            first = keras.initializers.GlorotUniform(word)
            return layers.Dense(units, kernel_initializer=first, name=name, dtype="float32")

        options = {"depth": self.depth, "activation": self.activation, "dtype": policy}
        self.flatten = layers.Flatten(dtype=policy)
        self.encoder_hidden = JointDense(self.units, seed=words[0], name="encoder_hidden", **options)
        self.mean = dense(self.latent_dim, words[1], "mean")
        self.log_variance = dense(self.latent_dim, words[2], "log_variance")
        self.sample = GaussianSampling(words[3])
        self.decoder_hidden = JointDense(self.units, seed=words[4], name="decoder_hidden", **options)
        self.reconstruction = dense(math.prod(self.network_shape), words[5], "reconstruction")
        self.make_term_means()
        inputs = keras.Input(self.network_shape)
        self.decode(self.encode(inputs)[0])
        self.built = True

    def encode(self, x, training=False):
        """m(x) and ln v(x) of preprocessed rows."""
        hidden = self.encoder_hidden([self.flatten(x)], training=training)
        return self.mean(hidden), keras.ops.clip(self.log_variance(hidden), *LOG_VARIANCES)

    def decode(self, z, training=False):
        """Flattened rows for latents: logits for `"cross_entropy"`."""
        return self.reconstruction(self.decoder_hidden([z], training=training))

    def call(self, x, training=False, everything=False):
        x = tf.cast(x if self.preprocessing is None else self.preprocessing(x), self.compute_dtype)
        mean, log_variance = self.encode(x, training)
        if not everything:
            return mean
        z = self.sample([mean, log_variance], training=training)
        return {"rows": x, "mean": mean, "log_variance": log_variance, "reconstruction": self.decode(z, training)}

    def training_outputs(self, x, training):
        return self(x, training=training, everything=True)

    def loss_names(self):
        return ["reconstruction", "gaussian"]

    def loss_terms(self, x, outputs, training, targets=None):
        losses = reconstruction_log_loss(outputs["rows"], outputs["reconstruction"], self.likelihood)
        return {
            "reconstruction": tf.reduce_mean(losses),
            "gaussian": tf.reduce_mean(gaussian_kl(outputs["mean"], outputs["log_variance"])),
        }

    def fit(self, x, *, epochs=50, batch_size=200, optimizer=None, phase="pretrain", **kwargs):
        """Train; the arguments are those of `training.fit_phase`. The default optimiser is Adam."""
        if self.likelihood == "cross_entropy" and not isinstance(x, Rows):  # `Rows` come from a model that checked them
            x = Rows(x, None, 1)
            check_unit_range(x, self.preprocessing)
        first = keras.optimizers.Adam() if optimizer is None else optimizer
        return fit_phase(self, x, first, epochs, batch_size, phase=phase, **kwargs)
