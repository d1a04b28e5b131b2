"""Divergences and likelihoods of variational autoencoders, one value a row.

The factor 1/2 stands at each summand: a summand that is added as it is hands its gradient on uncopied, and TensorFlow's
sum of three gradients or more has no fixed order once one of them has a second reader.
"""

import math

import tensorflow as tf

__all__ = [
    "LIKELIHOODS",
    "categorical_kl",
    "gaussian_divergence",
    "gaussian_kl",
    "gaussian_log_loss",
    "reconstruction_log_loss",
]

LIKELIHOODS = ("cross_entropy", "mse")


def gaussian_kl(mean, log_variance):
    """KL divergence of diagonal Gaussians from the standard normal distribution.

    ```
    KL_a = -1/2 sum_d (1 + ln s_ad^2 - mu_ad^2 - s_ad^2)
    ```

    Args:
        mean: mu of shape (n, d).
        log_variance: ln s^2 of shape (n, d).

    Returns:
        Tensor of shape (n,), nats.
    """
    return tf.reduce_sum(0.5 * (tf.square(mean) + tf.exp(log_variance)) - 0.5 * log_variance - 0.5, axis=1)


def gaussian_divergence(mean, log_variance, other_mean, other_log_variance):
    """KL divergence of diagonal Gaussians from others; all arguments broadcast.

    ```
    KL_a = 1/2 sum_d ( ln t_ad^2 - ln s_ad^2 + (s_ad^2 + (mu_ad - nu_ad)^2) / t_ad^2 - 1 )
    ```

    Args:
        mean: mu of shape (..., d).
        log_variance: ln s^2 of that shape.
        other_mean: nu of that shape.
        other_log_variance: ln t^2 of that shape.

    Returns:
        Tensor of shape (...,), nats.
    """
    squares = tf.exp(log_variance) + tf.square(mean - other_mean)
    terms = 0.5 * other_log_variance - 0.5 * log_variance + 0.5 * squares * tf.exp(-other_log_variance) - 0.5
    return tf.reduce_sum(terms, axis=-1)


def gaussian_log_loss(x, mean, log_variance):
    """-ln N(x; mu, diag s^2) of rows.

    ```
    1/2 sum_d ( ln(2 pi) + ln s_ad^2 + (x_ad - mu_ad)^2 / s_ad^2 )
    ```

    Args:
        x: Rows of shape (..., d).
        mean: mu of that shape; all arguments broadcast.
        log_variance: ln s^2 of that shape.

    Returns:
        Tensor of shape (...,), nats.
    """
    squares = tf.square(x - mean) * tf.exp(-log_variance)
    return tf.reduce_sum(0.5 * log_variance + 0.5 * squares + 0.5 * math.log(2.0 * math.pi), axis=-1)


def categorical_kl(logits):
    """KL divergence of categories from the uniform distribution over k of them.

    ```
    KL_a = sum_j p_aj ln(k p_aj) = ln k - H(p_a),    p_a = softmax(l_a)
    ```

    Args:
        logits: l of shape (n, k).

    Returns:
        Tensor of shape (n,), in [0, ln k] nats.
    """
    log_p = tf.nn.log_softmax(logits)
    return math.log(logits.shape[1]) + tf.reduce_sum(tf.exp(log_p) * log_p, axis=1)


def reconstruction_log_loss(x, reconstruction, kind):
    """Reconstruction term of a variational bound.

    ```
    cross_entropy   -sum_d [ x_d ln s(r_d) + (1 - x_d) ln(1 - s(r_d)) ],   x in [0, 1], r logits, s the sigmoid
    mse             sum_d (x_d - r_d)^2
    ```

    Args:
        x: Rows of shape (n, ...).
        reconstruction: r of the same shape.
        kind: One of `LIKELIHOODS`.

    Returns:
        Tensor of shape (n,), float32; nats for the cross-entropy.
    """
    rows = tf.shape(x)[0]
    x, r = (tf.reshape(tf.cast(value, tf.float32), [rows, -1]) for value in (x, reconstruction))
    if kind == "cross_entropy":
        return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=r), axis=1)
    return tf.reduce_sum(tf.square(x - r), axis=1)
