"""The layers of a stack, unrolled."""

import keras
import numpy as np

from tfcluster.layers import TiedDense
from tfcluster.training.configured_model import ConfiguredModel, preprocessed_shape
from tfcluster.utils import derive_seeds

__all__ = ["LayerStack"]


class LayerStack(ConfiguredModel):
    """Dense layers of an encoder, and their mirror images back.

    ```
    code = f_L(...f_1(x)),    y = g_1(...g_L(code))
    ```

    Arguments are those of `StackedAutoencoder`; `encoders` and `decoders` hold f_1, ..., f_L and g_1, ..., g_L.
    """

    def build(self, input_shape):
        if self.built:
            return
        shape = preprocessed_shape(self.preprocessing, input_shape)
        self.flatten = keras.layers.Flatten()
        widths = (int(np.prod(shape[1:])), *self.units)
        seeds = iter(derive_seeds(self.seed, 2 * len(self.units)))
        last = len(self.units) - 1
        hidden = self.activation
        code = "linear" if hidden == "relu" or self.linear_code else hidden
        output = "linear" if hidden == "relu" else hidden
        self.encoders = [
            self._dense(widths[i], widths[i + 1], code if i == last else hidden, next(seeds), f"encoder_{i + 1}")
            for i in range(len(self.units))
        ]
        exact = "float32" if hidden == "sigmoid" else None  # for the logarithms of the cross-entropy
        self.decoders = [
            self._back(i, widths, hidden if i else output, next(seeds), f"decoder_{i + 1}", exact)
            for i in range(len(self.units))
        ]
        self.built = True

    def _back(self, index, widths, activation, seed, name, dtype):
        """The decoder's layer that mirrors one of the encoder."""
        if not self.tied:
            return self._dense(widths[index + 1], widths[index], activation, seed, name, dtype)
        layer = TiedDense(self.encoders[index], activation, name=name, dtype=dtype)
        layer.build((None, widths[index + 1]))
        return layer

    def _dense(self, width, units, activation, seed, name, dtype=None):
        if self.initial_scale is None:
            first = keras.initializers.GlorotUniform(seed)
        else:
            first = keras.initializers.RandomNormal(stddev=self.initial_scale, seed=seed)
        layer = keras.layers.Dense(units, activation, kernel_initializer=first, name=name, dtype=dtype)
        layer.build((None, width))
        return layer

    def prepare(self, x):
        """Preprocessed rows, flattened."""
        return self.flatten(x if self.preprocessing is None else self.preprocessing(x))

    def encode(self, x):
        """Codes of shape (n, units[-1]) of a batch of rows, once the model has been trained."""
        self.require_built()
        h = self.prepare(x)
        for layer in self.encoders:
            h = layer(h)
        return h

    def call(self, x, training=False):
        h = self.encode(x)
        for layer in reversed(self.decoders):
            h = layer(h)
        return h
