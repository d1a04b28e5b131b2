"""Losses that pull rows of one label together and push those of others apart."""

import tensorflow as tf

from tfcluster.ops.distances import squared_distances
from tfcluster.ops.safe_sqrt import safe_sqrt

__all__ = ["METRIC_LOSSES", "lifted_structured_loss", "metric_loss", "sampled_triplet_loss", "triplet_loss"]

_FAR = 1e30


def lifted_structured_loss(embeddings, labels, margin=1.0):
    """Lifted structured loss (Song, Xiang, Jegelka, Savarese 2016).

    ```
    L = 1 / (2 |P|) sum_{(i,j) in P} max(0, J_ij)^2,
    J_ij = D_ij + ln( sum_{k: y_k != y_i} exp(m - D_ik) + sum_{l: y_l != y_j} exp(m - D_jl) )
    ```

    P are the pairs i < j of one label, D Euclidean distances.

    Args:
        embeddings: Tensor of shape (n, d).
        labels: Integers of shape (n,).
        margin: m.

    Returns:
        Scalar tensor, at least 0; exactly 0 without a pair of one label or without a second label.
    """
    distances = safe_sqrt(squared_distances(embeddings))
    same = labels[:, None] == labels[None, :]
    m = tf.cast(margin, distances.dtype)
    lowest = tf.cast(-_FAR, distances.dtype)
    pushes = tf.reduce_logsumexp(tf.where(same, lowest, m - distances), axis=1)  # (n,)
    j = distances + tf.experimental.numpy.logaddexp(pushes[:, None], pushes[None, :])
    pairs = tf.linalg.band_part(tf.cast(same, distances.dtype), 0, -1)  # i <= j
    pairs = tf.linalg.set_diag(pairs, tf.zeros_like(pushes))
    return tf.reduce_sum(pairs * tf.square(tf.maximum(j, 0.0))) / tf.maximum(2.0 * tf.reduce_sum(pairs), 1.0)


def triplet_loss(embeddings, labels, margin=1.0):
    """Triplet loss with semi-hard negatives (Schroff, Kalenichenko, Philbin 2015).

    ```
    L = mean_{(a,p)} max(0, D_ap - D_an + m),    n = argmin { D_an : D_an > D_ap },  else  argmax D_an
    ```

    (a, p) are the ordered pairs of one label, n has another, D are squared distances.

    Args:
        embeddings: Tensor of shape (n, d).
        labels: Integers of shape (n,).
        margin: m.

    Returns:
        Scalar tensor, at least 0; exactly 0 without a pair of one label or without a second label.
    """
    distances = squared_distances(embeddings)
    same = labels[:, None] == labels[None, :]
    far = tf.cast(_FAR, distances.dtype)
    negatives = tf.where(same, far, distances)  # D_an, far away where n is none
    harder = (negatives[:, None, :] > distances[:, :, None]) & ~same[:, None, :]  # (a, p, n)
    closest = tf.reduce_min(tf.where(harder, negatives[:, None, :], far), axis=2)  # (a, p)
    farthest = tf.reduce_max(tf.where(same, -far, distances), axis=1, keepdims=True)  # (a, 1)
    chosen = tf.where(closest < far, closest, farthest)
    pairs = tf.linalg.set_diag(same, tf.zeros_like(labels, tf.bool)) & tf.reduce_any(~same, axis=1, keepdims=True)
    pairs = tf.cast(pairs, distances.dtype)
    # Where there is no negative `chosen` is -far: not a number to multiply by 0.
    excess = tf.where(pairs > 0.0, distances - chosen + tf.cast(margin, distances.dtype), 0.0)
    return tf.reduce_sum(tf.maximum(excess, 0.0)) / tf.maximum(tf.reduce_sum(pairs), 1.0)


def sampled_triplet_loss(embeddings, labels, draws, negatives=20, margin=0.2, gamma=1.0):
    """Triplet loss of every pair of one label with some rows of other labels, as in JULE.

    ```
    L = mean_{(a,p), n in N_a} max(0, gamma D_ap - D_an + m)
    ```

    (a, p) are the ordered pairs of one label, N_a are `negatives` rows of other labels, D squared distances.

    Args:
        embeddings: Tensor of shape (n, d).
        labels: Integers of shape (n,).
        draws: Uniform random numbers of shape (n, n): N_a are the rows with the largest in row a.
        negatives: Size of N_a; all rows of other labels, if there are fewer.
        margin: m.
        gamma: Factor on the distances within a label.

    Returns:
        Scalar tensor, at least 0; exactly 0 without a pair of one label or without a second label.
    """
    distances = squared_distances(embeddings)
    same = labels[:, None] == labels[None, :]
    count = tf.minimum(negatives, tf.shape(draws)[1])
    strength, chosen = tf.math.top_k(tf.where(same, -1.0, draws), count)
    found = tf.cast(strength >= 0.0, distances.dtype)[:, None, :]  # (a, 1, n)
    apart = tf.gather(distances, chosen, batch_dims=1)[:, None, :]
    pairs = tf.cast(tf.linalg.set_diag(same, tf.zeros_like(labels, tf.bool)), distances.dtype)[:, :, None]  # (a, p, 1)
    excess = tf.maximum(gamma * distances[:, :, None] - apart + margin, 0.0)
    return tf.reduce_sum(pairs * found * excess) / tf.maximum(tf.reduce_sum(pairs * found), 1.0)


_LOSSES = {"lifted": lifted_structured_loss, "triplet": triplet_loss}

METRIC_LOSSES = tuple(_LOSSES)
"""Names that `metric_loss` knows."""


def metric_loss(kind, embeddings, labels, margin):
    """The loss of that name: `"lifted"` or `"triplet"`."""
    return _LOSSES[kind](embeddings, labels, margin)
