"""Label-free monitors of a clustering."""

import numpy as np

__all__ = ["changed_share", "occupancy"]


def occupancy(labels, n_clusters):
    """How a clustering uses its clusters.

    Args:
        labels: Clusters 0..k-1, shape (n,).
        n_clusters: k.

    Returns:
        `{"used_clusters": number of clusters with a row, "occupancy_entropy": -sum_j p_j ln p_j / ln k}` where p_j is
        the share of rows in cluster j; the entropy is 1 for equal sizes and 0 if one cluster holds everything.
    """
    counts = np.bincount(labels, minlength=n_clusters)
    shares = counts[counts > 0] / len(labels)
    entropy = abs(float(np.sum(shares * np.log(shares))))
    return {"used_clusters": len(shares), "occupancy_entropy": entropy / float(np.log(max(n_clusters, 2)))}


def changed_share(labels, previous):
    """Share of rows whose cluster differs from the one before; NaN if there is none before."""
    return float("nan") if previous is None else float(np.mean(labels != previous))
