"""Principal components of data that do not fit onto the device."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfcluster.ops.distances import exact_matmul
from tfcluster.training.distribution import of_first_worker, share_of_tiles, sum_over_workers

__all__ = ["Whitening", "whitening"]

_TILE = 2**23  # values in a tile


@dataclasses.dataclass(frozen=True)
class Whitening:
    """A projection onto principal components, each scaled to variance 1.

    Attributes:
        mean: Array of shape (d,).
        projection: Array of shape (d, c).
    """

    mean: np.ndarray
    projection: np.ndarray

    def __call__(self, x, normalize=False):
        """Rows of shape (n, d) projected to (n, c), float32; with `normalize` each is scaled to length 1 then."""
        found = np.empty((len(x), self.projection.shape[1]), np.float32)
        projection, mean = tf.constant(self.projection, tf.float32), self.mean.astype(np.float32)
        for rows in _slices(x):
            part = exact_matmul(tf.constant(np.asarray(x[rows], np.float32) - mean), projection)
            found[rows] = tf.math.l2_normalize(part, axis=1, epsilon=1e-24) if normalize else part
        return found


def whitening(x, n_components=256, regularization=1e-8, strategy=None):
    """Principal component analysis with whitening, from covariances that are added up tile by tile.

    ```
    S = 1/n sum_a (x_a - m)(x_a - m)' = V diag(l) V',    P = V_c diag(l_c)^(-1/2),    c the largest of l
    ```

    Args:
        x: Array or memory map of shape (n, d).
        n_components: Number of components c; min(n - 1, d) if that is less. Components of a variance below
            `regularization` times the largest are left out: they would be noise of the size of the others.
        regularization: See there.
        strategy: As of `scalable_kmeans`.

    Returns:
        A `Whitening`.

    Raises:
        ValueError: For fewer than 2 rows, or rows of another rank or all the same.
    """
    if x.ndim != 2 or len(x) < 2:
        raise ValueError(f"`x` must have the shape (n, d), n at least 2. Received: {x.shape}")
    share = _slices(x, strategy)
    sums = sum((np.asarray(x[rows], np.float64).sum(axis=0) for rows in share), np.zeros(x.shape[1]))
    mean = sum_over_workers(strategy, (sums,))[0] / len(x)
    covariance = np.zeros((x.shape[1], x.shape[1]))
    for rows in share:
        centred = tf.constant(np.asarray(x[rows], np.float32) - mean.astype(np.float32))
        covariance += exact_matmul(centred, centred, transpose_a=True).numpy()
    values, vectors = np.linalg.eigh(sum_over_workers(strategy, (covariance,))[0] / len(x))
    if strategy is not None:  # one basis for all
        values, vectors = of_first_worker(strategy, values), of_first_worker(strategy, vectors)
    values, vectors = values[::-1], vectors[:, ::-1]
    if not values[0] > 0:
        raise ValueError(f"All {len(x)} rows of `x` are the same: they have no principal components.")
    kept = min(n_components, len(x) - 1, int((values > regularization * values[0]).sum()))
    return Whitening(mean, vectors[:, :kept] / np.sqrt(values[:kept]))


def _slices(x, strategy=None):
    return share_of_tiles(strategy, len(x), max(1, _TILE // x.shape[1]))
