"""The conditional generative model of semi-supervised learning (Kingma, Rezende, Mohamed, Welling, NIPS 2014)."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tfcluster.layers import GaussianSampling, JointDense
from tfcluster.models.generative_model import GenerativeModel
from tfcluster.models.semi_supervised import SemiSupervised
from tfcluster.ops.variational import gaussian_kl, reconstruction_log_loss
from tfcluster.utils import derive_seeds

__all__ = ["M2"]


@keras.saving.register_keras_serializable(package="tfcluster")
class M2(SemiSupervised, GenerativeModel):
    """Generative semi-supervised model M2: the class is a latent variable where it is not known.

    ```
    c ~ Cat(1/k),   z ~ N(0, I),   x ~ p(x | c, z),   q(c | x),   q(z | x, c)
    L(x, c) = E_{q(z | x, c)}[-ln p(x | c, z)] + KL(q(z | x, c) || N(0, I)) + ln k                 (6)
    U(x) = sum_c q(c | x) (L(x, c) + ln q(c | x))                                                   (7)
    loss = s mean_labelled L(x, t) + (1 - s) mean_others U(x) + alpha mean_labelled(-ln q(t | x))   (8, 9)
    ```

    s is the share of the labelled rows in the data, so that a batch that holds more of them is no bias. The sum over
    the classes is exact: a step costs k times that of an autoencoder. The terms in History are `labelled`,
    `unlabelled` and `classification`.

    Args:
        n_clusters: Number of classes k.
        units: Width of the hidden layers.
        depth: Number of hidden layers in each network.
        latent_dim: Width of z.
        activation: Of the hidden layers.
        norm_momentum: None, or the momentum of a batch normalisation in the hidden layers.
        classification_weight: alpha.
        **kwargs: Arguments of `SemiSupervised` and `GenerativeModel`.
    """

    def __init__(
        self,
        n_clusters,
        units=500,
        depth=1,
        latent_dim=50,
        activation="softplus",
        norm_momentum=None,
        classification_weight=0.1,
        learning_rate=3e-4,
        **kwargs,
    ):
        super().__init__(n_clusters, learning_rate=learning_rate, **kwargs)
        self.units = units
        self.depth = depth
        self.latent_dim = latent_dim
        self.activation = activation
        self.norm_momentum = norm_momentum
        self.classification_weight = classification_weight
        self._share = 0.5  # s, set by `fit`

    def build_network(self, input_shape):
        self.network_shape = tuple(input_shape)
        words = derive_seeds(self.seed, 8)
        self.flatten = layers.Flatten(dtype="float32")
        self.classes = np.eye(self.n_clusters, dtype="float32")
        self.classifier_hidden = self.hidden(words[0], "classifier_hidden")
        self.logits = self.dense(self.n_clusters, words[1], "logits")
        self.latent_hidden = self.hidden(words[2], "latent_hidden")
        self.mean = self.dense(self.latent_dim, words[3], "mean")
        self.log_variance = self.dense(self.latent_dim, words[4], "log_variance")
        self.sample = GaussianSampling(words[5])
        self.decoder_hidden = self.hidden(words[6], "decoder_hidden")
        self.reconstruction = self.dense(self.decoded_width(), words[7], "reconstruction")

    def hidden(self, seed, name):
        """Hidden layers on several inputs."""
        return JointDense(self.units, self.depth, self.activation, self.norm_momentum, seed, name=name)

    def dense(self, units, seed, name):
        """A linear layer."""
        first = keras.initializers.GlorotUniform(seed)
        return layers.Dense(units, kernel_initializer=first, name=name, dtype="float32")

    def decoded_width(self):
        """Width of what the decoder gives for a row."""
        return math.prod(self.network_shape)

    def network(self, x, training):
        rows = self.flatten(x)
        features = self.classifier_hidden([rows], training=training)
        return {**self.every_class(rows, features, [], training), "rows": rows}

    def every_class(self, rows, features, others, training):
        """Outputs for rows, the features that q(c | x) is linear in, and what else the latent depends on."""
        logits = self.logits(features)
        inputs = [rows[:, None], self.classes, *(other[:, None] for other in others)]
        hidden = self.latent_hidden(inputs, training=training)  # (n, k, units)
        mean, log_variance = self.mean(hidden), self.clip(self.log_variance(hidden))
        z = self.sample([mean, log_variance], training=training)
        own = ops.one_hot(ops.argmax(logits, axis=1), self.n_clusters)
        return {
            "assignments": ops.softmax(logits),
            "embedding": features,
            "mean": ops.sum(own[:, :, None] * mean, axis=1),
            "logits": logits,
            "latent_means": mean,
            "latent_log_variances": log_variance,
            "latents": z,
            "reconstructions": self.decoded(z, self.classes, *(other[:, None] for other in others), training=training),
        }

    def decoded(self, z, classes, *others, training=False):
        """What the decoder gives for latents and classes."""
        return self.reconstruction(self.decoder_hidden([z, classes], training=training))

    def latents_of(self, outputs):
        """The likeliest class of each row, one-hot as the decoder was trained on, and the mean of its own z."""
        return tf.one_hot(tf.argmax(outputs["assignments"], axis=1), self.n_clusters), outputs["mean"]

    def decode(self, categories, z):
        return tf.reshape(self.drawn(self.decoded(z, categories)), [-1, *self.network_shape])

    def make_source(self, rows, batch_size):
        source = super().make_source(rows, batch_size)
        self._share = float((self._labels >= 0).mean())
        return source

    def bounds(self, outputs):
        """L(x, c) of every row with every class, a tensor of shape (n, k)."""
        k = self.n_clusters
        rows = tf.repeat(outputs["rows"], k, axis=0)
        losses = self.row_losses(rows, tf.reshape(outputs["reconstructions"], [-1, self.decoded_width()]))
        latents = (outputs["latent_means"], outputs["latent_log_variances"])
        divergence = gaussian_kl(*(tf.reshape(part, [-1, self.latent_dim]) for part in latents))
        return tf.reshape(self.reconstruction_weight * losses + divergence, [-1, k]) + math.log(k)

    def row_losses(self, rows, decoded):
        """-ln p(x | c, z) of rows."""
        return reconstruction_log_loss(rows, decoded, self.likelihood)

    def mean_weights(self):
        """Weights of the means in the loss: of the labelled rows' bounds, of the others', of the classification."""
        return self._share, 1.0 - self._share, self.classification_weight

    def loss_names(self):
        return ["labelled", "unlabelled", "classification"]

    def loss_terms(self, x, outputs, training, targets=None):
        log_q = tf.nn.log_softmax(outputs["logits"])
        bounds = self.bounds(outputs)
        q = tf.nn.softmax(outputs["logits"])
        unlabelled = tf.reduce_sum(q * bounds + q * log_q, axis=1)
        if targets is None:
            return {"unlabelled": tf.reduce_mean(unlabelled)}
        known = tf.cast(targets >= 0, tf.float32)
        own = tf.one_hot(targets, self.n_clusters)  # a row of zeros where the label is not known
        means = (
            _mean_where(known, tf.reduce_sum(own * bounds, axis=1)),
            _mean_where(1.0 - known, unlabelled),
            _mean_where(known, -tf.reduce_sum(own * log_q, axis=1)),
        )
        terms = zip(self.loss_names(), self.mean_weights(), means, strict=True)
        return {name: weight * mean for name, weight, mean in terms}


def _mean_where(mask, values):
    return tf.reduce_sum(mask * values) / tf.maximum(tf.reduce_sum(mask), 1.0)
