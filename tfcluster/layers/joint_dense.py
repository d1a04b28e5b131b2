"""Hidden layers on several inputs."""

import keras
from keras import layers, ops

from tfcluster.utils import check_count, derive_seeds

__all__ = ["JointDense"]


@keras.saving.register_keras_serializable(package="tfcluster")
class JointDense(layers.Layer):
    """Dense hidden layers on several inputs that broadcast against each other.

    ```
    h_1 = phi( sum_i x_i W_i + b ),   h_l = phi( h_{l-1} V_l + b_l )
    ```

    It is the hidden layer of the concatenated inputs, without copies of those that are broadcast: every row with every
    class is a `[rows[:, None], identity]`.

    Args:
        units: Width of every layer.
        depth: Number of layers.
        activation: phi.
        norm_momentum: None, or the momentum of a batch normalisation before each phi.
        seed: Seed of the Glorot-uniform initial weights.

    Input: a list of tensors of shapes (..., d_i). Output: their broadcast shape with `units` at the end.
    """

    def __init__(self, units, depth=1, activation="softplus", norm_momentum=None, seed=0, **kwargs):
        super().__init__(**kwargs)
        check_count("units", units)
        check_count("depth", depth)
        self.units = units
        self.depth = depth
        self.activation = activation
        self.norm_momentum = norm_momentum
        self.seed = seed

    def build(self, input_shape):
        words = iter(derive_seeds(self.seed, len(input_shape) + self.depth))
        self.first = [self._dense(next(words), f"input_{i}", use_bias=not i) for i in range(len(input_shape))]
        self.deeper = [self._dense(next(words), f"dense_{i}") for i in range(2, self.depth + 1)]
        for layer, shape in zip(self.first, input_shape, strict=True):
            layer.build(shape)
        for layer in self.deeper:
            layer.build((None, self.units))
        self.activate = layers.Activation(self.activation, dtype=self.dtype_policy)
        self.norms = []
        if self.norm_momentum is not None:
            options = {"momentum": self.norm_momentum, "dtype": self.dtype_policy}
            self.norms = [layers.BatchNormalization(**options, name=f"norm_{i + 1}") for i in range(self.depth)]
            for norm in self.norms:
                norm.build((None, self.units))

    def _dense(self, word, name, use_bias=True):
        first = keras.initializers.GlorotUniform(word)
        return layers.Dense(self.units, use_bias=use_bias, kernel_initializer=first, dtype=self.dtype_policy, name=name)

    def call(self, inputs, training=False):
        h = sum(layer(x) for layer, x in zip(self.first, inputs, strict=True))
        for index in range(self.depth):
            h = self.deeper[index - 1](h) if index else h
            h = self._normalise(h, index, training) if self.norms else h
            h = self.activate(h)
        return h

    def _normalise(self, h, index, training):
        rows = ops.reshape(h, (-1, self.units))  # the inputs may have any rank
        return ops.reshape(self.norms[index](rows, training=training), ops.shape(h))

    def get_config(self):
        names = ("units", "depth", "activation", "norm_momentum", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
