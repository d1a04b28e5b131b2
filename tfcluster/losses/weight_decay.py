"""Small weights."""

import tensorflow as tf

__all__ = ["weight_decay"]


def weight_decay(weights):
    """Half the sum of the squares of the kernels among weights, without the biases.

    ```
    1/2 sum |W|^2
    ```

    Args:
        weights: Keras variables; those of the name `kernel` count.

    Returns:
        Scalar tensor; 0 without a kernel.
    """
    return tf.add_n([tf.constant(0.0), *(tf.nn.l2_loss(weight) for weight in weights if weight.name == "kernel")])
