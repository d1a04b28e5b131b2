"""What the filters of a convolutional network respond to."""

import math

import keras
import numpy as np
import tensorflow as tf

from tfcluster.analysis.layer_outputs import backbone_of, layer_outputs

__all__ = ["exciting_rows", "filter_picture", "first_filters"]

_BATCH = 100


def first_filters(model):
    """The filters of the first convolution, each scaled to [0, 1] by itself.

    Args:
        model: A clustering model with a backbone, or a functional Keras model.

    Returns:
        Array of shape (filters, height, width, channels): grey where there are other than 3 channels, one picture for
        each channel side by side.

    Raises:
        ValueError: If there is no convolution.
    """
    encoder = backbone_of(model)
    kernel = next((layer.kernel for layer in encoder.layers if isinstance(layer, keras.layers.Conv2D)), None)
    if kernel is None:
        names = ", ".join(layer.name for layer in encoder.layers)
        raise ValueError(
            f"This takes a backbone with a Conv2D layer. Received: {encoder.name!r} with the layers {names}"
        )
    filters = np.transpose(np.asarray(kernel), (3, 0, 1, 2))
    low, high = (bound(filters, axis=(1, 2, 3), keepdims=True) for bound in (np.min, np.max))
    filters = (filters - low) / np.maximum(high - low, 1e-12)
    if filters.shape[-1] == 3:
        return filters
    return np.concatenate(np.split(filters, filters.shape[-1], axis=3), axis=2)


def exciting_rows(model, name, x, count=9):
    """The rows to which each filter of a layer responds most, in the mean over the positions after the ReLU.

    Args:
        model: A clustering model with a backbone, or a functional Keras model.
        name: Name of the layer.
        x: Raw rows of shape (n, ...).
        count: How many for each filter.

    Returns:
        Array of indices of shape (filters, min(count, n)), the strongest first.
    """
    outputs = layer_outputs(model, [name])
    best, rows = None, None
    for start in range(0, len(x), _BATCH):
        (found,) = outputs(tf.constant(x[start : start + _BATCH]))
        strength = _strengths(found).numpy()
        index = np.broadcast_to(np.arange(start, start + len(strength))[:, None], strength.shape)
        best = strength if best is None else np.concatenate([best, strength])
        rows = index if rows is None else np.concatenate([rows, index])
        order = np.argsort(-best, axis=0, kind="stable")[:count]
        best, rows = np.take_along_axis(best, order, axis=0), np.take_along_axis(rows, order, axis=0)
    return rows.T


def _strengths(outputs):
    """Mean of relu(h) over the positions, shape (n, filters)."""
    outputs = tf.nn.relu(tf.cast(outputs, tf.float32))
    return tf.reduce_mean(outputs, axis=list(range(1, outputs.shape.rank - 1))) if outputs.shape.rank > 2 else outputs


def filter_picture(
    model, name, index, row_shape, low=0.0, high=255.0, steps=1000, rate=3.0, decay=1e-5, blur=0.3, blur_every=5, seed=0
):
    """An image that a filter prefers to the others of its layer, by gradient ascent on its pixels.

    ```
    maximise ln softmax(s(x))_index - decay |x - 128|^2,    s_f(x) = mean over positions of relu(h_f(x))
    ```

    x begins as noise around the middle of the range; each step goes `rate` along the normalised gradient, and now and
    then x is blurred. Values of x are counted in 255ths of the range.

    Args:
        model: A clustering model with a backbone, or a functional Keras model.
        name: Name of a layer.
        index: Number of the filter.
        row_shape: Shape of a raw row, (H, W, C).
        low: Smallest value of a row.
        high: Largest value.
        steps: Number of steps.
        rate: Root mean square of a step over the values of the image, in 255ths of the range.
        decay: Factor on the squares of the distances from grey.
        blur: Standard deviation of the Gaussian blur, pixels; 0 for none.
        blur_every: Steps between two blurs.
        seed: Seed of the noise.

    Returns:
        Array of shape (H, W, C) in [low, high], float32.
    """
    outputs = layer_outputs(model, [name])
    unit = (high - low) / 255.0

    @tf.function(autograph=False)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            strength = _strengths(outputs(low + unit * x)[0])
            gain = tf.nn.log_softmax(strength)[0, index] - decay * tf.reduce_sum(tf.square(x - 128.0))
        gradient = tape.gradient(gain, x)
        return x + rate * gradient / (tf.sqrt(tf.reduce_mean(tf.square(gradient))) + 1e-12)

    x = 128.0 + 20.0 * tf.random.stateless_normal([1, *row_shape], [seed, index])
    for number in range(steps):
        x = step(x)
        if blur and (number + 1) % blur_every == 0:
            x = _blurred(x, blur)
    return (low + unit * tf.clip_by_value(x[0], 0.0, 255.0)).numpy()


def _blurred(x, deviation):
    """Images under a Gaussian, mirrored at their borders."""
    reach = math.ceil(3 * deviation)
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * deviation**2))
    square = np.outer(weights, weights) / weights.sum() ** 2
    kernel = tf.constant(np.repeat(square[:, :, None, None], x.shape[-1], axis=2), tf.float32)
    x = tf.pad(x, [[0, 0], [reach, reach], [reach, reach], [0, 0]], "SYMMETRIC")
    return tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "VALID")
