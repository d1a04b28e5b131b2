import numpy as np
import pytest
import tensorflow as tf
from sklearn.cluster import KMeans

from tfcluster.models import DCN


def test_centroids_are_running_means(easy_rows):
    x = easy_rows[0][:40]
    model = DCN(3, pretrain_epochs=0, initial_count=10, clustering_weight=0.0, reconstruction_weight=0.0)
    model.build((None, 8))
    model.initialize(x)
    centroids, counts = model.clustering.centroids.numpy().astype(np.float64), model.counts.numpy().astype(np.float64)
    z = model.embed(x).astype(np.float64)
    labels = ((z[:, None] - centroids[None]) ** 2).sum(-1).argmin(1)
    for row, label in zip(z, labels, strict=True):  # the paper's update, row by row
        counts[label] += 1
        centroids[label] -= (centroids[label] - row) / counts[label]
    model.fit(x, epochs=1, batch_size=40, verbose=0)  # weights of 0: the network stays as it is
    np.testing.assert_allclose(model.counts, counts)
    np.testing.assert_allclose(model.clustering.centroids, centroids, rtol=1e-4, atol=1e-5)


def test_terms_by_hand(easy_rows):
    x = easy_rows[0][:10]
    model = DCN(3, clustering_weight=0.5, reconstruction_weight=2.0)
    model.build((None, 8))
    model.initialize(x)
    z, centroids = model.embed(x), model.clustering.centroids.numpy()
    distances = ((z[:, None] - centroids[None]) ** 2).sum(-1).min(1)
    outputs = model.training_outputs(x, training=False)
    terms = model.loss_terms(x, outputs, training=False)
    np.testing.assert_allclose(terms["k_means"], 0.25 * distances.mean(), rtol=1e-4)
    squares = ((x - outputs["reconstruction"].numpy()) ** 2).sum(axis=1)
    np.testing.assert_allclose(terms["reconstruction"], 2.0 * squares.mean(), rtol=1e-5)


def test_k_means_of_all_rows_after_some_epochs(easy_rows):
    x = easy_rows[0]
    frozen = {"pretrain_epochs": 0, "clustering_weight": 0.0, "reconstruction_weight": 0.0}
    model = DCN(3, kmeans_every=2, initial_count=1, **frozen)
    model.build((None, 8))
    model.set_centroids(model.embed(x[:3]))
    z = model.embed(x)
    model.fit(x, epochs=1, batch_size=100, verbose=0)
    between = model.clustering.centroids.numpy()
    assert np.abs(between - KMeans(3, init=between, n_init=1).fit(z).cluster_centers_).max() > 1e-3
    model.fit(x, epochs=1, batch_size=100, verbose=0)
    after = model.clustering.centroids.numpy()
    np.testing.assert_allclose(after, KMeans(3, init=after, n_init=1).fit(z).cluster_centers_, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="`kmeans_every` must be an integer of at least 1"):
        DCN(3, kmeans_every=0)


def test_counts_start_above_zero():
    with pytest.raises(ValueError, match="`initial_count` must be above 0"):
        DCN(3, initial_count=0)


def test_the_k_means_term_pulls_the_embeddings_to_their_centroids(easy_rows):
    x = easy_rows[0][:10]
    model = DCN(3, clustering_weight=0.5)
    model.build((None, 8))
    model.set_centroids(model.embed(x[:3]))
    with tf.GradientTape() as tape:
        outputs = model.training_outputs(x, training=True)
        term = model.loss_terms(x, outputs, training=True)["k_means"]
    z = outputs["embedding"]
    found, *of_weights = tape.gradient(term, [z, *model.encoder.trainable_weights])
    own = outputs["assignments"].numpy() @ model.clustering.centroids.numpy()
    np.testing.assert_allclose(found, 0.5 * (z.numpy() - own) / len(x), rtol=1e-4, atol=1e-6)
    assert all(np.abs(gradient).max() > 0 for gradient in of_weights[::2])  # kernels
