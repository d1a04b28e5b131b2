"""A latent that carries nothing."""

import logging

import keras

__all__ = ["LEAST_VARIANCE", "LatentMonitor"]

logger = logging.getLogger("tfcluster")

LEAST_VARIANCE = 0.01
"""Variance over the rows from which on the mean of a dimension of the latent carries something."""


class LatentMonitor(keras.callbacks.Callback):
    """Warns at the end of training of a `GenerativeModel` if no dimension of its latent varies over the first rows."""

    def on_train_end(self, logs=None):
        rows, *_ = next(iter(self.model.source.consecutive()))
        variance = self.model.map_rows(rows, "style").var(axis=0)
        if not (variance > LEAST_VARIANCE).any():
            logger.warning(
                "the latent carries nothing: no dimension of its mean has a variance above %g (largest %.3g). Raise "
                "`reconstruction_weight`, or train longer",
                LEAST_VARIANCE,
                variance.max(),
            )
