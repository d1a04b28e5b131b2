import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.layers import GaussianSampling, GumbelSoftmax

LOGITS = tf.math.log(tf.constant([[0.5, 0.3, 0.2]]))


def test_mean_at_inference():
    np.testing.assert_allclose(GumbelSoftmax()(LOGITS), [[0.5, 0.3, 0.2]], rtol=1e-6)


def test_samples_follow_the_categories():
    layer = GumbelSoftmax(temperature=0.1, hard=True, seed=3)
    samples = layer(tf.repeat(LOGITS, 20_000, axis=0), training=True).numpy()
    np.testing.assert_array_equal(np.sort(samples, axis=1)[:, :2], 0.0)
    np.testing.assert_allclose(samples.mean(axis=0), [0.5, 0.3, 0.2], atol=0.015)  # 4 standard errors


def test_temperature_sharpens():
    rows = tf.repeat(LOGITS, 1000, axis=0)
    largest = [
        float(tf.reduce_mean(tf.reduce_max(GumbelSoftmax(t, seed=1)(rows, training=True), axis=1)))
        for t in (5.0, 1.0, 0.1)
    ]
    assert largest[0] < 0.5 < largest[1] < 0.9 < largest[2]


def test_straight_through():
    soft, hard = GumbelSoftmax(seed=5), GumbelSoftmax(hard=True, seed=5)
    weights = tf.constant([[1.0, 2.0, -1.0]])
    gradients, outputs = [], []
    for layer in (soft, hard):
        with tf.GradientTape() as tape:
            tape.watch(LOGITS)
            outputs.append(layer(LOGITS, training=True))
            value = tf.reduce_sum(weights * outputs[-1])
        gradients.append(tape.gradient(value, LOGITS))
    np.testing.assert_array_equal(np.sort(outputs[1].numpy()), [[0.0, 0.0, 1.0]])
    assert np.argmax(outputs[0]) == np.argmax(outputs[1])
    np.testing.assert_allclose(*gradients, rtol=1e-5)
    assert np.abs(gradients[0]).max() > 0


def test_one_seed_one_sequence():
    first, second = (GumbelSoftmax(seed=7) for _ in range(2))
    for _ in range(2):
        np.testing.assert_array_equal(first(LOGITS, training=True), second(LOGITS, training=True))
    assert np.abs(first(LOGITS, training=True) - first(LOGITS, training=True)).max() > 0


def test_round_trip_and_temperature_as_a_weight(tmp_path):
    inputs = keras.Input((3,))
    model = keras.Model(inputs, GumbelSoftmax(temperature=0.7, hard=True, seed=2)(inputs))
    model.layers[-1].temperature.assign(0.4)
    model.save(tmp_path / "m.keras")
    layer = keras.models.load_model(tmp_path / "m.keras").layers[-1]
    assert (layer.initial_temperature, layer.hard, layer.seed) == (0.7, True, 2)
    np.testing.assert_allclose(float(layer.temperature), 0.4)


def test_float32_under_mixed_precision():
    layer = GumbelSoftmax()
    assert layer(tf.cast(LOGITS, tf.float16), training=True).dtype == tf.float32


def test_wrong_temperature():
    with pytest.raises(ValueError, match=r"`temperature` must be above 0. Received: 0"):
        GumbelSoftmax(0)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_float32_for_layers_of_another_type(dtype):
    layer = GumbelSoftmax(dtype=dtype)
    assert layer(np.zeros((2, 3), dtype), training=True).dtype == "float32"
    sample = GaussianSampling(dtype=dtype)
    assert sample([np.zeros((2, 3), dtype), np.zeros((2, 3), dtype)], training=True).dtype == "float32"
