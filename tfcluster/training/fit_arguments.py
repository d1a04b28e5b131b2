"""What no `fit` here takes."""

import keras
import numpy as np

__all__ = ["check_fit_arguments"]

_NOT_OURS = ("class_weight", "initial_epoch", "sample_weight", "shuffle", "steps_per_epoch", "validation_split")


def check_fit_arguments(epochs, batch_size, callbacks, further, least_rows=1):
    """Refuse arguments of `fit` that make no sense, or that choose, order or weigh rows or epochs.

    Args:
        epochs: Passes over the data.
        batch_size: Rows in a step.
        callbacks: List of Keras callbacks, or None.
        further: Dict of the arguments for Keras's `fit`.
        least_rows: Smallest number of rows in a step.

    Raises:
        TypeError: If `callbacks` is a single callback.
        ValueError: For the others.
    """
    if not (isinstance(epochs, int | np.integer) and epochs >= 0):
        raise ValueError(f"`epochs` must be a whole number of at least 0. Received: {epochs!r}")
    if not (isinstance(batch_size, int | np.integer) and batch_size >= least_rows):
        raise ValueError(f"`batch_size` must be a whole number of at least {least_rows}. Received: {batch_size!r}")
    if isinstance(callbacks, keras.callbacks.Callback):
        raise TypeError(f"`callbacks` must be a list. Received: a {type(callbacks).__name__} outside of one")
    if refused := [name for name in _NOT_OURS if further.get(name) is not None]:
        raise ValueError(f"`fit` goes over all rows in a random order, each once an epoch. It takes no {refused[0]}.")
