"""The fully connected encoder and decoder of the DEC family."""

import math

import keras
from keras import layers

from tfcluster.utils import derive_seeds

__all__ = ["MLP_TAPS", "mlp", "mlp_decoder"]

MLP_TAPS = ("dense_2", "dense_3")
_UNITS = (500, 500, 2000)


def mlp(input_shape, seed=0, **_):
    """Encoder: flatten, then ReLU layers of 500, 500 and 2000 units; the paper's taps are the last two.

    Args:
        input_shape: Shape of a row, of any rank.
        seed: Seed of the Glorot-uniform initial weights.

    Returns:
        A functional `keras.Model` from rows to 2000 features.
    """
    inputs = keras.Input(input_shape, name="rows")
    x = layers.Flatten(name="flatten")(inputs) if len(input_shape) > 1 else inputs
    return keras.Model(inputs, _dense_stack(x, _UNITS, seed), name="mlp")


def mlp_decoder(feature_shape, output_shape, seed=0, **_):
    """Decoder: ReLU layers of 500 and 500 units and a linear layer reshaped to `output_shape`."""
    inputs = keras.Input(feature_shape, name="features")
    x = layers.Flatten(name="flatten")(inputs) if len(feature_shape) > 1 else inputs
    seeds = derive_seeds(seed, 2)
    x = _dense_stack(x, _UNITS[-2::-1], seeds[0])
    initializer = keras.initializers.GlorotUniform(seed=seeds[1])
    x = layers.Dense(math.prod(output_shape), kernel_initializer=initializer, name="reconstruction")(x)
    x = layers.Reshape(output_shape, name="reshape")(x)
    return keras.Model(inputs, x, name="mlp_decoder")


def _dense_stack(x, units, seed):
    for index, (width, word) in enumerate(zip(units, derive_seeds(seed, len(units)), strict=True), start=1):
        initializer = keras.initializers.GlorotUniform(seed=word)
        x = layers.Dense(width, activation="relu", kernel_initializer=initializer, name=f"dense_{index}")(x)
    return x
