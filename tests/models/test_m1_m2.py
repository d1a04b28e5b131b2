import numpy as np
import tensorflow as tf

from tests.helpers import assert_draws_in_training_only, assert_every_weight_learns, outputs_of
from tfcluster.models import M1M2
from tfcluster.ops.variational import gaussian_log_loss

SMALL = {"likelihood": "mse", "units": 12, "latent_dim": 4}


def test_the_autoencoder_is_trained_first_and_frozen_then(easy_rows):
    x, y = easy_rows
    model = M1M2(3, feature_dim=3, feature_units=10, pretrain_epochs=1, **SMALL)
    labels = np.where(np.arange(300) < 30, y, -1)
    model.build((None, 8))
    before = [weight.numpy() for weight in model.vae.weights]
    model.pretrain(x)
    trained = [weight.numpy() for weight in model.vae.weights]
    model.fit(x, labels, epochs=2, batch_size=60, verbose=0)
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, trained, strict=True))
    for a, b in zip(trained, model.vae.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.generate(4, category=1).shape == (4, 8)
    assert model.style(x[:2]).shape == (2, 3, 8)


def test_the_rows_of_the_bound_are_latents(easy_rows):
    x = easy_rows[0][:5]
    model = M1M2(3, feature_dim=3, feature_units=10, **SMALL)
    outputs = outputs_of(model, x)
    np.testing.assert_array_equal(outputs["rows"], model.vae(x))  # their means at inference
    decoded = tf.random.stateless_normal([5, 6], [0, 1])
    expected = gaussian_log_loss(outputs["rows"], decoded[:, :3], decoded[:, 3:])
    np.testing.assert_allclose(model.row_losses(outputs["rows"], decoded), expected, rtol=1e-6)


def test_every_weight_learns(easy_rows):
    assert_every_weight_learns(M1M2(3, **SMALL), easy_rows[0][:6], tf.constant([0, 1, 2, -1, -1, -1]))


def test_draws_in_training_only(easy_rows):
    model = M1M2(3, feature_dim=3, feature_units=10, **SMALL)
    assert_draws_in_training_only(model, easy_rows[0][:5], "rows", "latents")


def test_the_means_of_the_latents_are_decoded():
    model = M1M2(3, feature_dim=3, feature_units=10, **SMALL)
    model.build((None, 8))
    z, c = tf.ones((2, 4)), tf.eye(3)[:2]
    np.testing.assert_allclose(model.decode(c, z), model.vae.decode(model.decoded(z, c)[:, :3]), rtol=1e-6)
