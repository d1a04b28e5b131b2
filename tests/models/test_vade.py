import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from tests.helpers import assert_every_weight_learns
from tfcluster.models import IDEC, VaDE
from tfcluster.ops.variational import reconstruction_log_loss
from tfcluster.training.scalable_kmeans import nearest_centroids


@pytest.fixture(scope="module")
def model(easy_rows):
    made = VaDE(3, likelihood="mse", embedding_dim=4, pretrain_epochs=2)
    made.pretrain(easy_rows[0])
    made.initialize(easy_rows[0])
    return made


def test_terms_are_those_of_the_bound(model, easy_rows):
    x = easy_rows[0][:30].astype(np.float32)
    outputs = model(x, training=True, everything=True)
    terms = {name: float(value) for name, value in model.loss_terms(x, outputs, training=True).items()}
    assert list(terms) == model.loss_names()
    gamma = np.exp(model.mixture.log_responsibilities(outputs["z"]).numpy().astype(np.float64))
    np.testing.assert_allclose(outputs["assignments"], gamma, atol=1e-6)
    mean, variance = outputs["mean"].numpy(), np.exp(outputs["log_variance"].numpy())
    np.testing.assert_allclose(
        terms["reconstruction"], np.mean(reconstruction_log_loss(x, outputs["reconstruction"], "mse")), rtol=1e-5
    )
    weights = special.softmax(model.mixture.weight_logits.numpy())
    np.testing.assert_allclose(
        terms["category"], special.rel_entr(gamma, weights[None]).sum(axis=1).mean(), rtol=1e-4, atol=1e-5
    )
    # -E ln p(z | c) + E ln q(z | x), where the constants d/2 ln 2 pi cancel
    means, spread = model.mixture.means.numpy(), np.exp(model.mixture.log_variances.numpy())
    log_densities = stats.norm.logpdf(mean[:, None], means[None], np.sqrt(spread)[None]).sum(axis=2)
    expected = -log_densities + 0.5 * (variance[:, None] / spread[None]).sum(axis=2)
    entropy = stats.norm.entropy(scale=np.sqrt(variance)).sum(axis=1)
    np.testing.assert_allclose(
        terms["gaussian"], np.mean((gamma * expected).sum(axis=1) - entropy), rtol=1e-4, atol=1e-3
    )


def test_views_have_the_responsibilities_of_each_other(easy_rows):
    x = easy_rows[0][:30].astype(np.float32)
    shift = keras.layers.Rescaling(1.0, 0.7)
    model = VaDE(3, likelihood="mse", embedding_dim=4, pretrain_epochs=2, augmentation=shift)
    model.pretrain(x)
    model.initialize(x)
    outputs = model(x, training=True, everything=True)
    np.testing.assert_allclose(outputs["rows"], np.concatenate([x, x + 0.7]), rtol=1e-6)
    terms = model.loss_terms(x, outputs, training=True)
    own, other = np.split(np.exp(model.mixture.log_responsibilities(outputs["z"])), 2)
    assert np.abs(own - other).max() > 1e-3
    gamma = np.concatenate([other, own])
    squares = model.mixture.expected_squares(outputs["mean"], tf.exp(outputs["log_variance"])).numpy()
    gaussian = 0.5 * (gamma * squares).sum(axis=1) - 0.5 * np.sum(1.0 + outputs["log_variance"], axis=1)
    np.testing.assert_allclose(terms["gaussian"], gaussian.mean(), rtol=1e-4)
    np.testing.assert_allclose(terms["category"], special.rel_entr(gamma, 1 / 3).sum(axis=1).mean(), rtol=1e-4)
    np.testing.assert_array_equal(model(x, training=False, everything=True)["rows"], x)  # one view


def test_starts_from_the_mixture_of_the_embeddings(model, easy_rows):
    embeddings = model.embed(easy_rows[0])
    labels = model.cluster(easy_rows[0])
    for j in range(3):
        np.testing.assert_allclose(model.mixture.means.numpy()[j], embeddings[labels == j].mean(axis=0), atol=0.05)
    np.testing.assert_allclose(special.softmax(model.mixture.weight_logits.numpy()), 1 / 3, atol=1e-6)


def test_starts_from_k_means(easy_rows):
    x = easy_rows[0]
    model = VaDE(3, first_mixture="kmeans", likelihood="mse", pretrain_epochs=20)
    model.pretrain(x)
    model.initialize(x)
    z = model.embed(x)
    means, variances = model.mixture.means.numpy(), np.exp(model.mixture.log_variances.numpy())
    labels = np.square(z[:, None] - means).sum(axis=2).argmin(axis=1)
    for j in range(3):
        np.testing.assert_allclose(means[j], z[labels == j].mean(axis=0), rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(variances[j], np.square(z - means[labels]).mean(axis=0) + 1e-4, rtol=2e-3)
    np.testing.assert_allclose(np.exp(model.mixture.log_weights()), 1 / 3, rtol=1e-6)
    with pytest.raises(ValueError, match="`first_mixture` must be one of"):
        VaDE(3, first_mixture="means")


def test_draws_from_the_components(model, easy_rows):
    x = easy_rows[0][:20]
    expected = model.decoder(model.embed(x)).numpy()
    np.testing.assert_allclose(model.reconstruct(x), expected, rtol=1e-3, atol=1e-3)
    at_the_mean = model.decode(tf.eye(3), tf.zeros((3, 4)))
    np.testing.assert_allclose(at_the_mean, model.decoder(model.mixture.means), rtol=1e-5)
    styles = model.style(x)
    assert styles.shape == (20, 3, *x.shape[1:])
    np.testing.assert_allclose(styles[np.arange(20), model.cluster(x)], expected, rtol=1e-3, atol=1e-3)


def test_samples_in_training_only(model, easy_rows):
    x = easy_rows[0][:10].astype(np.float32)
    outputs = model(x, training=False, everything=True)
    np.testing.assert_array_equal(outputs["z"], outputs["mean"])
    assert np.abs(model(x, training=True, everything=True)["z"] - outputs["mean"]).max() > 0


def test_a_model_that_was_not_built_draws_nothing():
    with pytest.raises(ValueError, match="VaDE has not been trained"):
        VaDE(3).generate(2)


def test_greedy_pretraining_has_no_logits():
    with pytest.raises(ValueError, match="trains a decoder for the squared error"):
        VaDE(3, pretraining="greedy")
    assert VaDE(3, pretraining="greedy", likelihood="mse").likelihood == "mse"


def test_pretraining_is_shared_with_other_methods_for_the_squared_error():
    models = [VaDE(3, likelihood="mse"), VaDE(3), IDEC(3)]
    for model in models:
        model.build((None, 8))
    squared, entropy, idec = (model.pretraining_facts() for model in models)
    assert squared == idec
    assert entropy != idec


def test_pretraining_ends_in_a_sigmoid_for_the_cross_entropy(easy_images):
    model = VaDE(3, preprocessing=keras.layers.Rescaling(1 / 255), pretrain_epochs=1)
    model.build((None, 20, 20, 1))
    autoencoder, _ = model.make_autoencoder()
    x = easy_images[0][:5]
    expected = tf.sigmoid(model.decoder(model.embed(x)))
    np.testing.assert_allclose(autoencoder(x.astype(np.float32)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("first", ["gmm", "kmeans"])
def test_the_first_variances_are_a_tenth_of_those_within_the_clusters(first, easy_rows):
    x = easy_rows[0]
    model = VaDE(3, first_mixture=first, likelihood="mse", embedding_dim=4, pretrain_epochs=2)
    model.pretrain(x)
    model.initialize(x)
    z = model.embed(x)
    labels = nearest_centroids(z, model.mixture.means.numpy()) if first == "kmeans" else model.cluster(x)
    within = np.square(z - np.array([z[labels == j].mean(axis=0) for j in range(3)])[labels]).mean(axis=0)
    np.testing.assert_allclose(np.exp(model.log_variance.get_weights()[1]), 0.1 * within, rtol=0.05)


def test_categories_are_drawn_from_the_mixture(easy_rows):
    model = VaDE(2, likelihood="mse", embedding_dim=4, pretrain_epochs=0)
    model.build((None, 8))
    model.mixture.set_mixture(np.array([0.25, 0.75]), np.array([[-99.0] * 4, [99.0] * 4]), np.ones((2, 4)))
    np.testing.assert_allclose(model.category_probabilities(), [0.25, 0.75], rtol=1e-5)
    means = [model.decode(tf.eye(2)[j : j + 1], tf.zeros((1, 4))).numpy() for j in range(2)]
    drawn = model.generate(400)
    of_second = np.abs(drawn - means[1]).sum(axis=1) < np.abs(drawn - means[0]).sum(axis=1)
    assert 0.68 < of_second.mean() < 0.82


def test_every_weight_learns(easy_rows):
    model = VaDE(3, likelihood="mse", embedding_dim=4)
    model.build((None, 8))
    rng = np.random.default_rng(0)  # clusters near to each other: gamma is not one-hot
    model.mixture.set_mixture([0.5, 0.3, 0.2], rng.normal(size=(3, 4)), rng.uniform(1.0, 2.0, size=(3, 4)))
    assert_every_weight_learns(model, easy_rows[0][:6])


def test_gradient_of_the_responsibilities_is_that_of_the_bound(model, rng):
    z = tf.constant(rng.normal(size=(5, 4)), tf.float32)
    moments = {"mean": tf.constant(rng.normal(size=(5, 4)), tf.float32), "log_variance": tf.zeros((5, 4))}

    def category_and_gaussian(z):
        terms = model.loss_terms(None, {**moments, "z": z, "rows": z, "reconstruction": z}, False)
        return terms["category"] + terms["gaussian"]

    with tf.GradientTape() as tape:
        tape.watch(z)
        value = category_and_gaussian(z)
    found = tape.gradient(value, z).numpy()
    for index in ((0, 0), (2, 3), (4, 1)):
        shift = np.zeros((5, 4), np.float32)
        shift[index] = 3e-2
        expected = (category_and_gaussian(z + shift) - category_and_gaussian(z - shift)) / 6e-2
        np.testing.assert_allclose(found[index], expected, rtol=0.05, atol=2e-3)


def test_clusters_that_say_nothing_are_noticed(easy_rows, caplog):
    model = VaDE(3, likelihood="mse", embedding_dim=4, pretrain_epochs=0)
    model.build((None, 8))
    model.mixture.set_mixture(np.full(3, 1 / 3), np.zeros((3, 4)), np.ones((3, 4)))
    model.initialized.assign(1)
    with caplog.at_level("WARNING", "tfcluster"):
        model.fit(easy_rows[0], epochs=1, batch_size=50, verbose=0, evaluate_every=99)
    assert "the clusters lie on each other and say nothing of a row" in caplog.text
