import numpy as np
import tensorflow as tf

from tfcluster.ops.neighbours import neighbour_labels

X = tf.constant([[0.0], [1.0], [2.0], [10.0], [2.2], [9.0]])


def test_majority_of_the_labelled():
    labels = tf.constant([0, 0, 2, 1, -1, -1])
    np.testing.assert_array_equal(neighbour_labels(X, labels, 3, 1), [0, 0, 2, 1, 2, 1])
    np.testing.assert_array_equal(neighbour_labels(X, labels, 3, 3), [0, 0, 2, 1, 0, 0])


def test_of_equal_votes_the_smallest_label_wins():
    labels = tf.constant([-1, 0, 2, 1, -1, -1])
    np.testing.assert_array_equal(neighbour_labels(X, labels, 3, 2), [0, 0, 2, 1, 0, 1])


def test_fewer_labels_than_neighbours():
    labels = tf.constant([-1, 1, -1, -1, -1, -1])
    np.testing.assert_array_equal(neighbour_labels(X, labels, 2, 50), [1] * 6)


def test_without_a_label_all_are_unknown():
    np.testing.assert_array_equal(neighbour_labels(X, tf.fill([6], -1), 2, 3), [-1] * 6)
