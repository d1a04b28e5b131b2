"""Latent-feature discriminative model (Kingma, Rezende, Mohamed, Welling, NIPS 2014)."""

import keras
import numpy as np
from keras import ops

from tfcluster.models.decaying_rate import RATE_ARGUMENTS
from tfcluster.models.semi_supervised import SemiSupervised
from tfcluster.models.shallow_model import ShallowModel
from tfcluster.models.vae_features import VAEFeatures

__all__ = ["M1"]

_ACTIVE = 0.1  # least standard deviation over the rows of a latent that is used


@keras.saving.register_keras_serializable(package="tfcluster")
class M1(SemiSupervised, VAEFeatures, ShallowModel):
    """Latent-feature discriminative model M1: a linear classifier on the latents of a variational autoencoder.

    ```
    min E_{q(z | x)}[-ln p(x | z)] + KL(q(z | x) || N(0, I)),    then a support vector machine on (m(x), t) of the
    rows with a label
    ```

    Latents that hardly vary over the rows are left out. The paper's classifier is a transductive support vector machine
    with a kernel; this one is linear, so that nothing saved depends on the number of labels. `predict` is one-hot.
    `criterion` in History is the share of labelled rows that it gets wrong; it chooses nothing.

    Args:
        n_clusters: Number of classes k.
        penalty: C of the support vector machine.
        **kwargs: Arguments of `SemiSupervised` and `VAEFeatures`.
    """

    has_categories = False
    trains_network = True
    without_effect = (*ShallowModel.without_effect, "labelled_per_batch", "reconstruction_weight", *RATE_ARGUMENTS)

    def __init__(self, n_clusters, penalty=1.0, **kwargs):
        super().__init__(n_clusters, **kwargs)
        self.penalty = penalty

    @property
    def latent_dim(self):
        """Width of the latent that is drawn from."""
        return self.feature_dim

    def build_network(self, input_shape):
        self.build_vae()
        shape = (self.feature_dim, self.n_clusters)
        self.kernel = self.add_weight(name="kernel", shape=shape, trainable=False, autocast=False)
        self.bias = self.add_weight(name="bias", shape=shape[1:], trainable=False, autocast=False)

    def network(self, x, training):
        features = self.vae.encode(x)[0]
        decisions = ops.matmul(features, self.kernel) + self.bias
        assignments = ops.one_hot(ops.argmax(decisions, axis=1), self.n_clusters, dtype="float32")
        return {"assignments": assignments, "embedding": features, "mean": features}

    def fit_features(self, features):
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.svm import LinearSVC

        known = self._labels >= 0
        x, t = features[known], self._labels[known]
        active = features.std(axis=0) > _ACTIVE
        active = active if active.any() else np.ones_like(active)
        # One machine a class, for two classes too.
        machine = LinearSVC(C=self.penalty, dual=False, random_state=self.seed)
        found = OneVsRestClassifier(machine).fit(x[:, active], np.eye(self.n_clusters, dtype=int)[t])
        kernel = np.zeros((self.feature_dim, self.n_clusters), np.float32)
        kernel[active] = np.stack([one.coef_[0] for one in found.estimators_], axis=1)
        bias = np.array([one.intercept_[0] for one in found.estimators_], np.float32)
        self.kernel.assign(kernel)
        self.bias.assign(bias)
        return float(np.mean((x @ kernel + bias).argmax(axis=1) != t))

    def decode(self, categories, z):
        return self.rows_of(z)

    def style(self, x):
        """Refused: this model draws without categories."""
        return self._known(0)

    def _known(self, category):
        raise ValueError("M1 draws without categories: use `generate(n)` without one, or M2.")
