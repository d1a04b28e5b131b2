"""Choosing one of several runs without labels."""

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

__all__ = ["agreements", "choose_run"]


def agreements(labels):
    """Mean NMI of the labels of each run to those of the others; None for a single run.

    Args:
        labels: List of arrays of shape (n,), one for each run.

    Returns:
        List of floats, or [None].
    """
    count = len(labels)
    if count == 1:
        return [None]
    return [
        float(np.mean([normalized_mutual_info_score(labels[i], labels[j]) for j in range(count) if j != i]))
        for i in range(count)
    ]


def choose_run(selection, criteria, used_clusters, n_clusters):
    """Number of the run that is chosen without labels.

    Args:
        selection: `"loss"`, the lowest criterion; or `"agreement"`, the highest criterion, see `agreements`, of three
            or more runs, and the first of fewer.
        criteria: Criterion of each run.
        used_clusters: Number of clusters with a row in each run. A run with unused clusters ranks behind every run
            without.
        n_clusters: Number of clusters wanted.

    Returns:
        An index; the first of equals.
    """
    if selection == "agreement":
        ranks = [-value for value in criteria] if len(criteria) > 2 else [0.0] * len(criteria)
    else:
        ranks = criteria
    return min(range(len(criteria)), key=lambda run: (used_clusters[run] < n_clusters, ranks[run]))
