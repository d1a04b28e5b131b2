"""Where in a `fit` the loop stands."""

import keras

__all__ = ["Clock"]


class Clock(keras.callbacks.Callback):
    """Counts epochs and the steps within one for the compiled loop.

    Args:
        steps: Steps per epoch.
        steps_per_execution: Steps in a block.
        first_epoch: Number of epochs that the model has behind it: the order of the batches follows from the seed and
            the epoch, which a clustering model counts over all calls of `fit`; an autoencoder's `fit` begins anew.
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

    def next_blocks(self, refresh_interval=None):
        """The next `steps_per_execution` steps as (first step, number of steps, whether a refresh is due after them).

        Args:
            refresh_interval: Steps between two refreshes, counted over all epochs; None for none.
        """
        end = min(self.step + self.steps_per_execution, self.steps)
        while self.step < end:
            first = self.step
            done = self.epoch * self.steps + first
            until_refresh = end if refresh_interval is None else refresh_interval - done % refresh_interval
            self.step = min(first + until_refresh, end)
            yield first, self.step - first, self.step - first == until_refresh and refresh_interval is not None
