"""The convolutional encoder and decoder of the auxiliary-task autoencoder."""

import keras
from keras import layers

from tfcluster.backbones.rows import check_images
from tfcluster.utils import derive_seeds

__all__ = ["CNN_VALID_MINIMUM", "CNN_VALID_TAPS", "cnn_valid", "cnn_valid_decoder"]

CNN_VALID_TAPS = ("relu_3", "relu_4")
CNN_VALID_MINIMUM = 20
# Filters, side of the kernel and stride of each layer.
_LAYERS = ((16, 5, 1), (32, 5, 1), (64, 4, 2), (128, 5, 2))
_DEEP_LAYERS = ((16, 5, 1), (32, 5, 1), (64, 5, 1), (128, 3, 1), (256, 4, 2))


def cnn_valid(input_shape, seed=0, norm_momentum=0.99, deep=False, **_):
    """Encoder: convolutions with batch normalisation and ReLU, no padding (Arias-Figueroa 2019).

    Four of them (for MNIST): 16, 32, 64, 128 filters of 5x5, 5x5, 4x4, 5x5 with strides 1, 1, 2, 2; a side of 28
    becomes 3, one of 32 becomes 4. Five of them (for SVHN): 16, 32, 64, 128, 256 filters of 5x5, 5x5, 5x5, 3x3, 4x4
    with a stride of 2 in the last; a side of 32 becomes 8. The output is not flattened: the last layer of the published
    networks, a convolution as large as what is left, is dense where the features are made.

    Args:
        input_shape: (H, W, C) with sides of at least 20.
        seed: Seed of the Glorot-uniform initial weights.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        deep: Whether there are five layers, as in `"cnn_valid_deep"`.

    Returns:
        A functional `keras.Model` from images to feature maps.

    Raises:
        ValueError: If `input_shape` is not that of images, or a side is too small.
    """
    check_images("cnn_valid", input_shape, CNN_VALID_MINIMUM, instead="mlp_norm")
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    sizes = _DEEP_LAYERS if deep else _LAYERS
    for index, word in enumerate(derive_seeds(seed, len(sizes))):
        options = {"use_bias": False, "kernel_initializer": keras.initializers.GlorotUniform(word)}
        x = layers.Conv2D(*sizes[index], name=f"conv_{index + 1}", **options)(x)
        x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{index + 1}")(x)
        x = layers.ReLU(name=f"relu_{index + 1}")(x)
    return keras.Model(inputs, x, name="cnn_valid")


def cnn_valid_decoder(feature_shape, output_shape, seed=0, norm_momentum=0.99, deep=False, **_):
    """Decoder: the layers of `cnn_valid` mirrored as transposed convolutions, linear at the end.

    Args:
        feature_shape: (h, w, filters), the encoder's output.
        output_shape: (H, W, C), the encoder's input. A side that a stride rounded is resized.
        seed: Seed of the initial weights.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        deep: As of the encoder.
    """
    inputs = keras.Input(feature_shape, name="features")
    x = inputs
    sizes = _DEEP_LAYERS if deep else _LAYERS
    filters = (output_shape[-1], *(size[0] for size in sizes[:-1]))
    for index, word in zip(reversed(range(len(sizes))), derive_seeds(seed, len(sizes)), strict=True):
        options = {"use_bias": index == 0, "kernel_initializer": keras.initializers.GlorotUniform(word)}
        name = f"transposed_{index + 1}"
        x = layers.Conv2DTranspose(filters[index], *sizes[index][1:], name=name, **options)(x)
        if index:
            x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{index + 1}")(x)
            x = layers.ReLU(name=f"relu_{index + 1}")(x)
    if tuple(x.shape[1:3]) != tuple(output_shape[:2]):
        x = layers.Resizing(*output_shape[:2], name="decoder_resize")(x)
    return keras.Model(inputs, x, name="cnn_valid_decoder")
