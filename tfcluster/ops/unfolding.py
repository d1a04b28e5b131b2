"""Mode-m unfoldings of a batch of sample tensors."""

import tensorflow as tf

__all__ = ["mode_unfolding"]


def mode_unfolding(tensors, mode, min_side=True):
    """Mode-m unfolding of each sample of a batch.

    Sample a, a tensor of shape (D_1, ..., D_r), becomes a matrix X_a with one row for each index of mode m:
    I = D_m rows and P = prod_{j != m} D_j columns, the remaining modes in their order.

    Args:
        tensors: Tensor of shape (n, D_1, ..., D_r) with known D_j and r >= 2.
        mode: m, counted from 1.
        min_side: If True, a matrix with more rows than columns is transposed, so that the result never has more
            rows than columns; its row space is then the column space of the unfolding.

    Returns:
        Tensor of shape (n, I, P), or (n, P, I) where it was transposed.

    Raises:
        ValueError: If the samples are not at least of rank 2 or `mode` is not one of their modes.
    """
    shape = tensors.shape[1:]
    if shape.rank is None or shape.rank < 2 or not 1 <= mode <= shape.rank:
        raise ValueError(
            "`mode` must be a mode (counted from 1) of samples of rank 2 or more. "
            f"Received: mode={mode} and tensors of shape {tensors.shape}"
        )
    rows = shape[mode - 1]
    columns = shape.num_elements() // rows
    others = [axis for axis in range(1, shape.rank + 1) if axis != mode]
    if min_side and rows > columns:
        return tf.reshape(tf.transpose(tensors, [0, *others, mode]), [-1, columns, rows])
    return tf.reshape(tf.transpose(tensors, [0, mode, *others]), [-1, rows, columns])
