"""Improved deep embedded clustering (Guo et al., IJCAI 2017)."""

import keras

from tfcluster.losses.reconstruction import reconstruction_loss
from tfcluster.models.dec import DEC

__all__ = ["IDEC"]


@keras.saving.register_keras_serializable(package="tfcluster")
class IDEC(DEC):
    """Deep embedded clustering that keeps its decoder, so that the embedding goes on telling the rows apart.

    ```
    L = mean (x - g(z))^2 + gamma KL(P || Q)
    ```

    Terms in History: `kl`, its factor included, and `reconstruction`.

    Args:
        n_clusters: Number of clusters k.
        gamma: Factor on the KL divergence.
        learning_rate: Of the refinement.
        momentum: None refines with Adam, a number with SGD of that momentum.
        **kwargs: Arguments of `DEC`.
    """

    keeps_decoder = True

    def __init__(self, n_clusters, gamma=0.1, learning_rate=1e-3, momentum=None, **kwargs):
        super().__init__(n_clusters, learning_rate=learning_rate, momentum=momentum, **kwargs)
        self.gamma = gamma

    def network(self, x, training):
        outputs = super().network(x, training)
        return {**outputs, "reconstruction": self.decoder(outputs["embedding"], training=training)}

    def loss_names(self):
        return [*super().loss_names(), "reconstruction"]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        terms["kl"] = self.gamma * terms["kl"]
        terms["reconstruction"] = reconstruction_loss(outputs["rows"], outputs["reconstruction"])
        return terms
