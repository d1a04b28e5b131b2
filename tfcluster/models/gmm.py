"""Gaussian mixture on raw features."""

import keras
import numpy as np
from keras import ops

from tfcluster.models.shallow_model import ShallowModel

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

    def __init__(self, n_clusters, n_init=1, regularization=1e-6, **kwargs):
        super().__init__(n_clusters, **kwargs)
        self.n_init = n_init
        self.regularization = regularization

    def make_weights(self, width):
        shape = (self.n_clusters, width)
        self.log_weights = self.add_weight(name="log_weights", shape=(self.n_clusters,), trainable=False)
        self.means = self.add_weight(name="means", shape=shape, trainable=False)
        self.variances = self.add_weight(name="variances", shape=shape, initializer="ones", trainable=False)

    def network(self, x, training):
        features = self.features(x, training)
        precisions = 1.0 / self.variances
        offsets = self.log_weights - 0.5 * ops.sum(ops.log(self.variances), axis=1)  # (k,)
        # One component at a time: an (n, k, d) tensor of images would not fit into memory.
        squares = [
            ops.sum(ops.square(features - self.means[j]) * precisions[j], axis=1) for j in range(self.n_clusters)
        ]
        logits = offsets - 0.5 * ops.stack(squares, axis=1)
        return {"assignments": ops.softmax(logits), "embedding": features}

    def fit_features(self, features):
        from sklearn.mixture import GaussianMixture

        found = GaussianMixture(
            self.n_clusters,
            covariance_type="diag",
            n_init=self.n_init,
            reg_covar=self.regularization,
            random_state=self.seed,
        ).fit(features)
        self.log_weights.assign(np.log(np.maximum(found.weights_, 1e-30)))
        self.means.assign(found.means_)
        self.variances.assign(found.covariances_)
        return -found.score(features)
