"""Residual networks."""

import warnings
import zipfile

import keras
import numpy as np
from keras import layers

from tfcluster.backbones.convolution import padded_convolution
from tfcluster.backbones.rows import check_images
from tfcluster.utils import check_choice, derive_seeds

__all__ = ["RESNET_TAPS", "load_resnet_weights", "resnet18", "resnet50"]

RESNET_TAPS = ("stage3", "stage4")
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
    return _resnet("resnet18", input_shape, (2, 2, 2, 2), False, seed, stem, norm_momentum)


def resnet50(input_shape, seed=0, stem="imagenet", norm_momentum=0.99, **_):
    """Residual network of 50 layers (He et al. 2016), without its classifier: 23.5 million weights, 2048 features.

    Stages of 3, 4, 6 and 3 bottleneck blocks: a 1x1 convolution of 64, 128, 256 or 512 filters, a 3x3 one, which has
    the stride, and a 1x1 one of four times as many. For the arguments see `resnet18`.

    Returns:
        A functional `keras.Model` from images to 2048 features.
    """
    return _resnet("resnet50", input_shape, (3, 4, 6, 3), True, seed, stem, norm_momentum)


def _resnet(name, input_shape, depths, bottleneck, seed, stem, norm_momentum):
    check_choice("stem", stem, STEMS)
    check_images(name, input_shape)
    seeds = iter(derive_seeds(seed, 64))

    def convolve(x, filters, size, stride, name):
        initial = keras.initializers.HeNormal(next(seeds))
        x = padded_convolution(x, filters, size, stride, size // 2, initial, f"{name}_conv")
        return layers.BatchNormalization(momentum=norm_momentum, epsilon=1e-5, name=f"{name}_norm")(x)

    def residual(x, filters, stride, name):
        if not bottleneck:
            x = layers.ReLU(name=f"{name}_relu")(convolve(x, filters, 3, stride, f"{name}_1"))
            return convolve(x, filters, 3, 1, f"{name}_2")
        x = layers.ReLU(name=f"{name}_relu_1")(convolve(x, filters, 1, 1, f"{name}_1"))
        x = layers.ReLU(name=f"{name}_relu_2")(convolve(x, filters, 3, stride, f"{name}_2"))
        return convolve(x, 4 * filters, 1, 1, f"{name}_3")

    inputs = keras.Input(input_shape, name="images")
    size, stride = (7, 2) if stem == "imagenet" else (3, 1)
    x = layers.ReLU(name="stem")(convolve(inputs, 64, size, stride, "stem"))
    if stem == "imagenet":
        x = layers.MaxPooling2D(3, 2, name="stem_pool")(layers.ZeroPadding2D(1, name="stem_pool_pad")(x))
    for stage, (filters, depth) in enumerate(zip((64, 128, 256, 512), depths, strict=True), start=1):
        for block in range(1, depth + 1):
            block_name = f"stage{stage}_block{block}"
            stride = 2 if stage > 1 and block == 1 else 1
            width = 4 * filters if bottleneck else filters
            projected = stride == 2 or x.shape[-1] != width
            shortcut = convolve(x, width, 1, stride, f"{block_name}_shortcut") if projected else x
            x = layers.Add(name=f"{block_name}_add")([shortcut, residual(x, filters, stride, block_name)])
            x = layers.ReLU(name=block_name if block < depth else f"stage{stage}")(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name="features")(x), name=name)


def load_resnet_weights(model, path):
    """Put the weights of a file into a `resnet18` or `resnet50`.

    Args:
        model: What `resnet18` or `resnet50` returned.
        path: `NAME.weights.h5` as `model.save_weights` writes it, or `NAME.npz` with the arrays of torchvision's
            network under their names there (`conv1.weight`, `layer1.0.bn1.running_mean`, ...); its classifier is
            left out. Padding and normalisation are those of torchvision, so that features agree. Where PyTorch is:
            `np.savez(path, **{name: array.numpy() for name, array in
            torchvision.models.resnet18(weights="DEFAULT").state_dict().items()})`.

    Raises:
        ValueError: If an array is missing or of another shape, or the file is damaged.
    """
    if not str(path).endswith(".npz"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Keras, before it fails
            try:
                model.load_weights(path)
            except ValueError as error:
                what = " ".join(str(error).split())
                raise ValueError(f"{path} does not hold the weights of this {model.name}: {what}") from error
        return
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is damaged, or no .npz file (an archive written by numpy.savez).")
    with np.load(path, allow_pickle=False) as file:
        for layer in model.layers:
            if layer.weights:
                names = _torchvision_names(layer.name)
                missing = [name for name in names if name not in file]
                if missing:
                    raise ValueError(f"{path} is no {model.name} of torchvision: it has no array {missing[0]!r}")
                arrays = [file[name] for name in names]
                arrays = [array.transpose(2, 3, 1, 0) if array.ndim == 4 else array for array in arrays]
                layer.set_weights(arrays)


def _torchvision_names(name):
    """Names of a layer's arrays in torchvision, in the order of Keras."""
    place, kind = name.rsplit("_", 1)
    if place == "stem":
        prefix = {"conv": "conv1", "norm": "bn1"}[kind]
    else:
        stage, block, part = place.split("_")
        prefix = f"layer{stage[-1]}.{int(block[-1]) - 1}."
        if part == "shortcut":
            prefix += {"conv": "downsample.0", "norm": "downsample.1"}[kind]
        else:
            prefix += {"conv": "conv", "norm": "bn"}[kind] + part
    parts = ("weight",) if kind == "conv" else ("weight", "bias", "running_mean", "running_var")
    return [f"{prefix}.{part}" for part in parts]
