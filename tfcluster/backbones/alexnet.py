"""AlexNet with batch normalisation."""

import keras
from keras import layers

from tfcluster.backbones.convolution import padded_convolution
from tfcluster.backbones.rows import check_images
from tfcluster.layers import ReplicaDropout
from tfcluster.utils import derive_seeds

__all__ = ["ALEXNET_MINIMUM", "ALEXNET_TAPS", "alexnet"]

ALEXNET_TAPS = tuple(f"relu_{index}" for index in range(1, 6))
ALEXNET_MINIMUM = 63

# filters, size, stride, padding, whether a pooling follows
_CONVOLUTIONS = ((96, 11, 4, 2, True), (256, 5, 1, 2, True), (384, 3, 1, 1, False), (384, 3, 1, 1, False))
_LAST = (256, 3, 1, 1, True)


def alexnet(input_shape, seed=0, norm_momentum=0.9, units=4096, dropout=0.5, **_):
    """AlexNet as DeepCluster has it (Caron et al. 2018), up to its last hidden layer, before the ReLU.

    Five convolutions of 96, 256, 384, 384, 256 filters with batch normalisation and ReLU, pooling of 3x3 with stride 2
    after the first, second and fifth; dropout, a dense layer with ReLU, dropout, a dense layer.

    Args:
        input_shape: (H, W, C) with sides of at least 63; 224 in the paper.
        seed: Seed of the initial weights: normal, sqrt(2 / (size^2 filters)) wide for convolutions, 0.01 for the rest.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        units: Width of the dense layers.
        dropout: Share of values set to 0 before each of them.

    Returns:
        A functional `keras.Model` from images to `units` features.

    Raises:
        ValueError: If `input_shape` is not that of images, or a side is too small.
    """
    check_images("alexnet", input_shape, ALEXNET_MINIMUM)
    words = iter(derive_seeds(seed, 9))
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    for index, (filters, size, stride, padding, pooled) in enumerate((*_CONVOLUTIONS, _LAST), start=1):
        initial = keras.initializers.RandomNormal(stddev=(2.0 / (size**2 * filters)) ** 0.5, seed=next(words))
        x = padded_convolution(x, filters, size, stride, padding, initial, f"conv_{index}")
        x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{index}")(x)
        x = layers.ReLU(name=f"relu_{index}")(x)
        x = layers.MaxPooling2D(3, 2, name=f"pool_{index}")(x) if pooled else x
    x = layers.Flatten(name="flatten")(x)
    for index, activation in ((6, "relu"), (7, None)):
        initial = keras.initializers.RandomNormal(stddev=0.01, seed=next(words))
        x = ReplicaDropout(dropout, seed=next(words), name=f"drop_{index}")(x)
        x = layers.Dense(units, activation, kernel_initializer=initial, name=f"dense_{index}")(x)
    return keras.Model(inputs, x, name="alexnet")
