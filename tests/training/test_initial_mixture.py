import numpy as np

from tfcluster.training.initial_mixture import initial_mixture


def test_finds_separate_components(rng):
    centres = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    labels = rng.integers(3, size=600)
    found = initial_mixture(centres[labels] + rng.normal(size=(600, 2)), 3, n_init=2, regularization=1e-6, seed=0)
    order = [int(np.square(found.means_ - centre).sum(axis=1).argmin()) for centre in centres]
    assert sorted(order) == [0, 1, 2]
    np.testing.assert_allclose(found.means_[order], centres, atol=0.3)
    np.testing.assert_allclose(found.covariances_, 1.0, atol=0.3)
    np.testing.assert_allclose(found.weights_[order], np.bincount(labels) / 600, atol=0.01)


def test_regularization_and_seed():
    rows = np.zeros((20, 2))
    rows[10:] = 5.0
    first, second = (initial_mixture(rows, 2, 1, 0.25, seed=3) for _ in range(2))
    np.testing.assert_allclose(first.covariances_, 0.25)
    np.testing.assert_array_equal(first.means_, second.means_)


def test_small_deviations_about_large_means(rng):
    labels = rng.integers(2, size=3000)
    rows = (1000.0 + 0.5 * rng.normal(size=(3000, 2)) + 8.0 * labels[:, None]).astype(np.float32)
    found = initial_mixture(rows, 2, 1, 1e-6, seed=0)
    np.testing.assert_allclose(found.covariances_, 0.25, rtol=0.1)
