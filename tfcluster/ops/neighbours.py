"""Labels from the nearest labelled rows."""

import tensorflow as tf

from tfcluster.ops.distances import squared_distances

__all__ = ["neighbour_labels"]


def neighbour_labels(embeddings, labels, n_classes, n_neighbours):
    """Labels of all rows: the known ones, and elsewhere the majority among the nearest rows with a label.

    Of equal votes the smallest label wins; without any label all are unknown. No gradient flows through.

    Args:
        embeddings: Tensor of shape (n, d).
        labels: Integers of shape (n,), -1 for unknown.
        n_classes: Number of classes k.
        n_neighbours: How many vote; all that have a label, if there are fewer.

    Returns:
        Tensor of shape (n,), of the dtype of `labels`.
    """
    known = labels >= 0
    distances = squared_distances(embeddings)
    distances = tf.where(known[None, :], distances, distances.dtype.max)
    nearest = tf.math.top_k(-distances, tf.minimum(n_neighbours, tf.shape(distances)[0])).indices
    votes = tf.reduce_sum(tf.one_hot(tf.gather(labels, nearest), n_classes), axis=1)  # a label of -1 has no vote
    majority = tf.argmax(votes, axis=1, output_type=labels.dtype)
    found = tf.where(tf.reduce_any(known), majority, -1)
    return tf.stop_gradient(tf.where(known, labels, found))
