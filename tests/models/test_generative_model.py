import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models.generative_model import GenerativeModel


class Affine(GenerativeModel):
    """Draws 10 c + A z; takes the style from the last two values of a row."""

    latent_dim = 2

    def build_network(self, input_shape):
        self.identity = keras.layers.Identity()

    def network(self, x, training):
        x = self.identity(x)
        return {"assignments": x[:, :3], "embedding": x, "mean": x[:, 3:]}

    def latents(self, x):
        return x[:, :3], x[:, 3:].copy()

    def decode(self, categories, z):
        return 10.0 * categories + tf.matmul(z, tf.constant([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]))


ROWS = np.array([[1, 0, 0, 0.5, -1.0], [0, 1, 0, 2.0, 3.0]], np.float32)


@pytest.fixture
def model():
    model = Affine(3, likelihood="mse")
    model.build((None, 5))
    return model


def test_generate(model):
    rows = model.generate(500, category=1, seed=3)
    assert rows.shape == (500, 3)
    np.testing.assert_allclose(rows.mean(axis=0), [0, 10, 0], atol=0.2)
    np.testing.assert_allclose(rows[:, 2], rows[:, 1] - 10.0, atol=1e-5)  # the same style in both
    np.testing.assert_array_equal(rows, model.generate(500, category=1, seed=3))
    categories = model.generate(500, seed=3).argmax(axis=1)
    assert np.bincount(categories).min() > 120


def test_reconstruct(model):
    np.testing.assert_allclose(model.reconstruct(ROWS), [[10.5, -1, -1], [2, 13, 3]])


def test_style(model):
    found = model.style(ROWS)
    assert found.shape == (2, 3, 3)
    np.testing.assert_allclose(found[0], [[10.5, -1, -1], [0.5, 9, -1], [0.5, -1, 9]])


def test_traverse(model):
    found = model.traverse(ROWS, category=0, dimension=1, values=(0.0, 5.0))
    np.testing.assert_allclose(found, [[[10.5, 0, 0], [10.5, 5, 5]], [[12, 0, 0], [12, 5, 5]]])


def test_active_dimensions(model):
    assert model.active_dimensions(ROWS).tolist() == [1, 0]
    assert model.active_dimensions(ROWS, least=1.0).tolist() == [1]


def test_what_there_is_not(model):
    with pytest.raises(ValueError, match="`n` must be an integer of at least 1"):
        model.generate(0)
    with pytest.raises(ValueError, match="not been trained"):
        Affine(3, likelihood="mse").generate(2)
    with pytest.raises(ValueError, match=r"`category` must be from 0 to 2. Received: 3"):
        model.generate(2, category=3)
    with pytest.raises(ValueError, match=r"`category` must be from 0 to 2. Received: 1.5"):
        model.generate(2, category=1.5)
    with pytest.raises(ValueError, match=r"`dimension` must be from 0 to 1. Received: 2"):
        model.traverse(ROWS, 0, 2)
    with pytest.raises(ValueError, match=r"`values` must hold at least one number"):
        model.traverse(ROWS, 0, 1, values=())
