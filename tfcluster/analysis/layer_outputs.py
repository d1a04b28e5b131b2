"""Outputs of the layers inside a model."""

import numpy as np
import tensorflow as tf

from tfcluster.backbones import with_taps

__all__ = ["backbone_of", "layer_features", "layer_outputs"]

_BATCH = 100


def layer_outputs(model, names):
    """A compiled function from raw rows to the outputs of layers of a model's backbone, in inference mode.

    Args:
        model: A clustering model with a backbone, or any functional Keras model.
        names: Names of layers.

    Returns:
        Function of rows that returns a list of tensors, in the order of the names.

    Raises:
        ValueError: If a layer of that name is missing, or there is no backbone.
    """
    encoder, inputs = backbone_of(model), getattr(model, "encoder_inputs", tf.convert_to_tensor)
    tapped = with_taps(encoder, tuple(names))
    count = len(names)

    @tf.function(reduce_retracing=True, autograph=False)
    def outputs(rows):
        return tf.nest.flatten(tapped(inputs(rows), training=False))[-count:]

    return outputs


def backbone_of(model):
    """The backbone of a built clustering model; any other model is taken for one itself."""
    if not hasattr(model, "encoder_inputs"):
        return model
    name = type(model).__name__
    if not model.built:
        raise ValueError(
            f"{name} must be built before its layers can be looked at: call `fit`, or `build` with a shape."
        )
    if not hasattr(model, "encoder"):
        raise ValueError(f"This takes a model with a backbone, such as DDC or DEC. Received: {name}, which has none")
    return model.encoder


def layer_features(model, name, x, limit=10_000):
    """Outputs of one layer for all rows, as vectors.

    Images of more than `limit` values are averaged over squares, the smallest that lead to no more (Zhang et al. 2016:
    10,000 for their linear probes).

    Args:
        model: See `layer_outputs`.
        name: Name of the layer.
        x: Raw rows of shape (n, ...).
        limit: Most values a row.

    Returns:
        Array of shape (n, d), float32.
    """
    outputs = layer_outputs(model, [name])
    found = []
    for start in range(0, len(x), _BATCH):
        (part,) = outputs(tf.constant(x[start : start + _BATCH]))
        found.append(tf.reshape(_pooled(tf.cast(part, tf.float32), limit), [part.shape[0], -1]).numpy())
    return np.concatenate(found)


def _pooled(x, limit):
    if x.shape.rank != 4:
        return x
    height, width, channels = x.shape[1:]
    size = 1
    while -(-height // size) * -(-width // size) * channels > limit and size < max(height, width):
        size += 1
    return tf.nn.avg_pool2d(x, size, size, "SAME")
