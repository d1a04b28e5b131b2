"""A learning rate that falls like a power of the steps."""

import keras
from keras import ops

__all__ = ["PowerDecay"]


@keras.saving.register_keras_serializable(package="tfcluster")
class PowerDecay(keras.optimizers.schedules.LearningRateSchedule):
    """The schedule `inv` of Caffe.

    ```
    rate(t) = initial_rate (1 + decay t)^(-power)
    ```

    Args:
        initial_rate: Rate at the beginning.
        decay: Factor on the steps t.
        power: Exponent.
    """

    def __init__(self, initial_rate=0.01, decay=1e-4, power=0.75):
        super().__init__()
        self.initial_rate = initial_rate
        self.decay = decay
        self.power = power

    def __call__(self, step):
        return self.initial_rate * (1.0 + self.decay * ops.cast(step, "float32")) ** -self.power

    def get_config(self):
        return {"initial_rate": self.initial_rate, "decay": self.decay, "power": self.power}
