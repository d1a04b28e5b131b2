import math

import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import exported_operations
from tfcluster.models import ADGM, M1M2, M2, SDGM
from tfcluster.ops.variational import gaussian_divergence, gaussian_kl, reconstruction_log_loss

SMALL = {"likelihood": "mse", "units": 12, "latent_dim": 4}


def outputs_of(model, x):
    model.build((None, *x.shape[1:]))
    return model(x, training=False, everything=True)


def test_bound_of_every_class_by_hand(easy_rows):
    x = easy_rows[0][:5]
    model = M2(3, **SMALL)
    outputs = outputs_of(model, x)
    found = model.bounds(outputs).numpy()
    assert found.shape == (5, 3)
    for c in range(3):
        mean = outputs["latent_means"][:, c]
        drawn = model.decode(tf.eye(3)[c][None], mean)  # z is its mean at inference
        expected = reconstruction_log_loss(x, drawn, "mse") + gaussian_kl(mean, outputs["latent_log_variances"][:, c])
        np.testing.assert_allclose(found[:, c], expected + math.log(3), rtol=1e-5)


def test_terms_by_hand(easy_rows):
    x, targets = easy_rows[0][:5], tf.constant([2, -1, 0, -1, -1])
    model = M2(3, classification_weight=0.5, **SMALL)
    outputs = outputs_of(model, x)
    model._share = 0.25
    terms = {name: float(value) for name, value in model.loss_terms(x, outputs, True, targets).items()}
    bounds, q = model.bounds(outputs).numpy(), outputs["assignments"].numpy()
    free = (q * (bounds + np.log(q))).sum(1)
    expected = {
        "labelled": 0.25 * (bounds[0, 2] + bounds[2, 0]) / 2,
        "unlabelled": 0.75 * (free[1] + free[3] + free[4]) / 3,
        "classification": 0.5 * -(np.log(q[0, 2]) + np.log(q[2, 0])) / 2,
    }
    assert list(terms) == model.loss_names()
    np.testing.assert_allclose([terms[name] for name in expected], list(expected.values()), rtol=1e-5)
    np.testing.assert_allclose(model.loss_terms(x, outputs, False)["unlabelled"], free.mean(), rtol=1e-5)


def test_no_label_in_the_batch(easy_rows):
    x = easy_rows[0][:5]
    model = M2(3, **SMALL)
    terms = model.loss_terms(x, outputs_of(model, x), True, tf.fill([5], -1))
    assert float(terms["labelled"]) == 0.0
    assert float(terms["classification"]) == 0.0


@pytest.mark.parametrize("method", [ADGM, SDGM])
def test_auxiliary_variable_adds_its_divergence(method, easy_rows):
    x = easy_rows[0][:5]
    model = method(3, auxiliary_dim=2, **SMALL)
    outputs = outputs_of(model, x)
    plain = super(ADGM, model).bounds(outputs)
    own = (outputs["auxiliary_mean"], outputs["auxiliary_log_variance"])
    for c in range(3):
        prior = (outputs["prior_mean"][:, c], outputs["prior_log_variance"][:, c])
        divergence = (model.bounds(outputs) - plain)[:, c]
        np.testing.assert_allclose(divergence, gaussian_divergence(*own, *prior), rtol=1e-4, atol=1e-4)


def test_what_depends_on_the_auxiliary_variable(easy_rows):
    x = easy_rows[0][:4]
    models = [method(3, auxiliary_dim=2, **SMALL) for method in (ADGM, SDGM)]
    for model, depends in zip(models, (False, True), strict=True):
        model.build((None, 8))
        z, a = tf.zeros((1, 4)), tf.ones((1, 2))
        rows = [model.decoded(z, tf.eye(3)[:1], value) for value in (a, 5.0 * a)]
        assert bool(np.abs(rows[0] - rows[1]).max() > 0) is depends
        priors = [model.prior(z, tf.eye(3)[:1], value)[0] for value in (x[:1], 2.0 * x[:1])]
        assert bool(np.abs(priors[0] - priors[1]).max() > 0) is not depends


def test_every_weight_gets_a_gradient(easy_rows):
    x = easy_rows[0][:6]
    for method in (M2, ADGM, SDGM, M1M2):
        model = method(3, **SMALL)
        model.build((None, 8))
        with tf.GradientTape() as tape:
            outputs = model(x, training=True, everything=True)
            loss = tf.add_n(list(model.loss_terms(x, outputs, True, tf.constant([0, 1, 2, -1, -1, -1])).values()))
        weights = model.trainable_variables
        for variable, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
            assert gradient is not None, (method, variable.path)


def test_m1_m2_freezes_its_autoencoder(easy_rows):
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


def test_nothing_random_is_served(easy_rows, tmp_path):
    model = SDGM(3, auxiliary_dim=2, **SMALL)
    model.predict(np.zeros((2, 8), np.float32), verbose=0)
    model.export(tmp_path, verbose=False)
    assert not exported_operations(tmp_path) & {"StatelessRandomNormalV2", "RandomStandardNormal"}
