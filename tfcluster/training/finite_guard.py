"""Stops a run whose loss is no longer a number."""

import math

import keras

__all__ = ["FiniteGuard", "NonFiniteLossError"]


class NonFiniteLossError(ArithmeticError):
    """A loss term became NaN or infinite."""


class FiniteGuard(keras.callbacks.Callback):
    """Raises `NonFiniteLossError` with the name of the term after a block with a loss that is not finite.

    Under a loss-scaling optimiser a step may overflow and is skipped by the optimiser; there the run stops only if a
    whole epoch has no finite value, see `CompiledFit.compute_loss`.
    """

    def on_train_batch_end(self, batch, logs=None):
        logs = logs or {}
        wrong = [name for name, value in logs.items() if not math.isfinite(float(value))]
        if wrong:
            terms = [name for name in wrong if name != "loss"] or wrong
            raise NonFiniteLossError(
                f"The loss term {terms[0]!r} is {float(logs[terms[0]])} in the block that ends with step {batch}. "
                "Try a lower learning rate, or check the scale of the input."
            )
