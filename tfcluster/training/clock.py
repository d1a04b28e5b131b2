"""Where in a `fit` the loop stands."""

import keras

__all__ = ["Clock"]


class Clock(keras.callbacks.Callback):
    """Counts epochs and the steps within one for the compiled loop.

    Args:
        steps: Steps per epoch.
        steps_per_execution: Steps in a block.
        first_epoch: Number of epochs that the model has behind it: the order of the batches follows from the seed and
            the epoch counted over all calls of `fit`.
    """

    def __init__(self, steps, steps_per_execution, first_epoch=0):
        super().__init__()
        self.steps = steps
        self.steps_per_execution = steps_per_execution
        self.first_epoch = first_epoch
        self.epoch = first_epoch
        self.step = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = self.first_epoch + epoch
        self.step = 0

    def next_block(self):
        """First step and number of steps of the next block."""
        first = self.step
        count = min(self.steps_per_execution, self.steps - first)
        self.step += count
        return first, count
