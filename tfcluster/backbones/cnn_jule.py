"""The convolutional encoder of JULE."""

import keras
from keras import layers

from tfcluster.backbones.rows import check_images
from tfcluster.utils import derive_seeds

__all__ = ["CNN_JULE_MINIMUM", "CNN_JULE_TAPS", "cnn_jule"]

CNN_JULE_TAPS = ("pool_1", "pool_2")
CNN_JULE_MINIMUM = 20


def cnn_jule(input_shape, seed=0, norm_momentum=0.9, filters=50, **_):
    """Encoder of JULE (Yang, Parikh, Batra 2016): convolutions of 5x5 with batch normalisation, ReLU and 2x2 pooling.

    Two blocks with valid padding. The authors have one for small images: enlarged ones did better on digits.

    Args:
        input_shape: (H, W, C) with sides of at least 20.
        seed: Seed of the He-normal initial weights.
        norm_momentum: Momentum of the moving averages of batch normalisation.
        filters: Filters of each convolution.

    Returns:
        A functional `keras.Model` from images to feature maps.

    Raises:
        ValueError: If `input_shape` is not that of images, or a side is too small.
    """
    check_images("cnn_jule", input_shape, CNN_JULE_MINIMUM)
    inputs = keras.Input(input_shape, name="images")
    x = inputs
    for block, word in enumerate(derive_seeds(seed, 2), start=1):
        initial = keras.initializers.HeNormal(word)
        x = layers.Conv2D(filters, 5, kernel_initializer=initial, name=f"conv_{block}")(x)
        x = layers.BatchNormalization(momentum=norm_momentum, name=f"norm_{block}")(x)
        x = layers.ReLU(name=f"relu_{block}")(x)
        x = layers.MaxPooling2D(name=f"pool_{block}")(x)
    return keras.Model(inputs, x, name="cnn_jule")
