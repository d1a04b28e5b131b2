"""Random crops of images."""

import math

import keras
import tensorflow as tf

from tfcluster.layers.replica_seed_generator import ReplicaSeedGenerator

__all__ = ["RandomResizedCrop"]


@keras.saving.register_keras_serializable(package="tfcluster")
class RandomResizedCrop(keras.layers.Layer):
    """A random part of each image, enlarged to the size of the whole (Szegedy et al. 2015); identity at inference.

    The part is sqrt(a r) of the image wide and sqrt(a / r) high, 1 at most, with a ~ U(area) and ln r ~ U(ln aspect);
    its place is uniform. With `flip` every second image is mirrored left to right. Bilinear.

    Args:
        area: Least and largest a, the share of the area (where no side is cut to that of the image).
        aspect: Least and largest r, the ratio of width to height relative to that of the image.
        flip: Whether images are mirrored.
        seed: Seed of the draws.

    Call arguments:
        inputs: Images of shape (n, H, W, C).
        training: Whether to crop.

    Raises:
        ValueError: For ranges out of order, an area outside (0, 1], or a ratio not above 0.
    """

    def __init__(self, area=(0.3, 1.0), aspect=(3 / 4, 4 / 3), flip=True, seed=0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        if not 0.0 < area[0] <= area[1] <= 1.0:
            raise ValueError(f"`area` must be two shares in (0, 1], the smaller first. Received: {area}")
        if not 0.0 < aspect[0] <= aspect[1]:
            raise ValueError(f"`aspect` must be two ratios above 0, the smaller first. Received: {aspect}")
        self.area = tuple(area)
        self.aspect = tuple(aspect)
        self.flip = flip
        self.seed = seed
        self.supports_jit = False  # XLA has no crop_and_resize
        self.generator = ReplicaSeedGenerator(seed)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def call(self, inputs, training=False):
        inputs = tf.cast(inputs, self.compute_dtype)
        if not training:
            return inputs
        n, height, width = tf.unstack(tf.shape(inputs)[:3])
        u = keras.random.uniform((n, 5), seed=self.generator, dtype="float32")
        area = self.area[0] + (self.area[1] - self.area[0]) * u[:, 0]
        low, high = (math.log(ratio) for ratio in self.aspect)
        ratio = tf.exp(low + (high - low) * u[:, 1])
        across, down = tf.minimum(tf.sqrt(area * ratio), 1.0), tf.minimum(tf.sqrt(area / ratio), 1.0)
        left, top = (1.0 - across) * u[:, 2], (1.0 - down) * u[:, 3]
        right, bottom = left + across, top + down
        if self.flip:
            mirrored = u[:, 4] < 0.5
            left, right = tf.where(mirrored, right, left), tf.where(mirrored, left, right)
        boxes = tf.stack([top, left, bottom, right], axis=1)
        return tf.image.crop_and_resize(inputs, boxes, tf.range(n), [height, width])

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"area": self.area, "aspect": self.aspect, "flip": self.flip, "seed": self.seed}
        return {**super().get_config(), **own}
