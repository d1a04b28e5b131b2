import keras
import numpy as np
import tensorflow as tf

from tfcluster.layers import GaussianSampling

MEAN, LOG_VARIANCE = tf.constant([[1.0, -2.0]]), tf.math.log(tf.constant([[4.0, 0.25]]))


def test_mean_at_inference():
    np.testing.assert_array_equal(GaussianSampling()([MEAN, LOG_VARIANCE]), MEAN)


def test_samples():
    rows = [tf.repeat(value, 20_000, axis=0) for value in (MEAN, LOG_VARIANCE)]
    samples = GaussianSampling(seed=4)(rows, training=True).numpy()
    np.testing.assert_allclose(samples.mean(axis=0), [1.0, -2.0], atol=0.06)  # 4 standard errors
    np.testing.assert_allclose(samples.std(axis=0), [2.0, 0.5], rtol=0.03)
    assert abs(np.corrcoef(samples.T)[0, 1]) < 0.03


def test_gradients_go_through_the_sample():
    layer = GaussianSampling(seed=1)
    with tf.GradientTape() as tape:
        tape.watch([MEAN, LOG_VARIANCE])
        z = layer([MEAN, LOG_VARIANCE], training=True)
        value = tf.reduce_sum(z)
    d_mean, d_log_variance = tape.gradient(value, [MEAN, LOG_VARIANCE])
    np.testing.assert_array_equal(d_mean, [[1.0, 1.0]])
    np.testing.assert_allclose(d_log_variance, 0.5 * (z - MEAN), rtol=1e-5)  # e s / 2


def test_round_trip(tmp_path):
    mean, log_variance = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([mean, log_variance], GaussianSampling(seed=9)([mean, log_variance]))
    model.save(tmp_path / "m.keras")
    assert keras.models.load_model(tmp_path / "m.keras").layers[-1].seed == 9
    assert model.layers[-1]([tf.zeros((1, 2), tf.float16)] * 2, training=True).dtype == tf.float32
