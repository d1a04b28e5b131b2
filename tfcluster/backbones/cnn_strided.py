"""The convolutional encoder and decoder of DCEC and ConvDEC."""

import keras
from keras import layers

from tfcluster.backbones.rows import check_images
from tfcluster.utils import derive_seeds

__all__ = ["CNN_STRIDED_TAPS", "cnn_strided", "cnn_strided_decoder"]

CNN_STRIDED_TAPS = ("conv2", "conv3")
_FILTERS = (32, 64, 128)
_KERNELS = (5, 5, 3)


def cnn_strided(input_shape, seed=0, **_):
    """Encoder: three ReLU convolutions of stride 2, 32 filters 5x5, 64 filters 5x5, 128 filters 3x3 (Guo et al. 2017).

    The padding is "same"; that of the last is "valid" where a side is no multiple of 8. The output is not flattened.

    Args:
        input_shape: (H, W, C) with sides of at least 8.
        seed: Seed of the Glorot-uniform initial weights.

    Returns:
        A functional `keras.Model` from images to feature maps.

    Raises:
        ValueError: If `input_shape` is not that of images, or a side is too small.
    """
    check_images("cnn_strided", input_shape, 8)
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    paddings = ("same", "same", _last_padding(input_shape))
    for index, seed_word in enumerate(derive_seeds(seed, 3)):
        x = layers.Conv2D(
            _FILTERS[index],
            _KERNELS[index],
            2,
            paddings[index],
            activation="relu",
            kernel_initializer=keras.initializers.GlorotUniform(seed_word),
            name=f"conv{index + 1}",
        )(x)
    return keras.Model(inputs, x, name="cnn_strided")


def cnn_strided_decoder(feature_shape, output_shape, seed=0, **_):
    """Decoder: the layers of `cnn_strided` mirrored as transposed convolutions, linear at the end.

    Args:
        feature_shape: (h, w, 128), the encoder's output.
        output_shape: (H, W, C), the encoder's input. A side that a stride rounded is resized.
        seed: Seed of the initial weights.
    """
    inputs = keras.Input(feature_shape, name="features")
    x = inputs
    paddings = ("same", "same", _last_padding(output_shape))
    filters = (output_shape[-1], *_FILTERS[:2])
    for index, seed_word in zip((2, 1, 0), derive_seeds(seed, 3), strict=True):
        x = layers.Conv2DTranspose(
            filters[index],
            _KERNELS[index],
            2,
            paddings[index],
            activation="relu" if index else None,
            kernel_initializer=keras.initializers.GlorotUniform(seed_word),
            name=f"transposed{index + 1}",
        )(x)
    if tuple(x.shape[1:3]) != tuple(output_shape[:2]):
        x = layers.Resizing(*output_shape[:2], name="decoder_resize")(x)
    return keras.Model(inputs, x, name="cnn_strided_decoder")


def _last_padding(shape):
    return "valid" if shape[0] % 8 or shape[1] % 8 else "same"
