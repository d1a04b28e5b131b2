"""Stops a run whose loss is no longer a number."""

import math

import keras
import numpy as np

__all__ = ["FiniteGuard", "NonFiniteLossError"]


class NonFiniteLossError(ArithmeticError):
    """A loss term or a weight became NaN or infinite."""


class FiniteGuard(keras.callbacks.Callback):
    """Raises `NonFiniteLossError` with the name of the term after a block with a loss that is not finite.

    Under a loss-scaling optimiser a step may overflow; the optimiser skips it and lowers the scale. There the run stops
    once the scale is below 1: no step has been finite for long. The loss alone does not tell of every broken network,
    since TensorFlow's ReLU of NaN may be 0: the weights that were finite when training began are looked at too, after
    every epoch. `restore` then gives back the weights and the state of the optimiser that there were when training
    began, or after the last of every `every` epochs.

    Args:
        every: Epochs after which weights and state are kept.
    """

    def __init__(self, every=1):
        super().__init__()
        self.every = every
        self.weights = None
        self.finite = None
        self.optimizer = None
        self.optimizer_state = None

    def on_train_begin(self, logs=None):
        weights = self.model.get_weights()
        self.finite = [bool(np.isfinite(value).all()) for value in weights]  # a mask may be of infinities
        self._keep(weights)

    def on_epoch_end(self, epoch, logs=None):
        weights = self.model.get_weights()
        self._require_finite(weights)
        if (epoch + 1) % self.every == 0:
            self._keep(weights)

    def _keep(self, weights):
        self.weights, self.optimizer, self.optimizer_state = weights, self.model.optimizer, None
        self.optimizer_state = [keras.ops.convert_to_numpy(each) for each in self.optimizer.variables]

    def _require_finite(self, weights):
        for variable, value, before in zip(self.model.weights, weights, self.finite, strict=True):
            if before and not np.isfinite(value).all():
                raise NonFiniteLossError(
                    f"The weight {variable.path!r} holds numbers that are not finite. Try a lower learning rate, or "
                    "check the scale of the input."
                )

    def restore(self):
        """Put the kept weights and the optimiser's state back, but zeros for what of it was not finite."""
        if self.weights is None:
            return
        self.model.set_weights(self.weights)
        for variable, value in zip(self.optimizer.variables, self.optimizer_state, strict=True):
            variable.assign(value if np.isfinite(value).all() else np.zeros_like(value))

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
