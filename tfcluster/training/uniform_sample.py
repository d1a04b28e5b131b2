"""Rows of an epoch in which every cluster is seen equally often."""

import numpy as np

__all__ = ["uniform_sample"]


def uniform_sample(labels, rng):
    """As many rows as there are labels, equally many of each cluster that has any, to rounding.

    A cluster gives its rows without replacement if it has enough of them, else with.

    Args:
        labels: Integers of shape (n,).
        rng: A `numpy.random.Generator`.

    Returns:
        Indices of shape (n,), int32, in random order.
    """
    labels = np.asarray(labels)
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    share = len(labels) // len(groups) + 1
    rows = np.concatenate([rng.choice(group, share, replace=len(group) < share) for group in groups])
    return rng.permutation(rows)[: len(labels)].astype(np.int32)
