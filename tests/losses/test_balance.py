import math

import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.losses import cluster_balance


def test_by_hand():
    assert abs(float(cluster_balance(tf.eye(4)))) < 1e-6
    assert abs(float(cluster_balance(tf.constant([[1.0, 0.0]] * 3))) - math.log(2.0)) < 1e-6
    # shares 3/4, 1/4
    expected = math.log(2.0) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25)
    assert abs(float(cluster_balance(tf.constant([[1.0, 0.0]] * 3 + [[0.0, 1.0]]))) - expected) < 1e-6


def test_gradient(rng):
    assert_gradient(lambda z: cluster_balance(tf.nn.softmax(z)), rng.normal(size=(5, 3)))
