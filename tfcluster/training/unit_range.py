"""Rows for a cross-entropy."""

import tensorflow as tf

from tfcluster.training.rows import batches_of

__all__ = ["check_unit_range"]

_BATCH = 500
_TOLERANCE = 1e-3


def check_unit_range(rows, preprocessing=None, argument="likelihood", value="cross_entropy"):
    """Refuse, by a ValueError, `Rows` that are not in [0, 1] once they are preprocessed.

    Args:
        rows: The `Rows`.
        preprocessing: Keras layer, or None.
        argument: Name of the argument that asks for such rows, for the message.
        value: What it is; `"mse"` would do without.
    """
    for part in batches_of(rows, _BATCH):
        x = tf.convert_to_tensor(part)
        x = tf.cast(x if preprocessing is None else preprocessing(x), tf.float32)
        low, high = float(tf.reduce_min(x)), float(tf.reduce_max(x))
        if low < -_TOLERANCE or high > 1.0 + _TOLERANCE:
            raise ValueError(
                f"`{argument}='{value}'` takes preprocessed rows in [0, 1]; use {argument}='mse', or a Rescaling "
                f"layer as `preprocessing`. Received: values from {low:.4g} to {high:.4g}"
            )
