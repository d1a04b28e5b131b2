"""Scorers without labels, for scikit-learn's model selection."""

import numpy as np
from sklearn.metrics import silhouette_score

__all__ = ["embedding_silhouette", "input_silhouette"]

_ROWS = 2000  # of which the silhouette, quadratic in their number, is computed


def input_silhouette(estimator, X, y=None):
    """Mean silhouette of the clusters in the space of X, in [-1, 1]; -1 if there is one cluster only.

    It compares estimators of any kind and setting, but sees only what distances between rows see. Of more than 2000
    rows it takes a fixed choice.

    Args:
        estimator: A fitted clusterer with `predict`.
        X: Rows of shape (n, d).
        y: Not used.
    """
    rows = _some(X)
    return _silhouette(rows, estimator.predict(rows))


def embedding_silhouette(estimator, X, y=None):
    """Mean silhouette of the clusters in the space of `transform`, in [-1, 1]; -1 if there is one cluster only.

    An embedding that was trained to look clustered scores high: compare with it runs that differ in little else.

    Args:
        estimator: A fitted `DeepClustering`, or a pipeline that ends with one.
        X: Rows of shape (n, d).
        y: Not used.
    """
    rows = _some(X)
    return _silhouette(estimator.transform(rows), estimator.predict(rows))


def _some(X):
    if len(X) <= _ROWS:
        return X
    chosen = np.sort(np.random.default_rng(0).choice(len(X), _ROWS, replace=False))
    return X.iloc[chosen] if hasattr(X, "iloc") else np.asarray(X)[chosen]


def _silhouette(rows, labels):
    if not 1 < len(np.unique(labels)) < len(labels):
        return -1.0
    return float(silhouette_score(np.asarray(rows), labels))
