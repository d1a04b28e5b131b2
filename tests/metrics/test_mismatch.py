import math

import tensorflow as tf

from tfcluster.metrics import gradient_cosine


def test_by_hand():
    a, b = [tf.constant([1.0, 0.0]), tf.constant([0.0])], [tf.constant([1.0, 0.0]), tf.constant([1.0])]
    assert abs(float(gradient_cosine(a, b)) - math.sqrt(0.5)) < 1e-6
    assert abs(float(gradient_cosine(a, [-2.0 * g for g in a])) + 1.0) < 1e-6


def test_variables_without_a_part():
    a, b = [tf.constant([3.0]), None], [tf.constant([3.0]), tf.constant([4.0])]
    assert abs(float(gradient_cosine(a, b)) - 0.6) < 1e-6


def test_vanishing_gradient_is_nan():
    assert math.isnan(float(gradient_cosine([tf.zeros(2)], [tf.ones(2)])))
    assert math.isnan(float(gradient_cosine([None], [tf.ones(2)])))
