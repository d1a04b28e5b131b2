"""First centroids."""

import logging
import warnings

import numpy as np
from sklearn import cluster
from sklearn.exceptions import ConvergenceWarning

__all__ = ["initial_centroids"]

logger = logging.getLogger("tfcluster")


def initial_centroids(embeddings, n_clusters, n_init, seed):
    """Centroids of the best of `n_init` k-means of scikit-learn.

    Warns of embeddings of fewer distinct values than clusters, and of a cluster of a single row.

    Args:
        embeddings: Array of shape (n, d).
        n_clusters: Number of clusters k.
        n_init: Restarts.
        seed: Seed of the first centroids.

    Returns:
        Array of shape (k, d).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = cluster.KMeans(n_clusters, n_init=n_init, random_state=seed).fit(embeddings)
    sizes = np.bincount(found.labels_, minlength=n_clusters)
    if (sizes < 2).any():
        logger.warning(
            "k-means on the embeddings leaves %d of %d clusters with fewer than 2 rows: the data may hold fewer "
            "clusters, or the autoencoder gives the same embedding to many rows (scale the input, pretrain longer)",
            int((sizes < 2).sum()),
            n_clusters,
        )
    return found.cluster_centers_
