"""Stops a run whose loss is no longer a number."""

import math

import keras

__all__ = ["FiniteGuard", "NonFiniteLossError"]


class NonFiniteLossError(ArithmeticError):
    """A loss term became NaN or infinite."""


class FiniteGuard(keras.callbacks.Callback):
    """Raises `NonFiniteLossError` with the name of the term after a block with a loss that is not finite.

    Under a loss-scaling optimiser a step may overflow; the optimiser skips it and lowers the scale. There the run stops
    once the scale is below 1: no step has been finite for long. `restore` then gives the model back the weights that it
    had when training began, or after the last of every `every` epochs, and sets what the optimiser remembers to 0.

    Args:
        every: Epochs after which the weights are kept.
    """

    def __init__(self, every=1):
        super().__init__()
        self.every = every
        self.weights = None

    def on_train_begin(self, logs=None):
        self.weights = self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            self.weights = self.model.get_weights()

    def restore(self):
        """Put the kept weights back, and forget the gradients."""
        if self.weights is not None:
            self.model.set_weights(self.weights)
        for variable in self.model.optimizer.variables:
            if variable.shape or not math.isfinite(float(variable)):  # scalars are rates, scales and counts
                variable.assign(keras.ops.zeros_like(variable))

    def on_train_batch_end(self, batch, logs=None):
        logs = logs or {}
        scale = getattr(self.model.optimizer, "dynamic_scale", None)
        if scale is not None and float(keras.ops.convert_to_numpy(scale)) < 1.0:
            raise NonFiniteLossError(
                "Every step overflows in float16. Use mixed_bfloat16 or float32, or scale the input."
            )
        wrong = [name for name, value in logs.items() if not math.isfinite(float(value))]
        if wrong:
            terms = [name for name in wrong if name != "loss"] or wrong
            raise NonFiniteLossError(
                f"The loss term {terms[0]!r} is {float(logs[terms[0]])} in the block that ends with step {batch}. "
                "Try a lower learning rate, or check the scale of the input."
            )
