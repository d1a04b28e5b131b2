import re

import pytest

from tfcluster.data import load
from tfcluster.experiments.settings import resolve

WRONG = [
    ("ddc", "digits", "image_side=0", "`image_side` must be an integer of at least 1, or None. Received: 0"),
    ("ddc", "digits", "image_side=wide", "`image_side` must be an integer"),
    ("kmeans", "blobs", "image_side=32", "`image_side` is for images. Received: blobs, rows of shape ("),
    ("ddc", "blobs", "augmentation=affine", "`augmentation` is for images. Received: blobs"),
    ("ddc", "blobs", "augmentation=nonsense", "`augmentation` must be one of affine"),
    ("kmeans", "digits", "augmentation=affine", "kmeans trains no network"),
    ("ddc", "digits", "evaluate_every=None", "expected int such as 4. Received: 'None'"),
    *[(method, "digits", "ofm=simple", f"{method} has none") for method in ("kmeans", "gmm", "ae_kmeans", "m1")],
]


@pytest.mark.parametrize(("method", "dataset", "text", "message"), WRONG)
def test_what_cannot_be_had_is_refused(method, dataset, text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        resolve(method, load(dataset), overrides=[text])


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
