"""Gaussian mixture on raw features."""

import keras
import numpy as np

from tfcluster.layers.mixture_layer import MixtureLayer
from tfcluster.models.shallow_model import ShallowModel
from tfcluster.training.initial_mixture import initial_mixture

__all__ = ["GMM"]


@keras.saving.register_keras_serializable(package="tfcluster")
class GMM(ShallowModel):
    """Mixture of Gaussians with diagonal covariances (scikit-learn's EM) on the flattened preprocessed rows.

    ```
    p(j | x) ~ exp( ln pi_j - 1/2 sum_d [ (x_d - mu_jd)^2 / s_jd^2 + ln s_jd^2 ] )
    ```

    The criterion for the chosen run is the negative mean log-likelihood. `predict` gives p(j | x).

    Args:
        n_clusters: Number of components k.
        n_init: Restarts, each from k-means; the most likely one is kept.
        regularization: Added to the variances.
        **kwargs: Arguments of `ClusteringModel`.
    """

    least_clusters = 1

    def __init__(self, n_clusters, n_init=1, regularization=1e-6, **kwargs):
        super().__init__(n_clusters, **kwargs)
        self.n_init = n_init
        self.regularization = regularization

    def make_weights(self, width):
        self.mixture = MixtureLayer(self.n_clusters, self.seed, trainable=False, name="mixture")
        self.mixture.build((None, width))

    def network(self, x, training):
        features = self.features(x, training)
        return {"assignments": self.mixture(features), "embedding": features}

    def fit_features(self, features):
        found = initial_mixture(features, self.n_clusters, self.n_init, self.regularization, self.seed)
        self.mixture.set_mixture(found.weights_, found.means_, found.covariances_)
        return -found.score(np.asarray(features, np.float64))
