import math

import numpy as np
import tensorflow as tf

from tests.helpers import assert_draws_in_training_only, assert_every_weight_learns, outputs_of
from tfcluster.models import M2
from tfcluster.ops.variational import gaussian_kl, reconstruction_log_loss

SMALL = {"likelihood": "mse", "units": 12, "latent_dim": 4}


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


def test_every_weight_learns(easy_rows):
    assert_every_weight_learns(M2(3, **SMALL), easy_rows[0][:6], tf.constant([0, 1, 2, -1, -1, -1]))


def test_two_replicas_with_whole_batches_equal_one_device(easy_rows):
    x, labels = easy_rows
    y = np.where(np.arange(len(x)) % 7 == 0, labels, -1)  # labelled rows are unequally shared
    options = {"likelihood": "mse", "units": 12, "latent_dim": 4, "whole_batch": True, "learning_rate": 1e-9}
    fit = {"epochs": 2, "batch_size": 41, "verbose": 0}
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    expected = M2(3, labelled_per_batch=7, **options).fit(x, y, **fit).history["classification"]
    with strategy.scope():
        together = M2(3, labelled_per_batch=7, **options)
    np.testing.assert_allclose(together.fit(x, y, **fit).history["classification"], expected, rtol=1e-5)


def test_draws_in_training_only(easy_rows):
    assert_draws_in_training_only(M2(3, **SMALL), easy_rows[0][:5], "latents")


def test_the_share_of_the_labelled_rows_weighs_the_bounds(easy_rows):
    x, y = easy_rows
    model = M2(3, **SMALL)
    model.fit(x, np.where(np.arange(300) < 30, y, -1), epochs=1, batch_size=60, verbose=0)
    assert model._share == 0.1


def test_rows_are_given_back_in_their_likeliest_class(easy_rows):
    x = easy_rows[0][:5]
    model = M2(3, **SMALL)
    outputs = outputs_of(model, x)
    assert outputs["assignments"].numpy().max(axis=1).min() < 0.9  # not all are certain
    own = np.eye(3, dtype=np.float32)[outputs["assignments"].numpy().argmax(axis=1)]
    z = (own[:, :, None] * outputs["latent_means"].numpy()).sum(axis=1)
    np.testing.assert_allclose(model.reconstruct(x), model.decode(own, z), rtol=1e-5, atol=1e-6)
