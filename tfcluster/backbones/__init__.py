"""Encoders and decoders by name."""

import functools

import keras

from tfcluster.backbones.alexnet import ALEXNET_MINIMUM, ALEXNET_TAPS, alexnet
from tfcluster.backbones.cnn_jule import CNN_JULE_MINIMUM, CNN_JULE_TAPS, cnn_jule
from tfcluster.backbones.cnn_small import CNN_SMALL_TAPS, MINIMUM_SIDE, POOLED_TAPS, cnn_small, cnn_small_decoder
from tfcluster.backbones.cnn_strided import CNN_STRIDED_TAPS, cnn_strided, cnn_strided_decoder
from tfcluster.backbones.cnn_valid import CNN_VALID_MINIMUM, CNN_VALID_TAPS, cnn_valid, cnn_valid_decoder
from tfcluster.backbones.mlp import MLP_TAPS, mlp, mlp_decoder
from tfcluster.backbones.mlp_norm import MLP_NORM_TAPS, mlp_norm, mlp_norm_decoder
from tfcluster.backbones.resnet import RESNET_TAPS, load_resnet_weights, resnet18, resnet50
from tfcluster.backbones.vgg16 import VGG16_MINIMUM, VGG16_TAPS, vgg16
from tfcluster.utils import check_choice

__all__ = [
    "BACKBONES",
    "POOLED_TAPS",
    "alexnet",
    "cnn_jule",
    "cnn_small",
    "cnn_small_decoder",
    "cnn_strided",
    "cnn_strided_decoder",
    "cnn_valid",
    "cnn_valid_decoder",
    "default_taps",
    "load_resnet_weights",
    "make_decoder",
    "make_encoder",
    "minimum_side",
    "mlp",
    "mlp_decoder",
    "mlp_norm",
    "mlp_norm_decoder",
    "resnet18",
    "resnet50",
    "vgg16",
    "with_taps",
]

_ENCODERS = {
    "alexnet": (alexnet, ALEXNET_TAPS),
    "cnn_jule": (cnn_jule, CNN_JULE_TAPS),
    "cnn_small": (cnn_small, CNN_SMALL_TAPS),
    "cnn_strided": (cnn_strided, CNN_STRIDED_TAPS),
    "cnn_valid": (cnn_valid, CNN_VALID_TAPS),
    "cnn_valid_deep": (functools.partial(cnn_valid, deep=True), CNN_VALID_TAPS),
    "mlp": (mlp, MLP_TAPS),
    "mlp_norm": (mlp_norm, MLP_NORM_TAPS),
    "resnet18": (resnet18, RESNET_TAPS),
    "resnet50": (resnet50, RESNET_TAPS),
    "vgg16": (vgg16, VGG16_TAPS),
}
_DECODERS = {
    "cnn_small": cnn_small_decoder,
    "cnn_strided": cnn_strided_decoder,
    "cnn_valid": cnn_valid_decoder,
    "cnn_valid_deep": functools.partial(cnn_valid_decoder, deep=True),
    "mlp": mlp_decoder,
    "mlp_norm": mlp_norm_decoder,
}
_MINIMUM_SIDES = {
    "alexnet": ALEXNET_MINIMUM,
    "cnn_jule": CNN_JULE_MINIMUM,
    "cnn_small": MINIMUM_SIDE,
    "cnn_strided": 8,
    "cnn_valid": CNN_VALID_MINIMUM,
    "cnn_valid_deep": CNN_VALID_MINIMUM,
    "vgg16": VGG16_MINIMUM,
}

BACKBONES = tuple(_ENCODERS)
"""Names that `backbone=` takes beside a Keras model."""


def make_encoder(backbone, input_shape, seed, **options):
    """The encoder of that name for rows of shape `input_shape`; a Keras model is returned as it is, built."""
    if isinstance(backbone, keras.Model):
        if not backbone.built:
            backbone(keras.Input(input_shape))
        return backbone
    check_choice("backbone", backbone, BACKBONES)
    return _ENCODERS[backbone][0](tuple(input_shape), seed=seed, **options)


def make_decoder(backbone, feature_shape, output_shape, seed, **options):
    """The decoder that mirrors the encoder of that name; that of `"mlp"` for encoders that have none."""
    if not isinstance(backbone, str) or backbone not in _DECODERS:
        backbone = "mlp"
    return _DECODERS[backbone](tuple(feature_shape), tuple(output_shape), seed=seed, **options)


def default_taps(backbone):
    """Names of the layers that the paper taps in that backbone; none for a user's own model."""
    if not isinstance(backbone, str):
        return ()
    check_choice("backbone", backbone, BACKBONES)
    return _ENCODERS[backbone][1]


def minimum_side(backbone):
    """Smallest side of the images that a backbone takes; 1 if it does not matter."""
    return _MINIMUM_SIDES.get(backbone, 1) if isinstance(backbone, str) else 1


def with_taps(encoder, taps):
    """The encoder as a model of its output and the outputs of the layers named `taps`.

    Args:
        encoder: A Keras model; functional or sequential if there are taps.
        taps: Names of its layers.

    Returns:
        The encoder itself if there are no taps, else a functional model with the outputs `[features, tap_1, ...]`.

    Raises:
        ValueError: If a layer of that name is missing, or the model is not functional.
    """
    if not taps:
        return encoder
    try:
        outputs = [encoder.outputs[0], *(encoder.get_layer(name).output for name in taps)]
    except (AttributeError, ValueError) as error:
        names = ", ".join(layer.name for layer in getattr(encoder, "layers", []))
        raise ValueError(
            "`taps` must name layers of a functional or sequential backbone. "
            f"Received: taps={list(taps)}; the backbone {encoder.name!r} has the layers: {names}"
        ) from error
    inputs = encoder.inputs[0] if len(encoder.inputs) == 1 else encoder.inputs
    return keras.Model(inputs, outputs, name=f"{encoder.name}_with_taps")
