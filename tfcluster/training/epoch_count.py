"""How many epochs a model has behind it."""

import keras

__all__ = ["EpochCount"]


class EpochCount(keras.callbacks.Callback):
    """Keeps the number of epochs that a model was trained for, over all calls of `fit`, in a variable of it.

    To be named first, so that others save it with the weights, and after what puts earlier weights back.

    Args:
        variable: The variable.
        before: Epochs before this `fit`.
        initial_epoch: Epochs of this `fit` that were done by a process before.
    """

    def __init__(self, variable, before, initial_epoch=0):
        super().__init__()
        self.variable = variable
        self.before = before
        self.done = before + initial_epoch

    def on_epoch_end(self, epoch, logs=None):
        self.done = self.before + epoch + 1
        self.variable.assign(self.done)

    def on_train_end(self, logs=None):
        self.variable.assign(self.done)
