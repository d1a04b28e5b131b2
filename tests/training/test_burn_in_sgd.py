import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.training import BurnInSGD
from tfcluster.training.keras_compat import reset_momenta


def test_by_hand():
    optimizer = BurnInSGD(0.1, momentum=0.8, burn_in=2)
    variable = keras.Variable([1.0])
    seen = []
    for _ in range(4):
        optimizer.apply([tf.constant([1.0])], [variable])
        seen.append(float(variable.numpy()[0]))
    # momentum 0, 0.4, 0.8, 0.8; v = -0.1, -0.14, -0.212, -0.2696
    np.testing.assert_allclose(np.diff([1.0, *seen]), [-0.1, -0.14, -0.212, -0.2696], rtol=1e-5)


def test_without_burn_in_it_is_plain_momentum():
    own, plain = BurnInSGD(0.1, 0.9, burn_in=0), keras.optimizers.SGD(0.1, 0.9)
    a, b = keras.Variable([1.0, -2.0]), keras.Variable([1.0, -2.0])
    for step in range(5):
        gradient = tf.constant([1.0 + step, 0.5])
        own.apply([gradient], [a])
        plain.apply([gradient], [b])
    np.testing.assert_allclose(a, b, rtol=1e-6)


def test_config_and_bad_arguments():
    again = BurnInSGD.from_config(BurnInSGD(0.2, 0.5, burn_in=7).get_config())
    assert (again.momentum, again.burn_in) == (0.5, 7)
    with pytest.raises(ValueError, match="`momentum` must be"):
        BurnInSGD(momentum=1.0)


def test_its_momentum_can_be_reset():
    variable, optimizer = keras.Variable([1.0]), BurnInSGD(0.1, burn_in=0)
    optimizer.apply([keras.ops.ones(1)], [variable])
    assert float(optimizer.velocities[0][0]) < 0
    reset_momenta(optimizer, [variable])
    assert float(optimizer.velocities[0][0]) == 0


def test_of_adam_the_mean_of_the_squares_stays():
    rate = 0.1
    variable, optimizer = keras.Variable([1.0]), keras.optimizers.Adam(rate)
    for _ in range(300):
        optimizer.apply([keras.ops.ones(1)], [variable])
    squares = float(optimizer._velocities[0][0])
    reset_momenta(optimizer, [variable])
    assert float(optimizer._momentums[0][0]) == 0
    assert float(optimizer._velocities[0][0]) == squares
    for _ in range(30):
        before = float(variable.value[0])
        optimizer.apply([keras.ops.ones(1)], [variable])
        assert 0 < before - float(variable.value[0]) < 1.1 * rate
