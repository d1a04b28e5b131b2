import numpy as np
import pytest
import tensorflow as tf
from sklearn.cluster import KMeans

from tfcluster.metrics import clustering_accuracy
from tfcluster.training import scalable_kmeans as module
from tfcluster.training.scalable_kmeans import nearest_centroids, scalable_kmeans


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(3)
    y = np.repeat(np.arange(6), 150)
    return (5.0 * rng.normal(size=(6, 4))[y] + rng.normal(size=(900, 4))).astype(np.float32), y


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(module, "_TILE", 1000)


@pytest.mark.parametrize("init", ["k-means++", "random"])
def test_inertia_is_that_of_scikit_learn(blobs, init, small_tiles):
    x, y = blobs
    found = scalable_kmeans(x, 6, n_init=10, init=init, tolerance=0.0)
    expected = KMeans(6, n_init=10, random_state=0).fit(x).inertia_
    assert found.inertia <= 1.01 * expected
    labels = nearest_centroids(x, found.centroids)
    squares = ((x.astype(float) - found.centroids[labels]) ** 2).sum()
    np.testing.assert_allclose(found.inertia, squares, rtol=1e-5)
    assert clustering_accuracy(y, labels) > 0.9
    assert found.iterations > 0


def test_far_from_the_origin_and_from_a_memory_map(blobs, tmp_path, small_tiles):
    x, _ = blobs
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=x.shape)
    mapped[:] = x + 1000.0
    near, far = (scalable_kmeans(rows, 6, n_init=3) for rows in (x, mapped))
    np.testing.assert_allclose(far.inertia, near.inertia, rtol=1e-2)


def test_one_seed_the_same_result(blobs):
    x, _ = blobs
    first, second, other = (scalable_kmeans(x, 6, init="random", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.centroids, second.centroids)
    assert (first.centroids != other.centroids).any()


def test_every_iteration_counts():
    x = np.array([[0.0], [1.0], [10.0], [13.0]], np.float32)
    found = scalable_kmeans(x, 2, init="random", max_iterations=1, tolerance=0.0, seed=0)
    labels = nearest_centroids(x, module._first_centroids(x, 2, "random", False, first_draws(x)))
    np.testing.assert_allclose(found.centroids[:, 0], [x[labels == j].mean() for j in (0, 1)])
    assert found.iterations == 1


def first_draws(x):
    """The generator of seed 0 as the first centroids find it."""
    rng = np.random.default_rng(0)
    module._sample(rng, len(x), 2**14)
    return rng


def test_spherical(rng):
    directions = np.eye(3)[np.repeat([0, 1, 2], 50)] + 0.05 * rng.normal(size=(150, 3))
    x = directions * rng.uniform(0.1, 10.0, size=(150, 1))
    found = scalable_kmeans(x, 3, n_init=3, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1.0, rtol=1e-6)
    labels = nearest_centroids(x, found.centroids, spherical=True)
    assert clustering_accuracy(np.repeat([0, 1, 2], 50), labels) == 1.0


def test_empty_clusters_are_split_from_others():
    sums, counts = np.array([[8.0, 4.0], [0.0, 0.0], [3.0, 3.0]]), np.array([4.0, 0.0, 1.0])
    means, empty = module._means(sums, counts, np.zeros((3, 2)), np.ones(2), False, np.random.default_rng(0))
    assert empty == 1
    np.testing.assert_allclose(means[:2], [[2.0, 1.0]] * 2, atol=5e-3)
    np.testing.assert_allclose(means[:2].mean(axis=0), [2.0, 1.0])
    assert (means[0] != means[1]).all()
    np.testing.assert_array_equal(means[2], [3.0, 3.0])


def test_no_cluster_is_lost_with_many_more_than_there_are(blobs):
    x, _ = blobs
    found = scalable_kmeans(x, 300, init="random", max_iterations=30)
    assert len(np.unique(nearest_centroids(x, found.centroids))) >= 295
    same = np.repeat(x[:4], 50, axis=0)
    assert np.isfinite(scalable_kmeans(same, 10, init="random").centroids).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_cluster_around_the_mean_is_split_too(seed):
    x = np.repeat([[1.0, -1.0], [-1.0, 1.0]], 500, axis=0)  # both first centroids are often the same point
    assert scalable_kmeans(x, 2, init="random", seed=seed).inertia < 1e-3


def test_goes_on_while_empty_clusters_are_filled(rng):
    x = np.repeat(rng.normal(size=(40, 3)), 50, axis=0)
    found = [scalable_kmeans(x, 40, init="random", seed=seed) for seed in range(4)]
    used = [len(np.unique(nearest_centroids(x, each.centroids))) for each in found]
    assert sum(used) >= 155  # of 160; 151 if the pass after a new centroid may be the last
    assert max(each.iterations for each in found) < 60


def test_tiles_hold_a_bounded_number_of_values():
    wide = np.broadcast_to(np.zeros(1, np.float32), (5000, 2**13))
    assert max(tile.shape[0] for tile in module._tiles(wide, 10, np.zeros(2**13), False)) == 2**10


def test_refused(blobs):
    with pytest.raises(ValueError, match="n at least 1000"):
        scalable_kmeans(blobs[0], 1000)
    with pytest.raises(ValueError, match="`init` must be one of"):
        scalable_kmeans(blobs[0], 3, init="kmeans")


def test_products_are_not_rounded_where_there_is_a_gpu(rng, monkeypatch):
    rows, centroids = (tf.constant(rng.normal(size=shape), tf.float32) for shape in ((6, 4), (2, 3, 4)))
    products, matmul = [], tf.matmul
    monkeypatch.setattr(tf, "matmul", lambda a, b, **kwargs: products.append(a.dtype) or matmul(a, b, **kwargs))
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    labels, scores = module._nearest.python_function(rows, centroids)
    assert products == [tf.float64]
    distances = np.square(rows[:, None, None] - centroids[None]).sum(-1)
    np.testing.assert_array_equal(labels, distances.argmin(-1))
    np.testing.assert_allclose(scores, distances.min(-1) - np.square(rows).sum(1)[:, None], rtol=1e-4, atol=1e-5)
