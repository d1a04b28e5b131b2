"""A falling temperature."""

import math

import keras

__all__ = ["TemperatureSchedule"]


class TemperatureSchedule(keras.callbacks.Callback):
    """Lowers the temperature of a `GumbelSoftmax` layer before each epoch.

    ```
    tau(e) = max(tau_0 exp(-rate e), tau_min),    e = 0, 1, ...
    ```

    In one of our models e goes on over several calls of `fit`. Logs `temperature`, that of the epoch.

    Args:
        layer: The `GumbelSoftmax` layer.
        least: tau_min.
        rate: Rate of the fall for an epoch; ln 2 / 50 halves tau in 50 epochs.
    """

    def __init__(self, layer, least=0.5, rate=0.01386):
        super().__init__()
        self.layer = layer
        self.least = least
        self.rate = rate

    def on_epoch_begin(self, epoch, logs=None):
        clock = getattr(self.model, "clock", None)
        epoch += 0 if clock is None else clock.first_epoch
        first = self.layer.initial_temperature
        self._temperature = max(first * math.exp(-self.rate * epoch), min(self.least, first))
        self.layer.temperature.assign(self._temperature)

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["temperature"] = self._temperature
