"""First centroids."""

import logging
import warnings

import numpy as np
from sklearn import cluster
from sklearn.exceptions import ConvergenceWarning

from tfcluster.training.threads import reproducible_threads

__all__ = ["best_kmeans", "initial_centroids"]

logger = logging.getLogger("tfcluster")


def best_kmeans(features, n_clusters, n_init, seed):
    """The best of `n_init` k-means of scikit-learn, fitted.

    Warns of features of fewer distinct values than clusters, and of a cluster of a single row.

    Args:
        features: Array of shape (n, d).
        n_clusters: Number of clusters k.
        n_init: Restarts.
        seed: Seed of the first centroids.

    Raises:
        ValueError: For features that are not finite.
    """
    if not np.isfinite(features).all():
        raise ValueError(
            "k-means takes finite features. Received: some that are not finite: the network gives them for rows of "
            "large values, or in float16. Scale the rows by `preprocessing`, or use mixed_bfloat16 or float32."
        )
    with warnings.catch_warnings(), reproducible_threads():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = cluster.KMeans(n_clusters, n_init=n_init, random_state=seed).fit(features)
    sizes = np.bincount(found.labels_, minlength=n_clusters)
    if (sizes < 2).any():
        logger.warning(
            "k-means leaves %d of %d clusters with fewer than 2 rows: the data may hold fewer clusters, or many rows "
            "have the same features (scale the input, pretrain an autoencoder longer)",
            int((sizes < 2).sum()),
            n_clusters,
        )
    return found


def initial_centroids(embeddings, n_clusters, n_init, seed):
    """Centroids of shape (k, d) of `best_kmeans`."""
    return best_kmeans(embeddings, n_clusters, n_init, seed).cluster_centers_
