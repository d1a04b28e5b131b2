"""The fully connected encoder and decoder of the Gumbel-Softmax autoencoder."""

import math

import keras
from keras import layers

from tfcluster.utils import derive_seeds

__all__ = ["MLP_NORM_TAPS", "mlp_norm", "mlp_norm_decoder"]

MLP_NORM_TAPS = ("relu_1", "relu_2")
_UNITS = (512, 256)


def mlp_norm(input_shape, seed=0, norm_momentum=0.99, **_):
    """Encoder: flatten, then 512 and 256 units, each with batch normalisation and ReLU (Arias-Figueroa 2018).

    Args:
        input_shape: Shape of a row, of any rank.
        seed: Seed of the Glorot-uniform initial weights.
        norm_momentum: Momentum of the moving averages of batch normalisation.

    Returns:
        A functional `keras.Model` from rows to 256 features.
    """
    inputs = keras.Input(input_shape, name="rows")
    x = layers.Flatten(name="flatten")(inputs) if len(input_shape) > 1 else inputs
    return keras.Model(inputs, _stack(x, _UNITS, seed, norm_momentum), name="mlp_norm")


def mlp_norm_decoder(feature_shape, output_shape, seed=0, norm_momentum=0.99, **_):
    """Decoder: 512 units with batch normalisation and ReLU, and a linear layer reshaped to `output_shape`."""
    inputs = keras.Input(feature_shape, name="features")
    x = layers.Flatten(name="flatten")(inputs) if len(feature_shape) > 1 else inputs
    seeds = derive_seeds(seed, 2)
    x = _stack(x, _UNITS[:1], seeds[0], norm_momentum)
    last = keras.initializers.GlorotUniform(seeds[1])
    x = layers.Dense(math.prod(output_shape), kernel_initializer=last, name="reconstruction")(x)
    return keras.Model(inputs, layers.Reshape(output_shape, name="reshape")(x), name="mlp_norm_decoder")


def _stack(x, units, seed, momentum):
    for index, (width, word) in enumerate(zip(units, derive_seeds(seed, len(units)), strict=True), start=1):
        first = keras.initializers.GlorotUniform(word)
        x = layers.Dense(width, use_bias=False, kernel_initializer=first, name=f"dense_{index}")(x)
        x = layers.BatchNormalization(momentum=momentum, name=f"norm_{index}")(x)
        x = layers.ReLU(name=f"relu_{index}")(x)
    return x
