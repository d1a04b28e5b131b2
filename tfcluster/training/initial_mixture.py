"""First mixtures."""

import numpy as np

from tfcluster.training.threads import reproducible_threads

__all__ = ["initial_mixture"]


def initial_mixture(features, n_components, n_init, regularization, seed):
    """The most likely of `n_init` Gaussian mixtures with diagonal covariances (EM of scikit-learn, from k-means).

    In float64: variances are there the difference of a mean of squares and the square of a mean.

    Args:
        features: Array of shape (n, d).
        n_components: Number of components k.
        n_init: Restarts.
        regularization: Added to the variances.
        seed: Seed of the first k-means.

    Returns:
        scikit-learn's fitted `GaussianMixture`.
    """
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(
        n_components, covariance_type="diag", n_init=n_init, reg_covar=regularization, random_state=seed
    )
    with reproducible_threads():
        return mixture.fit(np.asarray(features, np.float64))
