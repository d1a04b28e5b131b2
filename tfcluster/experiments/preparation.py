"""From a data set's facts to the layers that a model takes it through."""

import logging
import math

import keras
import numpy as np

from tfcluster.backbones import POOLED_TAPS, minimum_side
from tfcluster.layers import ColorJitter, RandomAffine, RandomResizedCrop
from tfcluster.training.configured_model import preprocessed_shape
from tfcluster.utils import check_choice

__all__ = [
    "AUGMENTATIONS",
    "SCALINGS",
    "augmentation_for",
    "check_labels",
    "known_labels",
    "model_arguments",
    "preprocessing_for",
]

logger = logging.getLogger("tfcluster")

SCALINGS = ("auto", "none", "range", "standardize", "rms")
"""How values are scaled; `auto`: images by their range, tables (csv) by column, other features by one factor."""

_BLOCK = 2**22  # values in float64 at a time

AUGMENTATIONS = ("affine", "rotate_shift", "crop", "crop_color", "none")
"""How images are distorted in training: small affine maps; those without zoom and shear; parts of the image, half of
them mirrored; these with other brightness, contrast and saturation, a fifth of them grey."""


def preprocessing_for(data, backbone, target_range, image_side=None, scaling="auto"):
    """Keras layers from raw rows to what a backbone takes, or None if there is nothing to do.

    Images are resized (bilinear) and mapped from their range to `target_range`. Images smaller than the backbone can
    take are enlarged by the smallest whole factor that suffices: digits from 8 to 24, USPS from 16 to 32. Features are
    divided by their root mean square, so that a row has |x|^2 / d = 1 on average; tables are standardised by column.

    Args:
        data: A `ClusteringData`.
        backbone: Name of the backbone, or None for methods on raw features.
        target_range: (low, high) for images.
        image_side: Side to resize to, None for that rule.
        scaling: One of `SCALINGS`.
    """
    check_choice("scaling", scaling, SCALINGS)
    is_image = data.info.kind == "image"
    layers = []
    if is_image:
        height, width = data.x.shape[1:3]
        least = minimum_side(backbone)
        factor = -(-least // min(height, width))
        size = (image_side, image_side) if image_side else (height * factor, width * factor)
        if size != (height, width):
            layers.append(keras.layers.Resizing(*size, name="resize", dtype="float32"))
    if scaling == "auto":
        scaling = "range" if is_image else "standardize" if data.info.name.startswith("csv:") else "rms"
    if scaling == "range":
        low, high = data.info.range
        scale = (target_range[1] - target_range[0]) / max(high - low, 1e-12)
        layers.append(keras.layers.Rescaling(scale, target_range[0] - low * scale, name="scale", dtype="float32"))
    elif scaling == "standardize":
        if is_image:
            raise ValueError(
                "`scaling=standardize` is for the columns of a table; images take range, rms or none. Received: "
                f"{data.info.name}, rows of shape {data.x.shape[1:]}"
            )
        first = np.asarray(data.x[0], np.float64)  # so that a constant column has a variance of exactly 0
        mean = first + sum((block - first).sum(axis=0) for block in _blocks(data.x)) / len(data.x)
        variance = sum(np.square(block - mean).sum(axis=0) for block in _blocks(data.x)) / len(data.x)
        variance = np.where(variance > 0, variance, 1.0)
        layers.append(
            keras.layers.Normalization(
                mean=mean.tolist(), variance=variance.tolist(), name="standardize", dtype="float32"
            )
        )
    elif scaling == "rms":
        rms = float(np.sqrt(sum(np.square(block).sum() for block in _blocks(data.x)) / np.prod(data.x.shape)))
        layers.append(keras.layers.Rescaling(1.0 / max(rms, 1e-12), name="scale", dtype="float32"))
    return keras.Sequential(layers, name="preprocessing") if layers else None


def _blocks(x):
    """Rows in float64, some at a time: of all of them it would be twice the data."""
    step = max(1, _BLOCK // int(np.prod(x.shape[1:])))
    return (np.asarray(x[start : start + step], np.float64) for start in range(0, len(x), step))


def augmentation_for(name, kind, seed, target_range=(-1.0, 1.0)):
    """The layer behind `augmentation=` on the command line, see `AUGMENTATIONS`; features have none."""
    if name in (None, "none") or kind != "image":
        return None
    check_choice("augmentation", name, AUGMENTATIONS)
    if name == "affine":
        return RandomAffine(seed=seed)
    if name == "rotate_shift":
        return RandomAffine(zoom=0.0, shear=0.0, seed=seed)
    crop = RandomResizedCrop(seed=seed)
    if name == "crop":
        return crop
    low, high = target_range
    return keras.Sequential([crop, ColorJitter(grey=0.2, low=low, high=high, seed=seed + 1)])


def model_arguments(arguments, data, seed, target_range=(-1.0, 1.0), preprocessing=None):
    """Arguments of a model from those of a preset and the command line.

    `backbone` defaults to `"cnn_small"` for images and `"mlp"` for features; `taps="pooled"` are the pooled taps of
    `cnn_small`, and the taps of the paper on any other backbone; `likelihood="auto"` is the cross-entropy for images
    and the squared error for features; `reconstruction_weight="auto"` is (784 / d)^(2/3) for preprocessed rows of d
    values, `"mean"` 1 / d, which makes means of sums over the values.
    """
    arguments = dict(arguments)
    if "augmentation" in arguments:
        arguments["augmentation"] = augmentation_for(arguments["augmentation"], data.info.kind, seed, target_range)
    if arguments.get("likelihood") == "auto":
        arguments["likelihood"] = "cross_entropy" if data.info.kind == "image" else "mse"
    if isinstance(arguments.get("reconstruction_weight"), str):
        check_choice("reconstruction_weight", arguments["reconstruction_weight"], ("auto", "mean"))
        d = math.prod(preprocessed_shape(preprocessing, (None, *data.x.shape[1:]))[1:])
        mean = arguments["reconstruction_weight"] == "mean"
        arguments["reconstruction_weight"] = 1 / d if mean else round((784 / d) ** (2 / 3), 3)
    if arguments.get("taps") == "pooled":
        arguments["taps"] = POOLED_TAPS if arguments["backbone"] == "cnn_small" else None
    return arguments


def check_labels(y, count, n_clusters):
    """Refuse, by a ValueError, a number of labels that cannot be had from y, see `known_labels`."""
    if y is None:
        raise ValueError("This method learns from labels, and the data set has none: give a column or array of them.")
    classes = np.unique(y[y >= 0])
    if not np.array_equal(classes, np.arange(n_clusters)):
        raise ValueError(
            f"This method learns from labels of every class: --clusters must be their number. Received: {n_clusters}, "
            f"and labels of {len(classes)} classes"
        )
    if (y < 0).any():
        return
    smallest = int(np.bincount(y).min())
    if count % n_clusters or not 0 < count // n_clusters <= smallest:
        raise ValueError(
            f"`--labels` must be a multiple of the {n_clusters} classes, and at most {n_clusters * smallest} "
            f"(10 of each are the default). Received: {count}"
        )


def known_labels(y, count, n_clusters, seed):
    """The labels that a method learns from, -1 elsewhere: a random choice, of every class as many.

    Labels of which some are -1 already are taken as they are.
    """
    if (y < 0).any():
        return y
    rng = np.random.default_rng(seed)
    known = np.full_like(y, -1)
    for label in range(n_clusters):
        known[rng.choice(np.flatnonzero(y == label), count // n_clusters, replace=False)] = label
    return known
