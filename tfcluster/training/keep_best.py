"""The kept checkpoint."""

import math

import keras

__all__ = ["KeepBest"]


class KeepBest(keras.callbacks.Callback):
    """Keeps the weights of the evaluation with the lowest criterion and puts them back when training ends.

    Evaluations in which every cluster is used rank before all others.
    """

    def __init__(self):
        super().__init__()
        self.rank = (math.inf, math.inf)
        self.epoch = None
        self.weights = None

    def on_epoch_end(self, epoch, logs=None):
        criterion = (logs or {}).get("criterion", float("nan"))
        if math.isnan(criterion):
            return
        rank = (float(logs["used_clusters"] < self.model.n_clusters), criterion)
        if rank < self.rank:
            self.rank, self.epoch, self.weights = rank, epoch, self.model.get_weights()

    def on_train_end(self, logs=None):
        if self.weights is not None:
            self.model.set_weights(self.weights)
