import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from tests.helpers import assert_draws_in_training_only, assert_every_weight_learns
from tfcluster.models import GMVAE
from tfcluster.ops.variational import reconstruction_log_loss

SMALL = {"likelihood": "mse", "embedding_dim": 4, "style_dim": 2, "units": 10}


def build(**arguments):
    model = GMVAE(3, **{**SMALL, **arguments})
    model.build((None, 8))
    return model


def test_categories_by_hand(rng):
    model = build()
    z, w = (rng.normal(size=shape).astype("float32") for shape in ((5, 4), (5, 2)))
    means, log_variances = (part.numpy().astype(float) for part in model.components(w))
    assert means.shape == (5, 3, 4)
    density = np.exp(-0.5 * (z[:, None] - means) ** 2 / np.exp(log_variances)) / np.exp(0.5 * log_variances)
    expected = density.prod(axis=2)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(model.log_categories(z, *model.components(w))), expected, rtol=1e-4)


def test_conditional_term_by_hand(easy_rows):
    x = easy_rows[0][:5]
    model = build()
    outputs = model(x, training=False, everything=True)
    term = model.loss_terms(x, outputs, training=False)["conditional"]
    means, log_variances = (part.numpy() for part in model.components(outputs["mean"]))
    m, v = outputs["embedding"].numpy()[:, None], np.exp(outputs["log_variance"].numpy())[:, None]
    t = np.exp(log_variances)
    kl = 0.5 * (np.log(t / v) + (v + (m - means) ** 2) / t - 1).sum(axis=2)
    np.testing.assert_allclose(term, (outputs["assignments"].numpy() * kl).sum(axis=1).mean(), rtol=1e-4)


def test_category_terms():
    log_p = tf.math.log([[0.5, 0.25, 0.25], [1 / 3, 1 / 3, 1 / 3]])
    entropy = (1.5 * math.log(2) + math.log(3)) / 2
    found = {
        name: float(build(category_term=name, free_bits=0.02, consistency_weight=2.0)._category_term(log_p))
        for name in ("kl", "free_bits", "consistency")
    }
    kl = math.log(3) - entropy
    assert kl > 0.02
    np.testing.assert_allclose([found["kl"], found["free_bits"]], kl, rtol=1e-5)
    np.testing.assert_allclose(found["consistency"], 2 * entropy, rtol=1e-5)
    assert float(build(free_bits=0.5)._category_term(log_p)) == 0.5  # a constant: no gradient


def test_several_draws_are_averaged(easy_rows):
    x = easy_rows[0][:5]
    one, many = (build(n_samples=count) for count in (1, 3))
    many.set_weights(one.get_weights())
    terms = [model.loss_terms(x, model(x, training=False, everything=True), False) for model in (one, many)]
    for name in one.loss_names():
        np.testing.assert_allclose(terms[1][name], terms[0][name], rtol=1e-5)
    with pytest.raises(ValueError, match="`n_samples` must be an integer of at least 1"):
        GMVAE(3, n_samples=0).build((None, 5))


def test_style_and_category_give_the_row_back(easy_rows):
    x = easy_rows[0][:5]
    model = build()
    drawn = model.decoder(model.embed(x), training=False)
    np.testing.assert_allclose(model.reconstruct(x), drawn, rtol=1e-3, atol=1e-4)
    assert model.latent_dim == 6
    assert model.generate(4, category=2).shape == (4, 8)
    assert model.style(x).shape == (5, 3, 8)


def test_terms_are_those_of_the_bound(easy_rows):
    x = easy_rows[0][:6]
    model = build(n_samples=2, category_term="kl", reconstruction_weight=3.0)
    outputs = model(x, training=True, everything=True)
    terms = model.loss_terms(x, outputs, training=True)
    assert list(terms) == model.loss_names()
    conditional, category = [], []
    m, log_v = (outputs[name].numpy().astype(float)[:, None] for name in ("embedding", "log_variance"))
    for w in outputs["draws"]:
        means, log_variances = (part.numpy().astype(float) for part in model.components(w))
        z = outputs["z"].numpy()[:, None]
        p = special.softmax(stats.norm.logpdf(z, means, np.exp(0.5 * log_variances)).sum(axis=2), axis=1)
        kl = 0.5 * (log_variances - log_v + (np.exp(log_v) + (m - means) ** 2) / np.exp(log_variances) - 1).sum(axis=2)
        conditional.append((p * kl).sum(axis=1).mean())
        category.append(math.log(3) - stats.entropy(p, axis=1).mean())
    style, log_s = outputs["mean"].numpy(), outputs["style_log_variance"].numpy()
    expected = {
        "reconstruction": 3.0 * np.mean(reconstruction_log_loss(x, outputs["reconstruction"], "mse")),
        "conditional": np.mean(conditional),
        "prior": 0.5 * (np.exp(log_s) + style**2 - 1 - log_s).sum(axis=1).mean(),
        "category": np.mean(category),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(terms[name], value, rtol=1e-4, atol=1e-5)
    assert np.abs(outputs["draws"][0] - outputs["draws"][1]).max() > 0.1  # each a draw of its own


def test_draws_in_training_only(easy_rows):
    assert_draws_in_training_only(build(), easy_rows[0][:5], "z", "draws")


def test_every_weight_learns(easy_rows):
    assert_every_weight_learns(build(), easy_rows[0][:6])


def test_a_style_that_carries_nothing_is_noticed(easy_rows, caplog):
    model = build(reconstruction_weight=0.0, learning_rate=1e-2)
    with caplog.at_level("WARNING", "tfcluster"):
        model.fit(easy_rows[0], epochs=40, batch_size=50, verbose=0, evaluate_every=99)
    assert "w carries nothing" in caplog.text


@pytest.mark.parametrize("term", ["kl", "consistency"])
def test_categories_that_say_nothing_are_noticed(term, easy_rows, caplog):
    model = build(category_term=term, consistency_weight=2.0)
    model.build((None, 8))
    for layer in (model.component_means, model.component_log_variances):  # all components are one
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
        layer.trainable = False
    with caplog.at_level("WARNING", "tfcluster"):
        model.fit(easy_rows[0], epochs=1, batch_size=50, verbose=0, evaluate_every=99)
    nats = 0.0 if term == "kl" else np.log(3)
    assert f"`category` ended at {nats:.3g} nats: the categories are hardly used" in caplog.text
