"""Dropout that differs among replicas."""

import keras

from tfcluster.layers.replica_seed_generator import ReplicaSeedGenerator
from tfcluster.utils import check_share

__all__ = ["ReplicaDropout"]


@keras.saving.register_keras_serializable(package="tfcluster")
class ReplicaDropout(keras.layers.Layer):
    """Keras's `Dropout`, with another mask on every replica of a strategy.

    ```
    y = m x / (1 - rate),    P(m = 0) = rate;    y = x when serving
    ```

    Keras's own gives row i of every replica's share of a batch the same mask. One device gets what Keras gives.

    Args:
        rate: Share of the values that are set to 0 in training, below 1.
        seed: Drives the masks.

    Input: any tensor. Output: its shape.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        check_share("rate", rate)
        self.rate = rate
        self.seed = seed
        self.generator = ReplicaSeedGenerator(seed) if rate else None
        self.built = True

    def call(self, inputs, training=False):
        return keras.random.dropout(inputs, self.rate, seed=self.generator) if training and self.rate else inputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
