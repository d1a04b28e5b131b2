import math

import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.losses import lifted_structured_loss, sampled_triplet_loss, triplet_loss

LINE = np.array([[0.0], [1.0], [3.0]])
LABELS = np.array([0, 0, 1])


def test_lifted_by_hand():
    # One pair (0, 1) with D = 1; the distances to the negative are 3 and 2.
    j = 1.0 + math.log(math.exp(0.5 - 3.0) + math.exp(0.5 - 2.0))
    assert j < 0
    assert float(lifted_structured_loss(tf.constant(LINE), LABELS, margin=0.5)) == 0.0
    j = 1.0 + math.log(math.exp(3.0 - 3.0) + math.exp(3.0 - 2.0))
    found = float(lifted_structured_loss(tf.constant(LINE), LABELS, margin=3.0))
    np.testing.assert_allclose(found, 0.5 * j**2, rtol=1e-12)


def test_triplet_by_hand():
    # (0, 1): D_ap = 1, the negative at 9; (1, 0): D_ap = 1, the negative at 4.
    found = float(triplet_loss(tf.constant(LINE), LABELS, margin=5.0))
    np.testing.assert_allclose(found, ((1 - 9 + 5) * 0 + (1 - 4 + 5)) / 2, rtol=1e-12)


def test_triplet_takes_the_closest_of_the_harder_negatives():
    x = tf.constant([[0.0], [2.0], [1.0], [3.0], [5.0]], tf.float64)
    labels = np.array([0, 0, 1, 2, 3])
    # (0, 1): D_ap = 4, negatives at 1, 9, 25: takes 9. (1, 0): D_ap = 4, negatives at 1, 1, 9: takes 9.
    np.testing.assert_allclose(float(triplet_loss(x, labels, margin=6.0)), 1.0, rtol=1e-12)
    # Without a farther negative it takes the farthest there is.
    np.testing.assert_allclose(float(triplet_loss(x[:3], labels[:3], margin=1.0)), 4 - 1 + 1, rtol=1e-12)


@pytest.mark.parametrize("loss", [lifted_structured_loss, triplet_loss])
def test_gradient(loss, rng):
    labels = np.array([0, 1, 0, 2, 1, 1])
    assert_gradient(lambda x: loss(x, labels, 4.0), rng.normal(size=(6, 3)))


@pytest.mark.parametrize("loss", [lifted_structured_loss, triplet_loss])
@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]], ids=["no negative", "no pair"])
def test_nothing_to_compare(loss, labels):
    x = tf.Variable(np.zeros((3, 2), np.float32))
    with tf.GradientTape() as tape:
        value = loss(x, np.array(labels), 1.0)
    assert float(value) == 0.0
    np.testing.assert_array_equal(tape.gradient(value, x), np.zeros((3, 2)))


@pytest.mark.parametrize("loss", [lifted_structured_loss, triplet_loss])
def test_low_precision_and_equal_rows(loss):
    x = tf.zeros((4, 2), tf.bfloat16)
    value = loss(x, np.array([0, 0, 1, 1]), 1.0)
    assert value.dtype == tf.float32
    assert np.isfinite(float(value))


def test_sampled_triplets_by_hand():
    x, labels = tf.constant([[0.0], [1.0], [3.0], [7.0]], tf.float64), np.array([0, 0, 1, 2])
    draws = np.zeros((4, 4))
    draws[0, 3] = draws[1, 2] = 1.0  # one negative each: 3 for row 0, 2 for row 1
    # (0, 1): 2 * 1 - 49 + 60; (1, 0): 2 * 1 - 4 + 60
    found = float(sampled_triplet_loss(x, labels, draws, negatives=1, margin=60.0, gamma=2.0))
    np.testing.assert_allclose(found, (2 - 49 + 60 + 2 - 4 + 60) / 2, rtol=1e-12)
    every = float(sampled_triplet_loss(x, labels, draws, margin=60.0))  # all there are
    np.testing.assert_allclose(every, (61 - 9 + 61 - 49 + 61 - 4 + 61 - 36) / 4, rtol=1e-12)
    assert float(sampled_triplet_loss(x[2:], labels[2:], draws[:2, :2], margin=60.0)) == 0.0  # no pair
    assert float(sampled_triplet_loss(x[:2], labels[:2], draws[:2, :2], margin=60.0)) == 0.0  # no other label


def test_gradient_of_sampled_triplets(rng):
    labels, draws = np.array([0, 0, 1, 1, 2, 2]), rng.uniform(size=(6, 6))
    assert_gradient(lambda z: sampled_triplet_loss(z, labels, draws, negatives=2, margin=3.0), rng.normal(size=(6, 3)))
