import json
import math
import re

import pytest

from tfcluster.data import load
from tfcluster.experiments.hyperparameters import hyperparameters
from tfcluster.experiments.presets import METHODS
from tfcluster.experiments.settings import resolve

WRONG = [
    ("ddc", "digits", "image_side=0", "`image_side` must be an integer of at least 1, or None. Received: 0"),
    ("ddc", "digits", "image_side=wide", "`image_side` must be an integer"),
    ("kmeans", "blobs", "image_side=32", "`image_side` is for images. Received: blobs, rows of shape ("),
    ("ddc", "blobs", "augmentation=affine", "`augmentation` is for images. Received: blobs"),
    ("ddc", "blobs", "augmentation=nonsense", "`augmentation` must be one of affine"),
    ("kmeans", "digits", "augmentation=affine", "unknown hyper-parameter 'augmentation'"),
    ("m1", "digits", "labelled_per_batch=10", "unknown hyper-parameter 'labelled_per_batch'"),
    ("dec_da", "blobs", "alpha=2", "dec_da takes images. Received: blobs, rows of shape ("),
    ("ddc", "digits", "evaluate_every=None", "expected int such as 4. Received: 'None'"),
    *[(method, "digits", "ofm=simple", f"{method} has none") for method in ("kmeans", "gmm", "ae_kmeans", "m1")],
]


@pytest.mark.parametrize(("method", "dataset", "text", "message"), WRONG)
def test_what_cannot_be_had_is_refused(method, dataset, text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        resolve(method, load(dataset), overrides=[text])


@pytest.mark.parametrize(
    ("method", "steps"), [("auxiliary_task_vae", 1797 // 100), ("ddc", 1797 // 200), ("dec", 1797 // 200 + 1)]
)
def test_epochs_are_counted_in_the_steps_that_they_have(method, steps):
    data, recipe = load("digits"), METHODS[method].presets["default"]
    found = resolve(method, data, batch_size=200, labels=None if method != "auxiliary_task_vae" else 100)
    least, most = recipe.steps
    assert found.epochs == max(1, int(min(max(recipe.epochs, math.ceil(least / steps)), most / steps)))


def test_settings_and_defaults_are_all_arguments():
    for method, entry in METHODS.items():
        settings = resolve(method, load("digits"), n_clusters=10)
        json.dumps(settings.defaults())  # numbers, texts and the like, whose text is the same in another process
        arguments = hyperparameters(entry.model)
        assert {*settings.defaults(), *settings.model} >= set(arguments)
        assert not {*settings.defaults()} & {*settings.model}


def test_none_where_it_says_something():
    overrides = ["ofm_batches=None", "image_side=None", "augmentation=None"]
    found = resolve("ddc_uco", load("digits"), overrides=overrides)
    assert found.extra["ofm_batches"] is found.extra["image_side"] is found.model["augmentation"] is None


def test_epochs_without_effect_are_warned_of(caplog):
    resolve("kmeans", load("digits"), epochs=3, batch_size=7)
    assert caplog.messages == ["kmeans is not refined in epochs: epochs and batch_size without effect"]
    resolve("kmeans", load("digits"))
    resolve("ddc", load("digits"), epochs=3)
    assert len(caplog.messages) == 1
