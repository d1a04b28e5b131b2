"""Random changes of colour."""

import keras
import tensorflow as tf

from tfcluster.layers.replica_seed_generator import ReplicaSeedGenerator

__all__ = ["ColorJitter"]

_LUMA = (0.299, 0.587, 0.114)


@keras.saving.register_keras_serializable(package="tfcluster")
class ColorJitter(keras.layers.Layer):
    """Random brightness, contrast and saturation of each image; identity at inference.

    ```
    x' = g + s (x - g),    x'' = m + c (x' - m) + b
    ```

    g is the grey value 0.299 R + 0.587 G + 0.114 B of a pixel and m the mean of the image;
    s ~ U(1 - saturation, 1 + saturation), c ~ U(1 - contrast, 1 + contrast), b ~ U(-brightness, brightness) times half
    the range of the values. With probability `grey` an image loses its colour, s = 0. Values are kept in the range.

    Args:
        brightness: Largest change, as a share of half the range.
        contrast: Largest change of c.
        saturation: Largest change of s; this and `grey` are of effect on images of 3 channels only.
        grey: Probability that an image is made grey.
        low: Least value.
        high: Largest value.
        seed: Seed of the draws.

    Call arguments:
        inputs: Images of shape (n, H, W, C).
        training: Whether to change them.
    """

    def __init__(self, brightness=0.4, contrast=0.4, saturation=0.4, grey=0.0, low=-1.0, high=1.0, seed=0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.grey = grey
        self.low = low
        self.high = high
        self.seed = seed
        self.generator = ReplicaSeedGenerator(seed)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs, training=False):
        inputs = tf.cast(inputs, self.compute_dtype)
        if not training:
            return inputs
        u = keras.random.uniform((tf.shape(inputs)[0], 4), seed=self.generator, dtype="float32")
        s, c, b = (tf.reshape(2.0 * u[:, i] - 1.0, [-1, 1, 1, 1]) for i in range(3))
        s = tf.where(tf.reshape(u[:, 3], [-1, 1, 1, 1]) < self.grey, 0.0, 1.0 + self.saturation * s)
        x = inputs
        if inputs.shape[-1] == 3:
            grey = tf.reduce_sum(inputs * tf.constant(_LUMA, inputs.dtype), axis=3, keepdims=True)
            x = grey + s * (inputs - grey)
        mean = tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True)
        x = mean + (1.0 + self.contrast * c) * (x - mean) + 0.5 * (self.high - self.low) * self.brightness * b
        return tf.clip_by_value(x, self.low, self.high)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        names = ("brightness", "contrast", "saturation", "grey", "low", "high", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
