"""The convolutional encoder and decoder of tk-uco."""

import keras
from keras import layers

from tfcluster.backbones.rows import check_images
from tfcluster.utils import derive_seeds

__all__ = ["CNN_SMALL_TAPS", "MINIMUM_SIDE", "POOLED_TAPS", "cnn_small", "cnn_small_decoder"]

CNN_SMALL_TAPS = ("block1_out", "block2_pool")
"""The paper's taps: before the first pooling and after the second."""

POOLED_TAPS = ("block1_pool", "block2_pool")
"""Both taps after the pooling: about a tenth of the cost of the companion objectives."""

MINIMUM_SIDE = 20


def cnn_small(input_shape, seed=0, norm_momentum=0.99, **_):
    """Encoder: two blocks of conv-ReLU, conv-BatchNorm-ReLU, max-pooling.

    Kernels are 5x5, then 3x3; 32 filters, stride 1, valid padding.
    Side s becomes ((s - 8) / 2 - 4) / 2. The output is not flattened.

    Args:
        input_shape: (H, W, C) with sides of at least 20.
        seed: Seed of the Glorot-uniform initial weights.
        norm_momentum: Momentum of the moving averages in BatchNormalization.

    Returns:
        A functional `keras.Model` from images to feature maps.

    Raises:
        ValueError: If `input_shape` is not that of images, or a side is too small.
    """
    check_images("cnn_small", input_shape, MINIMUM_SIDE)
    initializers = _initializers(seed, 4)
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    for block, kernel_size in ((1, 5), (2, 3)):
        name = f"block{block}"
        x = layers.Conv2D(32, kernel_size, kernel_initializer=next(initializers), name=f"{name}_conv1")(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
        x = layers.Conv2D(32, kernel_size, kernel_initializer=next(initializers), name=f"{name}_conv2")(x)
        x = layers.BatchNormalization(momentum=norm_momentum, name=f"{name}_norm")(x)
        x = layers.ReLU(name=f"{name}_out")(x)
        x = layers.MaxPooling2D(2, name=f"{name}_pool")(x)
    return keras.Model(inputs, x, name="cnn_small")


def cnn_small_decoder(feature_shape, output_shape, seed=0, norm_momentum=0.99, **_):
    """Decoder: the blocks of `cnn_small` mirrored, nearest up-sampling for pooling, transposed for plain convolutions.

    Args:
        feature_shape: (h, w, 32), the encoder's output.
        output_shape: (H, W, C), the encoder's input. A side that the pooling rounded down is resized.
        seed: Seed of the initial weights.
        norm_momentum: Momentum of the moving averages in BatchNormalization.

    Returns:
        A functional `keras.Model` from feature maps to images, linear at the end.
    """
    initializers = _initializers(seed, 4)
    inputs = keras.Input(feature_shape, name="features")
    x = inputs
    for block, kernel_size, filters in ((2, 3, 32), (1, 5, output_shape[-1])):
        name = f"decoder{block}"
        x = layers.UpSampling2D(2, name=f"{name}_up")(x)
        x = layers.Conv2DTranspose(32, kernel_size, kernel_initializer=next(initializers), name=f"{name}_conv1")(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
        x = layers.Conv2DTranspose(filters, kernel_size, kernel_initializer=next(initializers), name=f"{name}_conv2")(x)
        if block == 2:
            x = layers.BatchNormalization(momentum=norm_momentum, name=f"{name}_norm")(x)
            x = layers.ReLU(name=f"{name}_out")(x)
    if tuple(x.shape[1:3]) != tuple(output_shape[:2]):
        x = layers.Resizing(*output_shape[:2], name="decoder_resize")(x)
    return keras.Model(inputs, x, name="cnn_small_decoder")


def _initializers(seed, count):
    return iter([keras.initializers.GlorotUniform(seed=word) for word in derive_seeds(seed, count)])
