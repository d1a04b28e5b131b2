"""Samples of Gaussians that can be trained through."""

import keras
import tensorflow as tf

from tfcluster.layers.replica_seed_generator import ReplicaSeedGenerator

__all__ = ["GaussianSampling"]


@keras.saving.register_keras_serializable(package="tfcluster")
class GaussianSampling(keras.layers.Layer):
    """Samples of diagonal Gaussians (Kingma and Welling 2014).

    ```
    training      z = mu + exp(ln s^2 / 2) e,   e ~ N(0, I)
    otherwise     z = mu
    ```

    Computation is float32 under any dtype policy.

    Args:
        seed: Seed of e.

    Input: a list of mu and ln s^2, both of shape (..., d). Output: z of the same shape, float32.
    """

    def __init__(self, seed=0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = ReplicaSeedGenerator(seed)

    def call(self, inputs, training=False):
        mean, log_variance = (tf.cast(value, "float32") for value in inputs)
        if not training:
            return mean
        noise = keras.random.normal(tf.shape(mean), dtype="float32", seed=self.generator)
        return mean + tf.exp(0.5 * log_variance) * noise

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
