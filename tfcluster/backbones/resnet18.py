"""ResNet-18."""

import keras
from keras import layers

from tfcluster.utils import check_choice, derive_seeds

__all__ = ["RESNET18_TAPS", "resnet18"]

RESNET18_TAPS = ("stage3", "stage4")
STEMS = ("imagenet", "cifar")


def resnet18(input_shape, seed=0, stem="imagenet", norm_momentum=0.99, **_):
    """Residual network of 18 layers (He et al. 2016), without its classifier: 11.2 million weights, 512 features.

    Four stages of two basic blocks, relu(x + bn(conv(relu(bn(conv(x)))))), of 64, 128, 256 and 512 filters; every
    stage but the first begins with stride 2 and a projected shortcut. The features are the means over the positions.

    Args:
        input_shape: (H, W, C).
        seed: Seed of the He-normal initial weights.
        stem: `"imagenet"` (7x7 convolution of stride 2, then pooling of stride 2) or `"cifar"` (3x3 of stride 1).
        norm_momentum: Momentum of the moving averages in BatchNormalization.

    Returns:
        A functional `keras.Model` from images to 512 features.

    Raises:
        ValueError: If `input_shape` is not that of images, or the stem is unknown.
    """
    check_choice("stem", stem, STEMS)
    if len(input_shape) != 3:
        raise ValueError(f"resnet18 takes images (H, W, C). Received: rows of shape {tuple(input_shape)}")
    seeds = iter(derive_seeds(seed, 32))

    def convolve(x, filters, size, stride, name):
        initial = keras.initializers.HeNormal(next(seeds))
        x = layers.Conv2D(
            filters, size, stride, "same", use_bias=False, kernel_initializer=initial, name=f"{name}_conv"
        )(x)
        return layers.BatchNormalization(momentum=norm_momentum, epsilon=1e-5, name=f"{name}_norm")(x)

    inputs = keras.Input(input_shape, name="images")
    size, stride = (7, 2) if stem == "imagenet" else (3, 1)
    x = layers.ReLU(name="stem")(convolve(inputs, 64, size, stride, "stem"))
    if stem == "imagenet":
        x = layers.MaxPooling2D(3, 2, "same", name="stem_pool")(x)
    for stage, filters in enumerate((64, 128, 256, 512), start=1):
        for block in (1, 2):
            name = f"stage{stage}_block{block}"
            stride = 2 if stage > 1 and block == 1 else 1
            shortcut = convolve(x, filters, 1, stride, f"{name}_shortcut") if stride == 2 else x
            y = layers.ReLU(name=f"{name}_relu")(convolve(x, filters, 3, stride, f"{name}_1"))
            y = layers.Add(name=f"{name}_add")([shortcut, convolve(y, filters, 3, 1, f"{name}_2")])
            x = layers.ReLU(name=name if block == 1 else f"stage{stage}")(y)
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name="features")(x), name="resnet18")
