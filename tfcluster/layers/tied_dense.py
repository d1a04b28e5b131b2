"""A dense layer with the weights of another, transposed."""

import keras
from keras import ops

__all__ = ["TiedDense"]


@keras.saving.register_keras_serializable(package="tfcluster")
class TiedDense(keras.layers.Layer):
    """The way back through a dense layer, with its own weights.

    ```
    h = phi(x W + b),    r = psi(h W^T + c)
    ```

    W is the kernel of the other layer and trained by both; c is this layer's own. Where encoder and decoder cannot
    scale each other, a penalty on the encoder, such as the contraction of Rifai et al. (2011), cannot be evaded.

    Keras makes the layers of a loaded model anew, one model inside it after the other: where the two are in different
    ones, as an encoder and a decoder, the model that holds these has to tie them again, see `ShallowAutoencoder`.

    Args:
        tied_to: The `Dense` layer x -> h.
        activation: psi, as for `Dense`.

    Input: h of shape (..., units). Output: r of shape (..., d), d the width of x.
    """

    def __init__(self, tied_to, activation=None, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(tied_to, keras.layers.Dense):
            raise ValueError(f"`tied_to` must be a Dense layer. Received: {type(tied_to).__name__}")
        self.tied_to = tied_to
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        if not self.tied_to.built:
            raise ValueError(f"The layer {self.tied_to.name!r} has no weights yet: call it, or build it, first.")
        self.bias = self.add_weight(name="bias", shape=(self.tied_to.kernel.shape[0],), initializer="zeros")

    @property
    def kernel(self):
        """W^T, a tensor of shape (units, d)."""
        return ops.transpose(self.tied_to.kernel)

    def call(self, inputs):
        return self.activation(ops.matmul(inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.tied_to.kernel.shape[0])

    def get_build_config(self):
        return {"input_shape": self.tied_to.kernel.shape[:1]} if self.built else None

    def build_from_config(self, config):
        if not self.tied_to.built:
            self.tied_to.build((None, *config["input_shape"]))
        self.build(None)

    def get_config(self):
        return {
            **super().get_config(),
            "tied_to": keras.saving.serialize_keras_object(self.tied_to),
            "activation": keras.activations.serialize(self.activation),
        }

    @classmethod
    def from_config(cls, config):
        config["tied_to"] = keras.saving.deserialize_keras_object(config["tied_to"])
        return cls(**config)
