"""Rows that are like a row."""

import numpy as np

__all__ = ["nearest_rows", "retrieval_precision"]


def nearest_rows(queries, gallery, count=10):
    """The rows of a gallery with the largest cosine similarity to each query.

    Args:
        queries: Embeddings of shape (m, d).
        gallery: Embeddings of shape (n, d).
        count: How many; at most n.

    Returns:
        Indices of shape (m, min(count, n)), the most similar first.
    """
    from sklearn.neighbors import NearestNeighbors

    queries, gallery = (_unit(part) for part in (queries, gallery))
    finder = NearestNeighbors(n_neighbors=min(count, len(gallery)), n_jobs=-1).fit(gallery)
    return finder.kneighbors(queries, return_distance=False)


def retrieval_precision(embeddings, labels, count=10):
    """Share of the `count` rows most like a row, itself left out, that have its label; the mean over all rows.

    Args:
        embeddings: Array of shape (n, d).
        labels: Labels of shape (n,).
        count: How many are looked at.

    Returns:
        Precision in [0, 1].

    Raises:
        ValueError: If there are no more than `count` rows.
    """
    labels = np.asarray(labels)
    if len(embeddings) <= count:
        raise ValueError(f"There must be more than `count`={count} rows. Received: {len(embeddings)}")
    found = nearest_rows(embeddings, embeddings, count + 1)
    others = found != np.arange(len(found))[:, None]
    others[others.all(axis=1), -1] = False  # a row behind copies of itself
    found = found[others].reshape(len(found), count)
    return float(np.mean(labels[found] == labels[:, None]))


def _unit(rows):
    rows = np.asarray(rows, np.float32).reshape(len(rows), -1)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
