import numpy as np
import pytest

from tfcluster.models.centroid_model import CentroidModel
from tfcluster.training import Session


class Plain(CentroidModel):
    """The rows are the embedding."""

    given = None

    def network(self, x, training):
        return {"embedding": x, "assignments": x[:, :3]}

    def set_centroids(self, centroids):
        self.given = centroids


def test_centroids_are_those_of_k_means_and_found_once(easy_rows):
    x, y = easy_rows
    model, session = Plain(3, n_init=3), Session()
    model.initialize(x, session)
    means = np.array([x[y == label].mean(0) for label in range(3)])
    distances = np.linalg.norm(model.given[:, None] - means[None], axis=-1)
    assert distances.min(axis=1).max() < 0.3
    assert "initialize" in session.seconds
    model.given = None
    model.initialize(x)
    assert model.given is None


def test_a_method_must_take_the_centroids(easy_rows):
    class Deaf(Plain):
        set_centroids = CentroidModel.set_centroids

    with pytest.raises(NotImplementedError):
        Deaf(3).initialize(easy_rows[0])
