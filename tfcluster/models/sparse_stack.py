"""A stack with sparse layers, as it is fine-tuned."""

import tensorflow as tf

from tfcluster.losses.sparsity import sparsity
from tfcluster.models.autoencoder import Autoencoder

__all__ = ["SparseStack"]


class SparseStack(Autoencoder):
    """An unrolled stack, some of whose layers have sparse codes.

    ```
    L = l(x, g(f(x))) + weight sum_{l sparse} S(h_l)
    ```

    Args:
        encoder: Its layers, a `keras.Sequential`.
        decoder: Those back.
        sparse: Whether each layer of the encoder has the penalty.
        sparsity: The weight.
        sparsity_kind: `"kl"` or `"l1"`, see `losses.sparsity`.
        sparsity_target: rho of `"kl"`.
        **kwargs: Arguments of `Autoencoder`.
    """

    def __init__(self, encoder, decoder, sparse, sparsity, sparsity_kind, sparsity_target, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.sparse = sparse
        self.sparsity = sparsity
        self.sparsity_kind = sparsity_kind
        self.sparsity_target = sparsity_target

    def loss_names(self):
        return [*super().loss_names(), "sparsity"]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        codes, penalties = outputs["rows"], []
        for layer, sparse in zip(self.encoder.layers, self.sparse, strict=True):
            codes = layer(codes)
            if sparse:
                penalties.append(sparsity(codes, self.sparsity_kind, self.sparsity_target))
        terms["sparsity"] = self.sparsity * tf.reduce_sum(tf.stack(penalties))
        return terms
