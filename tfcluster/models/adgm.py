"""Auxiliary deep generative model (Maaloe, Sonderby, Sonderby, Winther, ICML 2016)."""

import keras
import tensorflow as tf

from tfcluster.layers import GaussianSampling
from tfcluster.models.m2 import M2
from tfcluster.ops.variational import gaussian_log_loss
from tfcluster.utils import derive_seeds

__all__ = ["ADGM"]


@keras.saving.register_keras_serializable(package="tfcluster")
class ADGM(M2):
    """Auxiliary deep generative model: M2 with an auxiliary variable that makes the inference more flexible.

    ```
    q(a | x),   q(c | a, x),   q(z | a, c, x),   p(x | c, z),   p(a | c, z, x)
    L(x, c) = that of M2 + E_{q(a | x) q(z | a, c, x)}[ln q(a | x) - ln p(a | c, z, x)]
    loss = mean_labelled L(x, t) + mean_others U(x) + alpha / s mean_labelled(-ln q(t | x))
    ```

    z depends on a, so that both densities are those of the a that z was drawn with: the divergence of q(a | x) from
    p(a | c, z, x) would be over another one. Expectations are over one draw of a and z. U and s, the share of the
    labelled rows, are those of `M2`. The weights are those of the published code: the fewer the labels, the more each
    of them counts.

    Args:
        n_clusters: Number of classes k.
        auxiliary_dim: Width of a.
        **kwargs: Arguments of `M2`.
    """

    decodes_auxiliary = False
    """Whether x depends on a, which is then drawn from p(a | c, z)."""

    def __init__(
        self,
        n_clusters,
        auxiliary_dim=100,
        depth=2,
        latent_dim=100,
        activation="relu",
        norm_momentum=0.99,
        **kwargs,
    ):
        super().__init__(
            n_clusters,
            depth=depth,
            latent_dim=latent_dim,
            activation=activation,
            norm_momentum=norm_momentum,
            **kwargs,
        )
        self.auxiliary_dim = auxiliary_dim

    def build_network(self, input_shape):
        super().build_network(input_shape)
        words = derive_seeds(self.seed, 15)[8:]
        self.auxiliary_hidden = self.hidden(words[0], "auxiliary_hidden")
        self.auxiliary_mean = self.dense(self.auxiliary_dim, words[1], "auxiliary_mean")
        self.auxiliary_log_variance = self.dense(self.auxiliary_dim, words[2], "auxiliary_log_variance")
        self.sample_auxiliary = GaussianSampling(words[3])
        self.prior_hidden = self.hidden(words[4], "prior_hidden")
        self.prior_mean = self.dense(self.auxiliary_dim, words[5], "prior_mean")
        self.prior_log_variance = self.dense(self.auxiliary_dim, words[6], "prior_log_variance")

    def network(self, x, training):
        rows = self.flatten(x)
        hidden = self.auxiliary_hidden([rows], training=training)
        mean, log_variance = self.auxiliary_mean(hidden), self.clip(self.auxiliary_log_variance(hidden))
        a = self.sample_auxiliary([mean, log_variance], training=training)
        features = self.classifier_hidden([rows, a], training=training)
        outputs = self.every_class(rows, features, [a], training)
        prior_mean, prior_log_variance = self.prior(outputs["latents"], self.classes, rows[:, None], training)
        return {
            **outputs,
            "rows": rows,
            "auxiliary": a,
            "auxiliary_mean": mean,
            "auxiliary_log_variance": log_variance,
            "prior_mean": prior_mean,
            "prior_log_variance": prior_log_variance,
        }

    def prior(self, z, classes, rows, training=False):
        """Mean and log-variance of p(a | ...)."""
        inputs = [z, classes] if self.decodes_auxiliary else [z, classes, rows]
        hidden = self.prior_hidden(inputs, training=training)
        return self.prior_mean(hidden), self.clip(self.prior_log_variance(hidden))

    def mean_weights(self):
        return 1.0, 1.0, self.classification_weight / self._share

    def bounds(self, outputs):
        a, log_variance = outputs["auxiliary"], outputs["auxiliary_log_variance"]
        own = gaussian_log_loss(*(tf.stop_gradient(part) for part in (a, outputs["auxiliary_mean"], log_variance)))
        # a = m + s e, so that ln q(a | x) depends on e and s alone: no gradient goes by way of a and m.
        own += 0.5 * tf.reduce_sum(log_variance - tf.stop_gradient(log_variance), axis=1)
        prior = gaussian_log_loss(a[:, None], outputs["prior_mean"], outputs["prior_log_variance"])
        return super().bounds(outputs) + prior - own[:, None]
