import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.layers import TiedDense


def pair(activation=None):
    """A dense layer from 5 to 3 and the way back."""
    there = keras.layers.Dense(3, "tanh")
    there.build((None, 5))
    back = TiedDense(there, activation)
    back.build((None, 3))
    return there, back


def test_by_hand(rng):
    there, back = pair("sigmoid")
    h = rng.normal(size=(4, 3)).astype(np.float32)
    back.bias.assign(rng.normal(size=5))
    expected = 1 / (1 + np.exp(-(h @ there.kernel.numpy().T + back.bias.numpy())))
    np.testing.assert_allclose(back(h), expected, rtol=1e-5)
    np.testing.assert_array_equal(back.kernel, there.kernel.numpy().T)
    assert back.compute_output_shape((None, 3)) == (None, 5)


def test_the_weights_are_shared_and_count_once(rng):
    there, back = pair()
    x = keras.Input((5,))
    model = keras.Model(x, back(there(x)))
    assert [tuple(weight.shape) for weight in model.trainable_weights] == [(5, 3), (3,), (5,)]
    rows = tf.constant(rng.normal(size=(4, 5)), tf.float32)
    with tf.GradientTape() as tape:
        h = there(rows)
        loss = tf.reduce_sum(back(tf.stop_gradient(h)) ** 2)
    gradient = tape.gradient(loss, there.kernel.value)
    np.testing.assert_allclose(gradient, 2 * back(h).numpy().T @ h.numpy(), rtol=1e-4)


def test_save_and_load(rng, tmp_path):
    there, back = pair("relu")
    inputs = keras.Input((5,))
    both = keras.Model(inputs, back(there(inputs)))
    alone = keras.Sequential([keras.Input((3,)), back])
    for name, model, width in (("both", both, 5), ("alone", alone, 3)):
        x = rng.normal(size=(6, width)).astype(np.float32)
        model.save(tmp_path / f"{name}.keras")
        again = keras.models.load_model(tmp_path / f"{name}.keras")
        np.testing.assert_array_equal(again(x), model(x))
        assert len(again.trainable_weights) == 3  # shared as before


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"`tied_to` must be a Dense layer\. Received: Flatten"):
        TiedDense(keras.layers.Flatten())
    with pytest.raises(ValueError, match="has no weights yet"):
        TiedDense(keras.layers.Dense(3))(np.zeros((2, 3)))
