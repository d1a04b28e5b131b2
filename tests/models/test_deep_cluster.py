import keras
import numpy as np
import pytest

from tests.helpers import small_convnet
from tfcluster.metrics import clustering_accuracy
from tfcluster.models import DeepCluster
from tfcluster.training.scalable_kmeans import nearest_centroids, scalable_kmeans
from tfcluster.training.whitening import whitening


def small(**arguments):
    network = small_convnet((20, 20, 2))
    scale = keras.layers.Rescaling(1 / 255)
    return DeepCluster(3, network, n_prototypes=8, components=6, preprocessing=scale, **arguments)


@pytest.fixture(scope="module")
def fitted(easy_images):
    model = small()
    model.record = model.fit(*easy_images, epochs=4, batch_size=50, evaluate_every=1, verbose=0).history
    return model


def test_logs(fitted):
    record = fitted.record
    assert record["used_prototypes"] == [8.0] * 4
    assert 0.3 < record["nmi_previous"][-1] <= 1.0
    assert record["acc"][-1] > 0.9
    assert int(fitted.reassigned) == 5  # before the first epoch and after each


def test_the_clusters_are_those_of_the_features_at_the_end(fitted, easy_images):
    x, y = easy_images
    z = fitted.embed(x)
    labels = fitted.cluster(x)
    means = np.stack([z[labels == j].mean(axis=0) for j in range(3)])
    np.testing.assert_allclose(fitted.clustering.centroids, means, atol=1e-3)
    assert clustering_accuracy(y, labels) == fitted.record["acc"][-1]


def test_embeddings_have_length_1_and_nearest_centroids(fitted, easy_images):
    x = easy_images[0][:20]
    u = fitted.embed(x)
    np.testing.assert_allclose(np.linalg.norm(u, axis=1), 1.0, rtol=1e-5)
    nearest = ((u[:, None] - fitted.clustering.centroids.numpy()) ** 2).sum(2).argmin(1)
    np.testing.assert_array_equal(fitted.cluster(x), nearest)


def test_the_head_and_its_momenta_begin_anew(easy_images):
    model = small(stop_reassign_after=2)
    kernels, momenta = [], []

    class Heads(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            kernels.append(model.head.kernel.numpy())
            slot = model.optimizer.momentums[model.optimizer._get_variable_index(model.head.kernel)]
            momenta.append(float(np.abs(slot).max()))

    model.fit(easy_images[0], epochs=4, batch_size=50, verbose=0, callbacks=[Heads()])
    assert int(model.reassigned) == 3  # at the start, after epochs 1 and 2
    assert [momentum > 0 for momentum in momenta] == [False, False, True, True]
    spread = [kernel.std() for kernel in kernels]
    np.testing.assert_allclose(spread[:1], 0.01, rtol=0.3)  # as it began
    assert np.abs(kernels[0] - kernels[1]).max() > 0.01
    assert np.abs(kernels[3] - kernels[2]).max() > 0


def test_pseudo_labels_last_for_seventy_steps(easy_images):
    model = small(reassign_every=None)
    record = model.fit(easy_images[0], epochs=25, batch_size=50, verbose=0).history  # six steps an epoch
    assert int(model.reassigned) == 3
    assert np.isnan(record["nmi_previous"]).tolist() == [True] * 11 + [False] * 14
    assert len(set(record["nmi_previous"][11:23])) == 1


def test_pseudo_labels_are_the_targets(easy_images):
    model = small(weight_decay=0.0)
    model.build((None, 20, 20, 1))
    x, targets = easy_images[0][:10], np.arange(10) % 8
    outputs = model(x, training=False, everything=True)
    logits = outputs["logits"].numpy().astype(float)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    terms = model.loss_terms(x, outputs, True, targets)
    np.testing.assert_allclose(terms["pseudo_labels"], -log_p[np.arange(10), targets].mean(), rtol=1e-5)
    assert model.loss_terms(x, outputs, False) == {}
    hidden = np.maximum(outputs["features"].numpy(), 0.0)
    np.testing.assert_allclose(logits, hidden @ model.head.kernel.numpy(), rtol=1e-4, atol=1e-6)


def test_weight_decay_is_that_of_the_backbone(easy_images):
    model = small(weight_decay=0.1)
    model.build((None, 20, 20, 1))
    kernels = [weight.numpy() for weight in model.encoder.weights if weight.name == "kernel"]
    term = model.loss_terms(None, {}, False)["weight_decay"]
    np.testing.assert_allclose(term, 0.1 * sum((kernel**2).sum() for kernel in kernels) / 2, rtol=1e-5)


def test_pseudo_labels_are_clusters_of_whitened_features_of_length_1(easy_images):
    model, seen = small(learning_rate=0.0), {}

    class Targets(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            seen["labels"], seen["rows"] = model.targets.numpy(), model.chosen.numpy()

    model.fit(easy_images[0], epochs=1, batch_size=50, verbose=0, callbacks=[Targets()])
    features = model.map_rows(easy_images[0], "features")
    u = whitening(features, 6)(features, normalize=True)
    options = {"max_iterations": 20, "init": "random", "seed": model._seeds(0)[1]}
    expected = nearest_centroids(u, scalable_kmeans(u, 8, **options).centroids)
    np.testing.assert_array_equal(seen["labels"], expected)
    counts = np.bincount(seen["labels"][seen["rows"]], minlength=8)
    assert counts.sum() == 300
    assert counts.max() == 300 // 8 + 1
    assert counts.min() > 20  # every cluster as often, but for what is cut off at the end
    assert np.bincount(expected).max() > 300 // 8 + 1


def test_refused(easy_images):
    with pytest.raises(ValueError, match="at least n_clusters=3"):
        DeepCluster(3, n_prototypes=2)
    with pytest.raises(ValueError, match="at most the 5 rows"):
        small().fit(easy_images[0][:5], epochs=1, batch_size=5, verbose=0)
    with pytest.raises(ValueError, match="`reassign_every` must be at least 1"):
        small(reassign_every=0)
