import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.helpers import exported_operations
from tfcluster.data import load
from tfcluster.experiments.presets import METHODS
from tfcluster.metrics import clustering_accuracy
from tfcluster.models import GumbelVAE, VaDE
from tfcluster.ops.variational import categorical_kl, gaussian_kl, reconstruction_log_loss


@pytest.fixture(scope="module")
def fitted(easy_rows):
    model = GumbelVAE(3, likelihood="mse", latent_dim=5, gaussian_weight=2.0, norm_momentum=0.8)
    model.fit(easy_rows[0], epochs=10, batch_size=60, verbose=0)
    return model


def test_terms_are_those_of_the_bound(easy_rows):
    x = easy_rows[0][:40].astype(np.float32)
    weights = {"reconstruction_weight": 2.0, "category_weight": 3.0, "gaussian_weight": 4.0, "balance": 5.0}
    model = GumbelVAE(3, likelihood="mse", latent_dim=5, **weights)
    model.build((None, *x.shape[1:]))
    outputs = model(x, training=True, everything=True)
    terms = model.loss_terms(x, outputs, training=True)
    expected = {
        "reconstruction": 2.0 * np.mean(reconstruction_log_loss(x, outputs["reconstruction"], "mse")),
        "category": 3.0 * np.mean(categorical_kl(outputs["logits"])),
        "gaussian": 4.0 * np.mean(gaussian_kl(outputs["mean"], outputs["log_variance"])),
        "balance": 5.0 * stats.entropy(np.mean(outputs["assignments"], axis=0), np.full(3, 1 / 3)),
    }
    assert list(terms) == model.loss_names()
    for name, value in expected.items():
        np.testing.assert_allclose(terms[name], value, rtol=1e-5)


def test_noise_in_training_only(fitted, easy_rows, monkeypatch):
    x = easy_rows[0][:10].astype(np.float32)
    first, second = (fitted(x, training=False, everything=True)["reconstruction"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    draws = {"category": fitted.sample_category, "latent": fitted.sample_latent}
    for name, layer in draws.items():  # each of both by itself
        for other in draws.values():
            monkeypatch.setattr(other, "call", type(other).call.__get__(other))
        for other in draws.values():
            if other is not layer:
                quiet = type(other).call.__get__(other)
                monkeypatch.setattr(other, "call", lambda x, training=None, quiet=quiet: quiet(x, training=False))
        first, second = (fitted(x, training=True, everything=True)["reconstruction"] for _ in range(2))
        assert np.abs(first - second).max() > 0, name


@pytest.mark.parametrize("training", [False, True])
def test_assignments_are_without_noise(fitted, easy_rows, training):
    outputs = fitted(easy_rows[0][:10].astype(np.float32), training=training, everything=True)
    np.testing.assert_allclose(outputs["assignments"], tf.nn.softmax(outputs["logits"]), rtol=1e-6)


@pytest.mark.parametrize("hidden_sum", [False, True])
def test_every_weight_gets_a_gradient(easy_rows, hidden_sum):
    x = easy_rows[0][:40].astype(np.float32)
    model = GumbelVAE(3, likelihood="mse", latent_dim=5, hidden_sum=hidden_sum)
    model.build((None, *x.shape[1:]))
    with tf.GradientTape() as tape:
        outputs = model(x, training=True, everything=True)
        loss = tf.add_n(list(model.loss_terms(x, outputs, training=True).values()))
    for variable, gradient in zip(
        model.trainable_variables, tape.gradient(loss, model.trainable_variables), strict=True
    ):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path


def test_the_reconstruction_teaches_category_and_latent(easy_rows):
    x = easy_rows[0][:40].astype(np.float32)
    model = GumbelVAE(3, likelihood="mse", latent_dim=5)
    model.build((None, *x.shape[1:]))
    with tf.GradientTape() as tape:
        outputs = model(x, training=True, everything=True)
        loss = model.reconstruction_term(outputs)
    names = ["mean", "log_variance", "logits"]
    for name, gradient in zip(names, tape.gradient(loss, [outputs[name] for name in names]), strict=True):
        assert gradient is not None, name
        assert np.any(gradient), name


def test_what_category_and_latent_give_to_the_decoder(rng):
    c, z = rng.dirichlet(np.ones(3), size=20).astype(np.float32), rng.normal(size=(20, 5)).astype(np.float32)
    for hidden_sum in (False, True):
        model = GumbelVAE(3, latent_dim=5, feature_dim=7, hidden_sum=hidden_sum)
        model.build((None, 8))
        expected = model.from_category(c) + model.from_latent(z)
        if hidden_sum:
            expected -= tf.reduce_mean(expected, axis=0)
            expected = tf.nn.relu(expected / tf.sqrt(tf.reduce_mean(expected**2, axis=0) + 1e-3))
        found = model._decoder_logits(c, z, training=True)
        np.testing.assert_allclose(found, model.decoder(expected, training=True), rtol=1e-4, atol=1e-4)


def test_views_are_decoded_from_the_category_of_each_other(easy_rows):
    x = easy_rows[0][:20].astype(np.float32)
    shift = tf.keras.layers.Rescaling(1.0, 0.7)
    model = GumbelVAE(3, likelihood="mse", latent_dim=5, augmentation=shift, hidden_sum=False)
    model.build((None, *x.shape[1:]))
    seen = {}

    def sample(logits, training):
        seen["logits"] = logits
        return tf.nn.softmax(5.0 * logits)

    def decoded(category, z, training):
        seen["category"], seen["z"] = category, z
        return model.decoder(model.from_category(category) + model.from_latent(z), training=training)

    model.sample_category, model._decoder_logits = sample, decoded
    model.sample_latent = lambda moments, training: moments[0]
    outputs = model(x, training=True, everything=True)
    own, other = tf.split(tf.nn.softmax(5.0 * seen["logits"]), 2)
    np.testing.assert_allclose(seen["category"], np.concatenate([other, own]), rtol=1e-6)
    assert np.abs(own - other).max() > 1e-3
    np.testing.assert_array_equal(seen["z"], outputs["mean"])
    np.testing.assert_allclose(outputs["rows"], np.concatenate([x, x + 0.7]), rtol=1e-6)
    assert outputs["reconstruction"].shape == outputs["rows"].shape
    np.testing.assert_array_equal(model(x, training=False, everything=True)["rows"], x)  # one view


def test_nothing_random_is_served(fitted, tmp_path):
    fitted.export(tmp_path, verbose=False)
    kinds = exported_operations(tmp_path)
    assert "Softmax" in kinds
    assert not kinds & {"RandomStandardNormal", "StatelessRandomNormalV2", "StatelessRandomUniformV2"}


def test_values_of_images_between_0_and_1(easy_images):
    model = GumbelVAE(3)
    model.build((None, 8))
    drawn = model.decode(tf.eye(3), 100.0 * tf.ones((3, 100)))
    assert float(tf.reduce_min(drawn)) >= 0.0
    assert float(tf.reduce_max(drawn)) <= 1.0
    with pytest.raises(ValueError, match="likelihood"):
        GumbelVAE(3, likelihood="poisson")
    with pytest.raises(ValueError, match="`least_temperature` must be above 0"):
        GumbelVAE(3, least_temperature=0.0)


@pytest.mark.parametrize("method", [GumbelVAE, VaDE])
def test_rows_outside_0_and_1_have_no_cross_entropy(method, easy_images):
    x = easy_images[0][:20]
    with pytest.raises(ValueError, match=r"rows in \[0, 1\].*Received: values from 0 to"):
        method(3).fit(x, epochs=1, verbose=0)


def test_the_balance_trains_the_categories(easy_rows):
    x = easy_rows[0][:12].astype(np.float32)
    model = GumbelVAE(3, likelihood="mse", latent_dim=5, balance=2.0)
    model.build((None, 8))
    with tf.GradientTape() as tape:
        outputs = model(x, training=True, everything=True)
        term = model.loss_terms(x, outputs, training=True)["balance"]
    q = outputs["assignments"].numpy()
    slope = np.log(q.mean(axis=0)) + 1  # of sum_i p_i ln p_i
    expected = 2.0 / len(x) * q * (slope - (q * slope).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(tape.gradient(term, outputs["logits"]), expected, rtol=1e-3, atol=1e-6)


@pytest.mark.data
def test_the_weight_of_the_latent_decides_on_mnist():
    """With w_G = 1 the latent takes all of x and the clusters are lost; with 5 they are found in a few epochs."""
    data = load("mnist")
    rows = np.random.default_rng(0).permutation(70_000)[:20_000]
    found = {}
    for weight, epochs in ((5.0, 5), (1.0, 10)):
        scale = keras.layers.Rescaling(1 / 255)
        model = GumbelVAE(10, gaussian_weight=weight, hidden_sum=False, clipnorm=None, preprocessing=scale)
        model.fit(data.x[rows], data.y[rows], epochs=epochs, batch_size=200, evaluate_every=epochs, verbose=0)
        labels = model.cluster(data.x[rows])
        found[weight] = clustering_accuracy(data.y[rows], labels), len(np.unique(labels))
    assert found[5.0][0] >= 0.4, found
    assert found[5.0][1] == 10
    assert found[1.0][0] < 0.4, found


@pytest.mark.long
@pytest.mark.parametrize("name", ["gumbel_vae", "vade", "gmvae"])
def test_losses_stay_finite(name):
    data = load("digits")
    x, arguments = data.x[:600], {"pretrain_epochs": 20} if name == "vade" else {}
    recipe = dict(METHODS[name].presets["default"].model, augmentation=None, likelihood="cross_entropy", **arguments)
    recipe["reconstruction_weight"] = 1.0
    for seed in range(5):
        model = METHODS[name].model(10, preprocessing=keras.layers.Rescaling(1 / 16), seed=seed, **recipe)
        history = model.fit(x, epochs=20, batch_size=100, evaluate_every=20, verbose=0).history
        assert np.isfinite(history["loss"]).all(), seed
        keras.utils.clear_session()
