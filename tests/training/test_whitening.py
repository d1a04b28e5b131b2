import numpy as np
import pytest
from sklearn.decomposition import PCA

from tfcluster.training import whitening as module
from tfcluster.training.whitening import whitening


@pytest.fixture
def rows(rng, monkeypatch):
    monkeypatch.setattr(module, "_TILE", 500)
    return (rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6)) + 50.0).astype(np.float32)


def test_is_that_of_scikit_learn(rows):
    found = whitening(rows, 4)(rows)
    expected = PCA(4, whiten=True).fit_transform(rows.astype(float)) * np.sqrt(400 / 399)
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, signs * expected, atol=2e-3)
    np.testing.assert_allclose(np.cov(found.T, bias=True), np.eye(4), atol=1e-3)


def test_rows_of_length_1(rows):
    found = whitening(rows, 3)
    np.testing.assert_allclose(np.linalg.norm(found(rows, normalize=True), axis=1), 1.0, rtol=1e-5)
    assert np.isfinite(found(np.tile(found.mean, (2, 1)), normalize=True)).all()


def test_directions_without_variance_are_left_out(rows):
    both = np.concatenate([rows, rows[:, :2]], axis=1)
    assert whitening(both, 8).projection.shape == (8, 6)
    assert whitening(rows[:3], 6).projection.shape == (6, 2)


def test_refused(rows):
    with pytest.raises(ValueError, match="n at least 2"):
        whitening(rows[:1])
    with pytest.raises(ValueError, match="are the same"):
        whitening(np.ones((5, 3)))
