import keras
import numpy as np
import pytest

from tfcluster.layers import JointDense


def test_is_the_hidden_layer_of_the_concatenated_inputs(rng):
    x, c = rng.normal(size=(5, 4)).astype("float32"), np.eye(3, dtype="float32")
    layer = JointDense(6, depth=2, activation="tanh", seed=3)
    found = layer([x[:, None], c])
    assert found.shape == (5, 3, 6)
    (first, second), (deeper,) = layer.first, layer.deeper
    kernel = np.concatenate([first.kernel, second.kernel])
    both = np.concatenate([np.repeat(x[:, None], 3, axis=1), np.broadcast_to(c, (5, 3, 3))], axis=2)
    hidden = np.tanh(both @ kernel + first.bias)
    np.testing.assert_allclose(found, np.tanh(hidden @ deeper.kernel + deeper.bias), rtol=1e-5, atol=1e-6)
    assert second.bias is None


def test_batch_normalisation_is_that_of_the_training_batch(rng):
    x = rng.normal(size=(50, 4)).astype("float32")
    layer = JointDense(6, activation="linear", norm_momentum=0.5)
    found = layer([x], training=True).numpy()
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(found.std(axis=0), 1.0, atol=1e-2)
    assert np.abs(layer([x], training=False) - found).max() > 0.1


def test_round_trip(tmp_path):
    inputs = keras.Input((4,)), keras.Input((2,))
    model = keras.Model(inputs, JointDense(5, 2, "relu", 0.9, seed=4)(list(inputs)))
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    x = [np.ones((3, 4), "float32"), np.ones((3, 2), "float32")]
    np.testing.assert_array_equal(again(x), model(x))
    assert again.layers[-1].get_config() == model.layers[-1].get_config()


def test_normalised_inputs_of_any_rank(rng):
    x, c = rng.normal(size=(5, 4)).astype("float32"), np.eye(3, dtype="float32")
    layer = JointDense(6, depth=2, norm_momentum=0.5, seed=3)
    every = layer([x[:, None], c])
    np.testing.assert_allclose(layer([x, np.repeat(c[1:2], 5, axis=0)]), every[:, 1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("argument", ["units", "depth"])
def test_counts(argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be an integer of at least 1. Received: 0"):
        JointDense(**{"units": 3, argument: 0})
