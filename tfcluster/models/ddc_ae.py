"""DDC with an autoencoder (tk-uco)."""

import keras
import tensorflow as tf

from tfcluster.backbones import make_decoder
from tfcluster.losses import reconstruction_loss
from tfcluster.models.ddc import DDC
from tfcluster.utils import derive_seeds

__all__ = ["DDCAE"]


@keras.saving.register_keras_serializable(package="tfcluster")
class DDCAE(DDC):
    """Deep divergence-based clustering with a decoder on the backbone's features, trained jointly.

    ```
    L = L_DDC + w mean(|x - g(f(x))|^2)
    ```

    The mean is over the values and the batch; x are the preprocessed rows. The term is `reconstruction` in History.
    With augmentation the rows as they are are reconstructed.

    Args:
        n_clusters: Number of clusters k.
        reconstruction_weight: w.
        **kwargs: Arguments of `DDC`. The decoder mirrors the named backbone; a user's own gets that of `"mlp"`.
    """

    def __init__(self, n_clusters, reconstruction_weight=0.1, **kwargs):
        super().__init__(n_clusters, **kwargs)
        self.reconstruction_weight = reconstruction_weight

    def build_network(self, input_shape):
        super().build_network(input_shape)
        features = tf.nest.flatten(self.encoder(keras.Input(input_shape), training=False))[0]
        seed = derive_seeds(self.seed, 4)[3]
        self.decoder = make_decoder(
            self.backbone, features.shape[1:], input_shape, seed, norm_momentum=self.norm_momentum
        )

    def network(self, x, training):
        outputs = super().network(x, training)
        features, rows = (self.views(value, training)[0] for value in (outputs["features"], x))
        return {**outputs, "rows": rows, "reconstruction": self.decoder(features, training=training)}

    def loss_names(self):
        return [*super().loss_names(), "reconstruction"]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        reconstruction = reconstruction_loss(outputs["rows"], outputs["reconstruction"], "mse")
        return terms | {"reconstruction": self.reconstruction_weight * reconstruction}
