"""Agreement of a clustering with known classes."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics as sk
from sklearn.metrics.cluster import contingency_matrix

__all__ = ["clustering_accuracy", "clustering_scores"]


def clustering_accuracy(y, labels):
    """Share of rows whose cluster is matched to their class by the best one-to-one matching.

    ```
    ACC = max_m (1/n) sum_a [y_a = m(l_a)]
    ```

    The matching is the Hungarian one on the contingency table; the numbers of classes and clusters may differ.

    Args:
        y: Classes, shape (n,).
        labels: Clusters, shape (n,).

    Returns:
        A float in [0, 1].
    """
    table = contingency_matrix(y, labels)
    rows, columns = linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / len(y))


def clustering_scores(y, labels):
    """`{"acc", "nmi", "ari"}`: Hungarian accuracy, NMI with the arithmetic mean, adjusted Rand index.

    Absent labels (None) give None for each, never 0; rows whose label is unknown, -1, do not count. Texts are labels
    too.

    Raises:
        ValueError: If there are not as many labels as clusters.
    """
    y = np.zeros(0) if y is None else np.asarray(y)
    known = y >= 0 if y.dtype.kind in "biuf" else np.ones(y.shape, bool)
    if not known.any():
        return {"acc": None, "nmi": None, "ari": None}
    labels = np.asarray(labels)
    if y.shape != labels.shape:
        raise ValueError(f"There must be a label for each row. Received: {y.shape} labels, {labels.shape} clusters")
    y, labels = y[known], labels[known]
    return {
        "acc": clustering_accuracy(y, labels),
        "nmi": float(sk.normalized_mutual_info_score(y, labels)),
        "ari": float(sk.adjusted_rand_score(y, labels)),
    }
