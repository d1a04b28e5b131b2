"""Histograms of oriented gradients."""

import math

import keras
import tensorflow as tf

from tfcluster.ops.safe_sqrt import safe_sqrt

__all__ = ["HOG"]


@keras.saving.register_keras_serializable(package="tfcluster")
class HOG(keras.layers.Layer):
    """Histograms of oriented gradients (Dalal and Triggs 2005), one block a cell.

    ```
    g = central differences of the channel with the largest |g|
    f_cb = mean over the pixels of cell c of |g| [angle of g, without sign, in bin b]
    f_c <- f_c / sqrt(|f_c|^2 + 1e-10)
    ```

    Args:
        cell: Side of a cell in pixels; pixels beyond the last whole cell are left out.
        bins: Number of bins on half a circle.

    Input: images (n, H, W, C). Output: features of shape (n, H // cell * W // cell * bins), float32.
    """

    def __init__(self, cell=8, bins=9, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.cell = cell
        self.bins = bins

    def call(self, inputs):
        x = tf.cast(inputs, tf.float32)
        padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
        down = 0.5 * (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1])
        right = 0.5 * (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2])
        sizes = safe_sqrt(tf.square(down) + tf.square(right))  # (n, H, W, C)
        strongest = tf.argmax(sizes, axis=-1)[..., None]
        down, right, size = (tf.gather(part, strongest, batch_dims=3)[..., 0] for part in (down, right, sizes))
        angle = tf.math.floormod(tf.atan2(down, right), math.pi)
        bin_of = tf.minimum(tf.cast(angle * (self.bins / math.pi), tf.int32), self.bins - 1)
        votes = size[..., None] * tf.one_hot(bin_of, self.bins)  # (n, H, W, bins)
        cells = tf.nn.avg_pool2d(votes, self.cell, self.cell, "VALID")
        cells = cells / tf.sqrt(tf.reduce_sum(tf.square(cells), axis=-1, keepdims=True) + 1e-10)
        return tf.reshape(cells, [-1, self.compute_output_shape(inputs.shape)[1]])

    def compute_output_shape(self, input_shape):
        height, width = input_shape[1:3]
        return (input_shape[0], (height // self.cell) * (width // self.cell) * self.bins)

    def get_config(self):
        return {**super().get_config(), "cell": self.cell, "bins": self.bins}
