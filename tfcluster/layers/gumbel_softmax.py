"""Categories that can be sampled and trained through."""

import keras
import tensorflow as tf

from tfcluster.layers.replica_seed_generator import ReplicaSeedGenerator

__all__ = ["GumbelSoftmax"]


@keras.saving.register_keras_serializable(package="tfcluster")
class GumbelSoftmax(keras.layers.Layer):
    """Relaxed samples of categories (Jang, Gu, Poole 2017; Maddison, Mnih, Teh 2017).

    ```
    training      c = softmax((l + g) / tau),   g_j = -ln(-ln u_j),   u_j ~ U(0, 1)
    otherwise     c = softmax(l)
    ```

    With `hard` the output in training is the one-hot vector of the largest c, and the gradient that of c (straight
    through). `temperature`, tau, is a variable, so that a callback can lower it while a compiled loop runs, see
    `training.TemperatureSchedule`. Computation is float32 under any dtype policy.

    Args:
        temperature: tau at the beginning, above 0.
        hard: Whether samples are one-hot.
        seed: Seed of the noise.

    Input: logits l of shape (..., k). Output: c of the same shape, float32.

    Raises:
        ValueError: If `temperature` is not above 0.
    """

    def __init__(self, temperature=1.0, hard=False, seed=0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        if not temperature > 0:
            raise ValueError(f"`temperature` must be above 0. Received: {temperature}")
        self.initial_temperature = temperature
        self.hard = hard
        self.seed = seed
        self.generator = ReplicaSeedGenerator(seed)

    def build(self, input_shape):
        first = keras.initializers.Constant(self.initial_temperature)
        self.temperature = self.add_weight(
            name="temperature", shape=(), initializer=first, trainable=False, dtype="float32", autocast=False
        )

    def call(self, logits, training=False):
        logits = tf.cast(logits, "float32")
        if not training:
            return tf.nn.softmax(logits)
        # The smallest u that is not 0 keeps the logarithms finite in float32.
        u = keras.random.uniform(tf.shape(logits), 1e-20, 1.0, dtype="float32", seed=self.generator)
        soft = tf.nn.softmax((logits - tf.math.log(-tf.math.log(u))) / self.temperature)
        if not self.hard:
            return soft
        one_hot = tf.one_hot(tf.argmax(soft, axis=-1), logits.shape[-1])
        return tf.stop_gradient(one_hot - soft) + soft

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.initial_temperature,
            "hard": self.hard,
            "seed": self.seed,
        }
