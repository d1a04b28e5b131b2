"""Stacked generative semi-supervised model (Kingma, Rezende, Mohamed, Welling, NIPS 2014)."""

import keras
import tensorflow as tf

from tfcluster.layers import GaussianSampling
from tfcluster.models.m2 import M2
from tfcluster.models.vae_features import VAEFeatures
from tfcluster.ops.variational import gaussian_log_loss
from tfcluster.utils import derive_seeds

__all__ = ["M1M2"]


@keras.saving.register_keras_serializable(package="tfcluster")
class M1M2(VAEFeatures, M2):
    """Stacked generative semi-supervised model M1+M2: M2 on the latents of a variational autoencoder.

    ```
    c ~ Cat(1/k),   z ~ N(0, I),   h ~ N(mu(c, z), diag s^2(c, z)),   x ~ p(x | h)
    ```

    h are the latents of the autoencoder, which is trained first and frozen: draws from q(h | x) in training, anew in
    every batch, their means otherwise. All of them are taken; the published code leaves out, on MNIST, those that carry
    nothing. See `M2` for the loss, with h in place of x.

    Args:
        n_clusters: Number of classes k.
        **kwargs: Arguments of `VAEFeatures` and `M2`.
    """

    def build_network(self, input_shape):
        self.build_vae()
        self.sample_features = GaussianSampling(derive_seeds(self.seed, 9)[8])
        super().build_network((self.feature_dim,))

    def decoded_width(self):
        return 2 * self.feature_dim

    def network(self, x, training):
        return super().network(self.sample_features(list(self.vae.encode(x)), training=training), training)

    def row_losses(self, rows, decoded):
        mean, log_variance = tf.split(decoded, 2, axis=-1)
        return gaussian_log_loss(rows, mean, self.clip(log_variance))

    def decode(self, categories, z):
        return self.rows_of(tf.split(self.decoded(z, categories), 2, axis=-1)[0])
