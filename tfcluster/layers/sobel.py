"""Edges in place of colours."""

import keras
import numpy as np
from keras import ops

__all__ = ["Sobel"]

_ACROSS = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]], np.float32)


@keras.saving.register_keras_serializable(package="tfcluster")
class Sobel(keras.layers.Layer):
    """Horizontal and vertical edges of grey images: the fixed front-end of DeepCluster (Caron et al. 2018).

    ```
    g = mean over the channels of x,    y = (S * g, S' * g),    S = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    ```

    The convolution is a correlation, with zeros around the image; nothing is trained.

    Input: images of shape (n, H, W, C). Output: (n, H, W, 2).
    """

    def call(self, images):
        grey = ops.mean(images, axis=-1, keepdims=True)
        kernel = np.stack([_ACROSS, _ACROSS.T], axis=-1)[:, :, None]  # (3, 3, 1, 2)
        return ops.conv(grey, ops.cast(kernel, grey.dtype), padding="same")

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)
