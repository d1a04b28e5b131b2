import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from tests.helpers import assert_draws_in_training_only, assert_every_weight_learns, outputs_of
from tfcluster.models import ADGM, M2, SDGM
from tfcluster.ops.variational import gaussian_log_loss

SMALL = {"likelihood": "mse", "units": 12, "latent_dim": 4}


@pytest.mark.parametrize("method", [ADGM, SDGM])
def test_auxiliary_variable_adds_its_log_ratio(method, easy_rows):
    x = easy_rows[0][:5]
    model = method(3, auxiliary_dim=2, **SMALL)
    outputs = {name: np.asarray(value) for name, value in outputs_of(model, x).items()}
    added = model.bounds(outputs) - M2.bounds(model, outputs)
    own = norm(outputs["auxiliary_mean"], np.exp(0.5 * outputs["auxiliary_log_variance"]))
    for c in range(3):
        prior = norm(outputs["prior_mean"][:, c], np.exp(0.5 * outputs["prior_log_variance"][:, c]))
        expected = (own.logpdf(outputs["auxiliary"]) - prior.logpdf(outputs["auxiliary"])).sum(axis=1)
        np.testing.assert_allclose(added[:, c], expected, rtol=1e-4, atol=1e-4)


def test_gradients_of_the_log_ratio_are_those_of_the_whole_expression(easy_rows):
    model = ADGM(3, auxiliary_dim=2, **SMALL)
    outputs = outputs_of(model, easy_rows[0][:5])
    noise = tf.constant([[0.5, -1.0]])
    found = []
    for plain in (False, True):
        mean, log_variance = (tf.Variable(outputs[f"auxiliary_{name}"]) for name in ("mean", "log_variance"))
        with tf.GradientTape() as tape:
            a = mean + tf.exp(0.5 * log_variance) * noise
            own = {"auxiliary": a, "auxiliary_mean": mean, "auxiliary_log_variance": log_variance}
            value = model.bounds({**outputs, **own})
            if plain:
                prior = gaussian_log_loss(a[:, None], outputs["prior_mean"], outputs["prior_log_variance"])
                value = prior - gaussian_log_loss(a, mean, log_variance)[:, None]
        found.append(tape.gradient(value, [mean, log_variance]))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_the_bound_is_tight_where_inference_is_exact(rng):
    """a ~ N(0, 1), z | a ~ N(0.9 a, 0.19), hence z ~ N(0, 1) and a | z ~ N(0.9 z, 0.19): nothing is left but ln k."""
    n, rho = 20_000, 0.9
    a, noise = rng.normal(size=(2, n, 1)).astype(np.float32)
    z = rho * a + (1 - rho**2) ** 0.5 * noise
    narrow = np.full((n, 1, 1), np.log(1 - rho**2), np.float32)
    model = ADGM(2, auxiliary_dim=1, **SMALL | {"latent_dim": 1})
    model.build((None, 8))
    both = {
        "latent_means": rho * a[:, None],
        "latent_log_variances": narrow,
        "prior_mean": rho * z[:, None],
        "prior_log_variance": narrow,
        "reconstructions": np.zeros((n, 1, 8), np.float32),
    }
    outputs = {name: np.repeat(value, 2, axis=1) for name, value in both.items()}
    own = {"auxiliary": a, "auxiliary_mean": np.zeros_like(a), "auxiliary_log_variance": np.zeros_like(a)}
    bounds = model.bounds({**outputs, **own, "rows": np.zeros((n, 8), np.float32)})
    assert abs(float(np.mean(bounds)) - np.log(2)) < 0.05


def test_the_prior_depends_on_the_row_and_the_decoder_not_on_the_auxiliary_variable(easy_rows):
    x = easy_rows[0][:1]
    model = ADGM(3, auxiliary_dim=2, **SMALL)
    model.build((None, 8))
    z, category, a = tf.zeros((1, 4)), tf.eye(3)[:1], tf.ones((1, 2))
    np.testing.assert_array_equal(model.decoded(z, category, a), model.decoded(z, category, 5.0 * a))
    assert np.abs(model.prior(z, category, x)[0] - model.prior(z, category, 2.0 * x)[0]).max() > 0


@pytest.mark.parametrize("method", [ADGM, SDGM])
def test_the_fewer_the_labels_the_more_each_counts(method, easy_rows):
    x, targets = easy_rows[0][:5], tf.constant([2, -1, 0, -1, -1])
    model = method(3, auxiliary_dim=2, classification_weight=0.2, **SMALL)
    outputs = outputs_of(model, x)
    bounds, q = model.bounds(outputs).numpy(), outputs["assignments"].numpy()
    free = (q * (bounds + np.log(q))).sum(1)
    for share in (0.25, 0.01):
        model._share = share
        terms = model.loss_terms(x, outputs, True, targets)
        expected = {
            "labelled": (bounds[0, 2] + bounds[2, 0]) / 2,
            "unlabelled": (free[1] + free[3] + free[4]) / 3,
            "classification": 0.2 / share * -(np.log(q[0, 2]) + np.log(q[2, 0])) / 2,
        }
        np.testing.assert_allclose([terms[name] for name in expected], list(expected.values()), rtol=1e-5)


def test_every_weight_learns(easy_rows):
    assert_every_weight_learns(ADGM(3, **SMALL), easy_rows[0][:6], tf.constant([0, 1, 2, -1, -1, -1]))


@pytest.mark.parametrize("method", [ADGM, SDGM])
def test_draws_in_training_only(method, easy_rows):
    model = method(3, auxiliary_dim=2, **SMALL | {"norm_momentum": None})
    assert_draws_in_training_only(model, easy_rows[0][:5], "auxiliary", "latents")
