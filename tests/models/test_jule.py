import keras
import numpy as np
import pytest

from tests.helpers import assert_every_weight_learns
from tfcluster.models import JULE


def small(**arguments):
    return JULE(3, "cnn_jule", preprocessing=keras.layers.Rescaling(1 / 255), period=2, norm_momentum=0.8, **arguments)


class Clusters(keras.callbacks.Callback):
    """How many clusters there are after each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(int(self.model._labels.max()) + 1)


def test_merges_by_turns_and_ends(easy_images):
    model, clusters = small(merge_share=0.5), Clusters()
    record = model.fit(*easy_images, epochs=50, batch_size=50, verbose=0, callbacks=[clusters]).history
    seen = clusters.seen
    assert len(seen) < 50  # it ended by itself
    assert len(seen) % 2 == 0
    assert seen[-1] == seen[-2] == 3
    for before, after in zip(seen[1::2], seen[3::2], strict=False):
        assert after == max(3, before - -(-before // 2))
    assert record["acc"][-1] == 1.0
    assert record["triplet"][-1] < record["triplet"][0]


@pytest.mark.parametrize("variant", ["rc", "sf"])
def test_clusters_are_the_nearest_means(variant, easy_images):
    model = small(variant=variant)
    model.fit(easy_images[0], epochs=4, batch_size=50, verbose=0)
    x = easy_images[0][:30]
    z = model.embed(x)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1.0, rtol=1e-5)
    nearest = ((z[:, None] - model.clustering.centroids.numpy()) ** 2).sum(2).argmin(1)
    np.testing.assert_array_equal(model.cluster(x), nearest)


def test_a_second_fit_begins_with_the_embeddings(easy_images, monkeypatch):
    model = small()
    model.fit(easy_images[0], epochs=2, batch_size=50, verbose=0)
    monkeypatch.setattr(model, "_rows", lambda: pytest.fail("the graph of the rows is for the beginning"))
    model.fit(easy_images[0], epochs=1, batch_size=50, verbose=0)


def test_every_weight_learns(easy_images):
    targets = np.repeat([0, 1, 2], 4).astype(np.int32)
    assert_every_weight_learns(small(), easy_images[0][:12], targets)


def test_weight_decay_is_that_of_all_kernels():
    model = small(weight_decay=0.1)
    model.build((None, 20, 20, 1))
    kernels = [weight.numpy() for weight in model.trainable_weights if weight.name == "kernel"]
    assert len(kernels) == 3  # two convolutions and the projection
    term = model.loss_terms(None, {}, False)["weight_decay"]
    np.testing.assert_allclose(term, 0.1 * sum((kernel**2).sum() for kernel in kernels) / 2, rtol=1e-5)


def test_fewer_chains_than_clusters(rng):
    x = np.repeat(rng.normal(size=(2, 5)), 20, axis=0) + 0.01 * rng.normal(size=(40, 5))
    model = JULE(8, "mlp", neighbors=5, period=1)
    model.fit(x.astype(np.float32), epochs=1, batch_size=20, verbose=0)
    assert len(np.unique(model.cluster(x.astype(np.float32)))) > 4


def test_refused():
    with pytest.raises(ValueError, match="`variant` must be one of"):
        JULE(3, variant="fast")
    with pytest.raises(ValueError, match="`merge_share` must be above 0"):
        JULE(3, merge_share=1.0)
    with pytest.raises(ValueError, match="`period` must be at least 1"):
        JULE(3, period=0)
