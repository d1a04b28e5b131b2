"""k-means for data that do not fit onto the device."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfcluster.ops.distances import exact_matmul
from tfcluster.training.distribution import of_first_worker, share_of_tiles, sum_over_workers
from tfcluster.utils import check_choice

__all__ = ["KMeansResult", "nearest_centroids", "scalable_kmeans"]

INITS = ("k-means++", "random")
_TILE = 2**23  # distances, or values of rows, in a tile
_SAMPLE = 256  # rows for each centroid that k-means++ chooses among
_SPLIT = 1.0 / 1024
_PATIENCE = 10  # passes without a fall after which even a restart whose empty clusters go on being filled has converged


@dataclasses.dataclass(frozen=True)
class KMeansResult:
    """A clustering by k-means.

    Attributes:
        centroids: Array of shape (k, d).
        inertia: Sum of the squared distances of the rows to their centroids.
        iterations: Iterations of the restart that is kept.
        reseeded: Empty clusters that were given a new centroid, over all iterations and restarts.
    """

    centroids: np.ndarray
    inertia: float
    iterations: int
    reseeded: int


def scalable_kmeans(
    x,
    n_clusters,
    n_init=1,
    max_iterations=100,
    init="k-means++",
    spherical=False,
    tolerance=1e-4,
    seed=0,
    strategy=None,
):
    """k-means (Lloyd 1982) that reads the rows in tiles, once an iteration for all restarts together.

    ```
    s(a) = argmin_j |x_a - mu_j|^2,    mu_j = mean { x_a : s(a) = j },    inertia = sum_a |x_a - mu_s(a)|^2
    ```

    There is never a matrix of n by k: a tile of rows meets the centroids on the device, and its sums and counts are
    added up in float64. An empty cluster takes half of another, chosen with a probability that grows with its size:
    both centroids are those of the other, moved a little in opposite random directions. Distances are differences of
    float32: what is closer to a centroid than some thousandth of its distance from the mean of all is lost in rounding.

    Args:
        x: Array or memory map of shape (n, d), of any number type; read tile by tile as float32.
        n_clusters: Number of clusters k.
        n_init: Restarts; the one with the lowest inertia is kept.
        max_iterations: Most iterations.
        init: `"k-means++"` (of a random sample where there are more than 256 rows for a cluster), or `"random"` rows.
        spherical: Whether rows and centroids are scaled to length 1 (spherical k-means).
        tolerance: Relative fall of the inertia below which a restart has converged.
        seed: Seed of the first centroids and of the choice of clusters that are split.
        strategy: A `tf.distribute` strategy of several workers, each of which has the rows, to rounding, and goes
            through its share of the tiles; None for one process.

    Returns:
        A `KMeansResult`.

    Raises:
        ValueError: For fewer rows than clusters, or rows of another rank.
    """
    check_choice("init", init, INITS)
    if x.ndim != 2 or len(x) < n_clusters:
        raise ValueError(f"`x` must have the shape (n, d), n at least {n_clusters}. Received: {x.shape}")
    rng = np.random.default_rng(seed)
    sample = _read(x, _sample(rng, len(x), 2**14), spherical)
    shift, scale = np.zeros(x.shape[1]) if spherical else sample.mean(axis=0), sample.std(axis=0)
    firsts = [_first_centroids(x, n_clusters, init, spherical, rng) for _ in range(n_init)]
    if strategy is not None:
        shift, scale, firsts = (of_first_worker(strategy, part) for part in (shift, scale, np.stack(firsts)))
    centroids = np.stack(firsts) - shift  # (r, k, d); near the origin the distances lose no digits
    inertia, reseeded, iterations = np.full(n_init, np.inf), 0, np.zeros(n_init, int)
    kept, running = centroids.copy(), np.ones(n_init, bool)
    stale, patience = np.zeros(n_init, int), np.zeros(n_init, int)
    for passes in range(max_iterations + 1):  # the last finds the inertia of what the last iteration ended with
        sums, counts, found = _iterate(x, centroids[running], shift, spherical, strategy)
        for index, restart in enumerate(np.flatnonzero(running)):
            fall = inertia[restart] - found[index]
            if fall > 0:
                kept[restart], inertia[restart] = centroids[restart], found[index]
            stale[restart] = 0 if fall > tolerance * found[index] else stale[restart] + 1
            if passes == max_iterations or stale[restart] > patience[restart]:
                running[restart] = False
                continue
            iterations[restart] += 1
            centroids[restart], empty = _means(sums[index], counts[index], centroids[restart], scale, spherical, rng)
            patience[restart] = _PATIENCE if empty else 0
            reseeded += empty
        if not running.any():
            break
    best = int(inertia.argmin())
    found = (kept[best] + shift).astype(np.float32)
    return KMeansResult(found, float(inertia[best]), int(iterations[best]), reseeded)


def nearest_centroids(x, centroids, spherical=False):
    """Number of the nearest centroid of each row, int32, read tile by tile.

    Args:
        x: Array or memory map of shape (n, d).
        centroids: Array of shape (k, d).
        spherical: Whether rows are scaled to length 1.
    """
    shift = np.zeros(x.shape[1]) if spherical else np.asarray(centroids, np.float64).mean(axis=0)
    moved = tf.constant((centroids - shift)[None], tf.float32)
    tiles = _tiles(x, len(centroids), shift, spherical)
    return np.concatenate([_nearest(tile, moved)[0].numpy()[:, 0] for tile in tiles])


def _iterate(x, centroids, shift, spherical, strategy):
    """Sums (r, k, d), counts (r, k) and inertia (r,) of the clusters around centroids of shape (r, k, d)."""
    r, k, d = centroids.shape
    sums, counts, inertia = np.zeros((r, k, d)), np.zeros((r, k)), np.zeros(r)
    on_device = tf.constant(centroids, tf.float32)
    for tile in _tiles(x, r * k, shift, spherical, strategy):
        parts = _gather(tile, on_device)
        for total, part in zip((sums, counts, inertia), parts, strict=True):
            total += part.numpy()
    return sum_over_workers(strategy, (sums, counts, inertia))


_ROWS = tf.TensorSpec([None, None], tf.float32)
_CENTROIDS = tf.TensorSpec([None, None, None], tf.float32)


@tf.function(input_signature=[_ROWS, _CENTROIDS], autograph=False)
def _nearest(rows, centroids):
    """Labels of shape (t, r), and squared distances to them less |x|^2, of rows (t, d) and centroids (r, k, d).

    |x - c|^2 - |x|^2 = <(x, 1), (-2 c, |c|^2)>: one product, whose result is read once.
    """
    r, k, d = tf.unstack(tf.shape(centroids))
    flat = tf.reshape(centroids, [r * k, d])
    factors = tf.concat([-2.0 * flat, tf.reduce_sum(tf.square(flat), axis=1, keepdims=True)], axis=1)
    ones = tf.ones([tf.shape(rows)[0], 1])
    scores = tf.reshape(exact_matmul(tf.concat([rows, ones], axis=1), factors, transpose_b=True), [-1, r, k])
    labels = tf.argmin(scores, axis=2, output_type=tf.int32)
    return labels, tf.gather(scores, labels, axis=2, batch_dims=2)


@tf.function(input_signature=[_ROWS, _CENTROIDS], autograph=False)
def _gather(rows, centroids):
    k = tf.shape(centroids)[1]
    labels, scores = _nearest(rows, centroids)
    squares = tf.reduce_sum(tf.square(rows))
    inertia = tf.reduce_sum(tf.cast(scores, tf.float64), axis=0) + tf.cast(squares, tf.float64)

    def of_restart(own):
        counts = tf.math.unsorted_segment_sum(tf.ones_like(own, tf.float32), own, k)
        return tf.math.unsorted_segment_sum(rows, own, k), counts

    sums, counts = tf.map_fn(of_restart, tf.transpose(labels), fn_output_signature=(tf.float32, tf.float32))
    return sums, counts, tf.maximum(inertia, 0.0)


def _means(sums, counts, centroids, scale, spherical, rng):
    """New centroids of one restart, and how many clusters were empty."""
    counts = counts.copy()
    means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1.0)[:, None], centroids)
    empty = np.flatnonzero(counts == 0)
    for cluster in empty:
        chances = np.maximum(counts - 1.0, 0.0)
        if not chances.sum():
            break  # every row has a cluster of its own
        donor = rng.choice(len(counts), p=chances / chances.sum())
        offset = _SPLIT * scale * rng.normal(size=len(scale))
        means[cluster], means[donor] = means[donor] + offset, means[donor] - offset
        counts[cluster] = counts[donor] = counts[donor] / 2.0
    return _unit(means) if spherical else means, len(empty)


def _first_centroids(x, k, init, spherical, rng):
    if init == "random":
        return _read(x, _sample(rng, len(x), k), spherical)
    from sklearn.cluster import kmeans_plusplus

    rows = _read(x, _sample(rng, len(x), _SAMPLE * k), spherical)
    return kmeans_plusplus(rows, k, random_state=int(rng.integers(2**31)))[0]


def _sample(rng, n, count):
    return np.sort(rng.choice(n, min(n, count), replace=False))


def _read(x, rows, spherical):
    part = np.asarray(x[rows], np.float64)
    return _unit(part) if spherical else part


def _unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _tiles(x, width, shift, spherical, strategy=None):
    for part in share_of_tiles(strategy, len(x), max(1, _TILE // max(width, x.shape[1]))):
        rows = np.asarray(x[part], np.float32)
        yield tf.constant(_unit(rows) if spherical else rows - shift.astype(np.float32))
