"""What the methods on the latents of a variational autoencoder share."""

import keras
import tensorflow as tf

from tfcluster.models.generative_model import GenerativeModel
from tfcluster.models.vae import VAE
from tfcluster.training.collapse_monitor import CollapseMonitor

__all__ = ["VAEFeatures"]


class VAEFeatures(GenerativeModel):
    """A model on the latents m(x) of a variational autoencoder, which is trained first and then frozen.

    To be named before `GenerativeModel` and what derives from it among the bases of a class.

    Args:
        n_clusters: Number of classes k.
        feature_dim: Width of the autoencoder's latent.
        feature_units: Width of its hidden layers, of which encoder and decoder have two each.
        pretrain_epochs: Epochs of the autoencoder.
        pretrain_batch_size: Rows in a step there.
        pretrain_learning_rate: Of its Adam.
        **kwargs: Arguments of the other bases.
    """

    def __init__(
        self,
        n_clusters,
        feature_dim=50,
        feature_units=500,
        pretrain_epochs=100,
        pretrain_batch_size=200,
        pretrain_learning_rate=1e-3,
        **kwargs,
    ):
        super().__init__(n_clusters, **kwargs)
        self.feature_dim = feature_dim
        self.feature_units = feature_units
        self.pretrain_epochs = pretrain_epochs
        self.pretrain_batch_size = pretrain_batch_size
        self.pretrain_learning_rate = pretrain_learning_rate

    def build_vae(self):
        """Make the autoencoder, frozen."""
        self.pretrained = self._flag("pretrained")
        self.vae = VAE(
            self.feature_dim,
            self.feature_units,
            likelihood=self.likelihood,
            preprocessing=self.preprocessing,
            seed=self.seed,
            dtype=self.dtype_policy,
        )
        self.vae.build((None, *self.row_shape))
        self.vae.trainable = False

    def pretrain(self, x, session=None):
        """Train the autoencoder; nothing if that was done."""
        return self._once("pretrain", "pretrained", self._pretrain, x, session) if self.pretrain_epochs else None

    def _pretrain(self, rows, session):
        optimizer = keras.optimizers.Adam(self.pretrain_learning_rate)
        remedy = "pretrain longer (`pretrain_epochs`), or scale the rows up (`preprocessing`)"
        dead = CollapseMonitor({"gaussian": (1.0, 0.05, f"the features carry nothing of a row; {remedy}")})
        options = {"epochs": self.pretrain_epochs, "batch_size": self.pretrain_batch_size, "verbose": 0}
        options["callbacks"] = [dead]
        self.vae.trainable = True
        try:
            return self.vae.fit(rows, optimizer=optimizer, session=session, **options)
        finally:
            self.vae.trainable = False

    def rows_of(self, features):
        """Rows for latents of the autoencoder."""
        return tf.reshape(self.drawn(self.vae.decode(features)), [-1, *self.vae.network_shape])
