"""Codes of the frozen layers of a stack."""

import numpy as np
import tensorflow as tf

__all__ = ["codes_of_layer", "map_batches"]


def map_batches(function, rows, size=1000):
    """A function of batches over all rows.

    Args:
        function: Function from a tensor of rows to a tensor with as many.
        rows: Array of rows.
        size: Rows in a batch.

    Returns:
        Array of float32.
    """
    parts = (function(tf.convert_to_tensor(rows[start : start + size])) for start in range(0, len(rows), size))
    return np.concatenate([tf.cast(part, tf.float32).numpy() for part in parts])


def codes_of_layer(layers, index, codes):
    """What a layer of a stack makes of all codes of the one before it.

    Args:
        layers: The encoder's layers.
        index: Number of the layer, from 0.
        codes: Array of shape (n, width).

    Returns:
        Array of float32 of shape (n, units).

    Raises:
        ValueError: If it is the same for all rows, of which the next layer could learn nothing.
    """
    codes = map_batches(layers[index], codes)
    if (codes == codes[:1]).all():
        raise ValueError(
            f"Layer {index + 1} of the stack gives all {len(codes)} rows the same code: its units are dead or its "
            "weights have vanished in its training. Take a smaller learning rate, less decay or sparsity, and rows of "
            "moderate values (`preprocessing`)."
        )
    return codes
