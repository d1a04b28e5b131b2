"""Nearest neighbours as a probe of an embedding."""

import numpy as np

__all__ = ["knn_error"]


def knn_error(train, train_labels, test, test_labels, neighbors=(3, 5, 10)):
    """Error of a vote among the nearest training rows, Euclidean, for several numbers of neighbours.

    ```
    error(k) = share of test rows whose label is not the most frequent one among their k nearest training rows
    ```

    Rows without a label (-1) neither vote nor count. Of equally frequent labels the lowest wins. Show the error on raw
    rows beside that of an embedding: on MNIST raw pixels have 3 %.

    Args:
        train: Embeddings of shape (n, d), or rows of any shape, which are flattened.
        train_labels: Their labels of shape (n,), -1 for unknown.
        test: Embeddings of shape (m, d).
        test_labels: Their labels of shape (m,), -1 for unknown.
        neighbors: Values of k.

    Returns:
        Dict of k to the error in [0, 1].

    Raises:
        ValueError: If there are fewer labelled training rows than neighbours, or no labelled test row.
    """
    from sklearn.neighbors import NearestNeighbors

    most = max(neighbors)
    train, train_labels = _labelled(train, train_labels)
    test, test_labels = _labelled(test, test_labels)
    if len(train) < most:
        raise ValueError(
            f"There must be at least as many labelled training rows as neighbours. Received: {len(train)}, {most}"
        )
    if not len(test):
        raise ValueError("There must be a labelled test row. Received: none")
    classes, known = np.unique(train_labels, return_inverse=True)
    nearest = NearestNeighbors(n_neighbors=most, n_jobs=-1).fit(train).kneighbors(test, return_distance=False)
    votes = np.eye(len(classes), dtype=np.int64)[known[nearest]]
    counts = votes.cumsum(axis=1)
    return {k: float(np.mean(classes[counts[:, k - 1].argmax(axis=1)] != test_labels)) for k in neighbors}


def _labelled(rows, labels):
    """The rows that have a label, flattened, and their labels."""
    labels = np.asarray(labels)
    known = labels >= 0
    return np.asarray(rows, np.float32).reshape(len(rows), -1)[known], labels[known]
