"""Objective-function mismatch: do two objectives pull the shared weights the same way?"""

import tensorflow as tf

__all__ = ["gradient_cosine"]


def gradient_cosine(first, second):
    """Cosine of two gradients over the same variables (tk-uco).

    ```
    ofm = <g_1, g_2> / (|g_1| |g_2|)
    ```

    +1 means aligned, -1 opposed; the larger, the smaller the mismatch.

    Args:
        first: List of gradients, None where a variable has no part in the objective.
        second: The same for the other objective.

    Returns:
        Scalar tensor; NaN if either gradient vanishes.
    """
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    inner = sum((tf.reduce_sum(tf.cast(a, tf.float32) * tf.cast(b, tf.float32)) for a, b in pairs), tf.zeros(()))
    return inner / (_norm(first) * _norm(second))


def _norm(gradients):
    return tf.linalg.global_norm([tf.cast(g, tf.float32) for g in gradients if g is not None] or [tf.zeros(())])
