import numpy as np
import pytest

from tfcluster.training.initial_centroids import initial_centroids


def test_finds_separate_groups(easy_rows):
    x, y = easy_rows
    centroids = initial_centroids(x, 3, 5, seed=0)
    nearest = ((x[:, None] - centroids[None]) ** 2).sum(-1).argmin(1)
    assert len({(a, b) for a, b in zip(nearest.tolist(), y.tolist(), strict=True)}) == 3


def test_warns_of_fewer_distinct_values_than_clusters(caplog):
    x = np.repeat([[0.0, 0.0], [1.0, 1.0]], 20, axis=0)
    assert initial_centroids(x, 4, 1, seed=0).shape == (4, 2)
    assert "2 of 4 clusters" in caplog.text


def test_features_are_finite():
    with pytest.raises(ValueError, match="k-means takes finite features"):
        initial_centroids(np.array([[0.0], [np.inf], [1.0]]), 2, 1, seed=0)
