import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from tests.helpers import assert_gradient
from tfcluster.layers import MixtureLayer


@pytest.fixture
def layer(rng):
    made = MixtureLayer(3)
    made.build((None, 4))
    made.set_mixture([0.5, 0.3, 0.2], 2.0 * rng.normal(size=(3, 4)), rng.uniform(0.2, 3.0, size=(3, 4)))
    return made


def log_densities(layer, z):
    """ln N(z; mu_c, s_c^2) of shape (n, k), in float64."""
    means, deviations = layer.means.numpy(), np.exp(0.5 * layer.log_variances.numpy())
    return stats.norm.logpdf(z[:, None].astype(np.float64), means[None], deviations[None]).sum(axis=2)


def test_responsibilities(layer, rng):
    z = (3.0 * rng.normal(size=(20, 4))).astype(np.float32)
    found = layer(z).numpy()
    expected = special.softmax(np.log([0.5, 0.3, 0.2]) + log_densities(layer, z), axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-5)


@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_a_common_factor_does_not_matter(layer, rng, monkeypatch, shift):
    z = tf.constant(rng.normal(size=(5, 4)), tf.float32)
    before = layer.log_responsibilities(z)
    layer.weight_logits.assign(layer.weight_logits + shift)
    np.testing.assert_allclose(layer.log_responsibilities(z), before, atol=5e-3)  # float32 at 1e4
    squares = layer.expected_squares
    monkeypatch.setattr(layer, "expected_squares", lambda z: squares(z) - 2.0 * shift)  # densities times exp(shift)
    np.testing.assert_allclose(layer.log_responsibilities(z), before, atol=1e-2)


def test_points_far_from_everything_are_finite(layer):
    found = layer.log_responsibilities(tf.fill((2, 4), 1e6)).numpy()
    assert np.isfinite(found).all()
    assert np.isfinite(layer(tf.fill((2, 4), 1e6))).all()


def test_expected_squares(layer, rng):
    mean, variance = rng.normal(size=(5, 4)).astype(np.float32), rng.uniform(size=(5, 4)).astype(np.float32)
    constant = 4 * np.log(2 * np.pi)
    np.testing.assert_allclose(
        layer.expected_squares(tf.constant(mean)), -2 * log_densities(layer, mean) - constant, rtol=1e-4
    )
    further = (variance[:, None] * np.exp(-layer.log_variances.numpy())).sum(axis=2)
    np.testing.assert_allclose(
        layer.expected_squares(tf.constant(mean), tf.constant(variance)) - layer.expected_squares(tf.constant(mean)),
        further,
        rtol=1e-3,
    )


def test_component(layer):
    mean, deviation = layer.component(tf.one_hot([2, 0], 3))
    np.testing.assert_allclose(mean, layer.means.numpy()[[2, 0]])
    np.testing.assert_allclose(deviation, np.exp(0.5 * layer.log_variances.numpy()[[2, 0]]), rtol=1e-6)


def test_gradient(rng):
    layer = MixtureLayer(3, seed=1, dtype="float64")
    assert_gradient(lambda z: tf.reduce_sum(tf.square(layer(z))), rng.normal(size=(4, 2)), rtol=1e-4)


@pytest.mark.parametrize("name", ["mean", "variance", "means", "log_variances"])
def test_gradient_of_expected_squares(name, rng):
    layer = MixtureLayer(3, seed=1, dtype="float64")
    layer.build((None, 2))
    given = {"mean": rng.normal(size=(4, 2)), "variance": rng.uniform(0.5, 2.0, size=(4, 2))}
    weights = rng.normal(size=(4, 3))

    def value(x):
        if name in given:
            own = given | {name: x}
            return tf.reduce_sum(weights * layer.expected_squares(own["mean"], own["variance"]))
        other = MixtureLayer(3, dtype="float64")
        other.means, other.log_variances = layer.means.value, layer.log_variances.value
        setattr(other, name, x)
        return tf.reduce_sum(weights * other.expected_squares(given["mean"], given["variance"]))

    assert_gradient(value, given[name] if name in given else rng.normal(size=(3, 2)))


def test_round_trip(tmp_path, layer, rng):
    z = rng.normal(size=(5, 4)).astype(np.float32)
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "m.keras")(z), layer(z))
    assert MixtureLayer.from_config(layer.get_config()).n_components == 3


def test_wrong_rank():
    with pytest.raises(ValueError, match=r"points of shape \(n, d\)"):
        MixtureLayer(3)(tf.zeros((2, 3, 4)))


def test_wide_rows_go_component_by_component(layer, rng, monkeypatch):
    mean = tf.constant(rng.normal(size=(5, 4)), tf.float32)
    variance = tf.constant(rng.uniform(size=(5, 4)), tf.float32)
    expected = [layer.expected_squares(mean), layer.expected_squares(mean, variance)]
    monkeypatch.setattr("tfcluster.layers.mixture_layer._MOST", 1)
    np.testing.assert_allclose(layer.expected_squares(mean), expected[0], rtol=1e-6)
    np.testing.assert_allclose(layer.expected_squares(mean, variance), expected[1], rtol=1e-6)
