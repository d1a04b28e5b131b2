import keras
import numpy as np
import pytest

from tfcluster.models import DCN, DEC, DEPICT, IDEC
from tfcluster.models.centroid_model import CentroidModel
from tfcluster.training import Session
from tfcluster.training.initial_centroids import initial_centroids


class Plain(CentroidModel):
    """The rows are the embedding."""

    given = None

    def network(self, x, training):
        return {"embedding": x, "assignments": x[:, :3]}

    def take_centroids(self, centroids):
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


@pytest.mark.parametrize("method", [DEC, IDEC, DCN, DEPICT])
def test_k_means_of_the_embeddings_has_its_restarts(method, easy_rows, monkeypatch):
    asked = []

    def spy(z, n_clusters, n_init, seed):
        asked.append((z, n_clusters, n_init, seed))
        return initial_centroids(z, n_clusters, n_init, seed)

    monkeypatch.setattr("tfcluster.models.centroid_model.initial_centroids", spy)
    model, x = method(3, pretrain_epochs=1, seed=5), np.tanh(easy_rows[0])
    model.pretrain(x)
    model.initialize(x)
    ((z, *rest),) = asked
    assert rest == [3, 20, 5]
    np.testing.assert_array_equal(z, model.embed(x))


@pytest.mark.parametrize("method", [DEC, DCN, DEPICT])
def test_given_centroids_are_those_that_fit_starts_from(method, easy_rows):
    x = np.tanh(easy_rows[0])
    model = method(3, pretrain_epochs=1)
    with pytest.raises(ValueError, match=r"call `pretrain\(x\)` or `build` first"):
        model.set_centroids(np.zeros((3, 8)))
    model.pretrain(x)
    given = model.embed(x[:3])
    for bad, message in (
        (given[:2], r"must be of shape \(k, d\) = .* Received: shape \(2"),
        (given * np.nan, "finite"),
    ):
        with pytest.raises(ValueError, match=message):
            model.set_centroids(bad)
    model.set_centroids(given)
    model.initialize(x)  # was done
    np.testing.assert_array_equal(model.first_centroids, given)
    model.compile(keras.optimizers.SGD(0.0))
    if method is DEPICT:
        model.fit(x, epochs=1, batch_size=100, verbose=0)
        expected = given / np.linalg.norm(given, axis=1, keepdims=True)
        np.testing.assert_allclose(model.head.get_weights()[0].T, expected, rtol=1e-5)
    elif method is DEC:
        model.fit(x, epochs=1, batch_size=100, verbose=0)
        np.testing.assert_array_equal(model.clustering.centroids, given)
