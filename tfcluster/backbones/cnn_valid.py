"""The convolutional encoder and decoder of the auxiliary-task autoencoder."""

import keras
from keras import layers

from tfcluster.backbones.rows import check_images
from tfcluster.utils import derive_seeds

__all__ = ["CNN_VALID_MINIMUM", "CNN_VALID_TAPS", "cnn_valid", "cnn_valid_decoder"]

CNN_VALID_TAPS = ("relu_3", "relu_4")
CNN_VALID_MINIMUM = 20
_FILTERS = (16, 32, 64, 128)
_KERNELS = (5, 5, 4, 5)
_STRIDES = (1, 1, 2, 2)


def cnn_valid(input_shape, seed=0, norm_momentum=0.99, **_):
    """Encoder: four convolutions with batch normalisation and ReLU, no padding (Arias-Figueroa 2019).

    16, 32, 64, 128 filters of 5x5, 5x5, 4x4, 5x5 with strides 1, 1, 2, 2: a side of 28 becomes 3, one of 32 becomes 4.
    The output is not flattened.

    Args:
        input_shape: (H, W, C) with sides of at least 20.
        seed: Seed of the Glorot-uniform initial weights.
        norm_momentum: Momentum of the moving averages of batch normalisation.

    Returns:
        A functional `keras.Model` from images to feature maps.

    Raises:
        ValueError: If `input_shape` is not that of images, or a side is too small.
    """
    check_images("cnn_valid", input_shape, CNN_VALID_MINIMUM, instead="mlp_norm")
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    for index, word in enumerate(derive_seeds(seed, 4)):
        options = {"use_bias": False, "kernel_initializer": keras.initializers.GlorotUniform(word)}
        x = layers.Conv2D(_FILTERS[index], _KERNELS[index], _STRIDES[index], name=f"conv_{index + 1}", **options)(x)
        x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{index + 1}")(x)
        x = layers.ReLU(name=f"relu_{index + 1}")(x)
    return keras.Model(inputs, x, name="cnn_valid")


def cnn_valid_decoder(feature_shape, output_shape, seed=0, norm_momentum=0.99, **_):
    """Decoder: the layers of `cnn_valid` mirrored as transposed convolutions, linear at the end.

    Args:
        feature_shape: (h, w, 128), the encoder's output.
        output_shape: (H, W, C), the encoder's input. A side that a stride rounded is resized.
        seed: Seed of the initial weights.
        norm_momentum: Momentum of the moving averages of batch normalisation.
    """
    inputs = keras.Input(feature_shape, name="features")
    x = inputs
    filters = (output_shape[-1], *_FILTERS[:3])
    for index, word in zip((3, 2, 1, 0), derive_seeds(seed, 4), strict=True):
        options = {"use_bias": index == 0, "kernel_initializer": keras.initializers.GlorotUniform(word)}
        name = f"transposed_{index + 1}"
        x = layers.Conv2DTranspose(filters[index], _KERNELS[index], _STRIDES[index], name=name, **options)(x)
        if index:
            x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{index + 1}")(x)
            x = layers.ReLU(name=f"relu_{index + 1}")(x)
    if tuple(x.shape[1:3]) != tuple(output_shape[:2]):
        x = layers.Resizing(*output_shape[:2], name="decoder_resize")(x)
    return keras.Model(inputs, x, name="cnn_valid_decoder")
