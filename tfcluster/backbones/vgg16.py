"""VGG-16 with batch normalisation."""

import keras
from keras import layers

from tfcluster.backbones.rows import check_images
from tfcluster.layers import ReplicaDropout
from tfcluster.utils import derive_seeds

__all__ = ["VGG16_MINIMUM", "VGG16_TAPS", "vgg16"]

VGG16_TAPS = ("relu_2", "relu_4", "relu_7", "relu_10", "relu_13")
VGG16_MINIMUM = 32

_FILTERS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def vgg16(input_shape, seed=0, norm_momentum=0.9, units=4096, dropout=0.5, **_):
    """VGG-16 as DeepCluster has it (Caron et al. 2018), up to its last hidden layer, before the ReLU.

    Thirteen convolutions of 3x3 with batch normalisation and ReLU in five groups of 64, 128, 256, 512 and 512 filters,
    a pooling of 2x2 after each group; a dense layer with ReLU, dropout, a dense layer. The taps end the groups.

    Args:
        input_shape: (H, W, C) with sides of at least 32; 224 in the paper.
        seed: Seed of the initial weights: normal, sqrt(2 / (9 filters)) wide for convolutions, 0.01 for the rest.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        units: Width of the dense layers.
        dropout: Share of values set to 0 between them.

    Returns:
        A functional `keras.Model` from images to `units` features.

    Raises:
        ValueError: If `input_shape` is not that of images, or a side is too small.
    """
    check_images("vgg16", input_shape, VGG16_MINIMUM)
    words = iter(derive_seeds(seed, 16))
    inputs = keras.Input(input_shape, name="images")
    x, index = inputs, 0
    for group, filters in enumerate(_FILTERS, start=1):
        for width in filters:
            index += 1
            initial = keras.initializers.RandomNormal(stddev=(2.0 / (9 * width)) ** 0.5, seed=next(words))
            x = layers.Conv2D(width, 3, padding="same", kernel_initializer=initial, name=f"conv_{index}")(x)
            x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{index}")(x)
            x = layers.ReLU(name=f"relu_{index}")(x)
        x = layers.MaxPooling2D(name=f"pool_{group}")(x)
    x = layers.Flatten(name="flatten")(x)
    first, second = (keras.initializers.RandomNormal(stddev=0.01, seed=next(words)) for _ in range(2))
    x = layers.Dense(units, "relu", kernel_initializer=first, name="dense_14")(x)
    x = ReplicaDropout(dropout, seed=next(words), name="drop")(x)
    x = layers.Dense(units, kernel_initializer=second, name="dense_15")(x)
    return keras.Model(inputs, x, name="vgg16")
