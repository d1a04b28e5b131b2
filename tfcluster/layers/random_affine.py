"""Random affine distortion of images."""

import math

import keras
import tensorflow as tf

from tfcluster.layers.replica_seed_generator import ReplicaSeedGenerator

__all__ = ["RandomAffine"]


@keras.saving.register_keras_serializable(package="tfcluster")
class RandomAffine(keras.layers.Layer):
    """Random rotation, zoom, shear and shift of each image, in one bilinear interpolation; identity at inference.

    A pixel at offset p from the centre of the output is read at offset

    ```
    q = R(theta) S p + t,    S = [[zoom_x, shear], [0, zoom_y]]
    ```

    with theta ~ U(-rotation, rotation), log zoom ~ U(-log(1 + zoom), log(1 + zoom)) on each axis,
    shear ~ U(-shear, shear) and t ~ U(-shift, shift) times the side, for each image. Pixels outside repeat the edge.

    Args:
        rotation: Largest angle in degrees.
        zoom: Largest relative enlargement or reduction.
        shear: Largest shear.
        shift: Largest shift as a share of the side.
        seed: Seed of the draws.

    Call arguments:
        inputs: Images of shape (n, H, W, C).
        training: Whether to distort.
    """

    def __init__(self, rotation=10.0, zoom=0.1, shear=0.1, shift=0.1, seed=0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.rotation = rotation
        self.zoom = zoom
        self.shear = shear
        self.shift = shift
        self.seed = seed
        self.supports_jit = False  # XLA has no projective transform
        self.generator = ReplicaSeedGenerator(seed)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs, training=False):
        if not training:
            return inputs
        shape = tf.shape(inputs)
        n, height, width = shape[0], tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
        u = keras.random.uniform((n, 6), -1.0, 1.0, seed=self.generator, dtype="float32")
        theta = u[:, 0] * (self.rotation * math.pi / 180.0)
        zoom_x, zoom_y = tf.exp(u[:, 1] * math.log1p(self.zoom)), tf.exp(u[:, 2] * math.log1p(self.zoom))
        shear = u[:, 3] * self.shear
        cos, sin = tf.cos(theta), tf.sin(theta)
        # Rows of R(theta) S, then the offset that keeps the centre in place.
        a, b = cos * zoom_x, cos * shear - sin * zoom_y
        c, d = sin * zoom_x, sin * shear + cos * zoom_y
        centre_x, centre_y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
        shift_x = u[:, 4] * self.shift * width + centre_x - a * centre_x - b * centre_y
        shift_y = u[:, 5] * self.shift * height + centre_y - c * centre_x - d * centre_y
        zeros = tf.zeros_like(a)
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=inputs,
            transforms=tf.stack([a, b, shift_x, c, d, shift_y, zeros, zeros], axis=1),
            output_shape=shape[1:3],
            interpolation="BILINEAR",
            fill_mode="NEAREST",
            fill_value=0.0,
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "rotation": self.rotation,
            "zoom": self.zoom,
            "shear": self.shear,
            "shift": self.shift,
            "seed": self.seed,
        }
