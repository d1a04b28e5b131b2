"""The fully connected encoder and decoder of the DEC family."""

import math

import keras
from keras import layers

from tfcluster.utils import check_choice, derive_seeds

__all__ = ["MLP_TAPS", "dense_initializer", "mlp", "mlp_decoder"]

MLP_TAPS = ("dense_2", "dense_3")
_UNITS = (500, 500, 2000)


def mlp(input_shape, seed=0, initializer="glorot", **_):
    """Encoder: flatten, then ReLU layers of 500, 500 and 2000 units; the paper's taps are the last two.

    Args:
        input_shape: Shape of a row, of any rank.
        seed: Seed of the initial weights.
        initializer: `"glorot"` (uniform) or `"fan_in"`, U(-1/sqrt(fan_in), 1/sqrt(fan_in)).

    Returns:
        A functional `keras.Model` from rows to 2000 features.
    """
    inputs = keras.Input(input_shape, name="rows")
    x = layers.Flatten(name="flatten")(inputs) if len(input_shape) > 1 else inputs
    return keras.Model(inputs, _dense_stack(x, _UNITS, seed, initializer), name="mlp")


def mlp_decoder(feature_shape, output_shape, seed=0, initializer="glorot", **_):
    """Decoder: ReLU layers of 500 and 500 units and a linear layer reshaped to `output_shape`."""
    inputs = keras.Input(feature_shape, name="features")
    x = layers.Flatten(name="flatten")(inputs) if len(feature_shape) > 1 else inputs
    seeds = derive_seeds(seed, 2)
    x = _dense_stack(x, _UNITS[-2::-1], seeds[0], initializer)
    last = dense_initializer(initializer, seeds[1])
    x = layers.Dense(math.prod(output_shape), kernel_initializer=last, name="reconstruction")(x)
    x = layers.Reshape(output_shape, name="reshape")(x)
    return keras.Model(inputs, x, name="mlp_decoder")


def _dense_stack(x, units, seed, initializer):
    for index, (width, word) in enumerate(zip(units, derive_seeds(seed, len(units)), strict=True), start=1):
        first = dense_initializer(initializer, word)
        x = layers.Dense(width, activation="relu", kernel_initializer=first, name=f"dense_{index}")(x)
    return x


def dense_initializer(name, seed):
    """Initial weights of dense layers: `"glorot"` (uniform) or `"fan_in"`, U(-1/sqrt(fan_in), 1/sqrt(fan_in))."""
    check_choice("initializer", name, ("glorot", "fan_in"))
    if name == "glorot":
        return keras.initializers.GlorotUniform(seed=seed)
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=seed)
