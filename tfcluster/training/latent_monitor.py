"""A latent that carries nothing."""

import logging

import keras

__all__ = ["LEAST_VARIANCE", "LatentMonitor"]

logger = logging.getLogger("tfcluster")

LEAST_VARIANCE = 0.01
"""Variance over the rows from which on the mean of a dimension of the latent carries something."""


class LatentMonitor(keras.callbacks.Callback):
    """Warns at the end of training if no dimension of the latent varies over the first rows.

    Args:
        model: A `GenerativeModel`, with the `source` of its rows in training.
    """

    def __init__(self, model):
        super().__init__()
        self.trained = model

    def on_train_end(self, logs=None):
        rows, *_ = next(iter(self.trained.source.consecutive()))
        variance = self.trained.map_rows(rows, "style").var(axis=0)
        if not (variance > LEAST_VARIANCE).any():
            logger.warning(
                "the latent carries nothing: no dimension of its mean has a variance above %g (largest %.3g). Raise "
                "`reconstruction_weight`, or train longer",
                LEAST_VARIANCE,
                variance.max(),
            )
