"""The methods as a scikit-learn estimator."""

import contextlib
import random

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from tfcluster import models
from tfcluster.metrics import agreements, choose_run
from tfcluster.training.keras_compat import all_layers
from tfcluster.utils import check_choice

__all__ = ["ESTIMATED", "DeepClustering"]

ESTIMATED = {
    "ae_gmm": models.AEGMM,
    "ae_kmeans": models.AEKMeans,
    "dcn": models.DCN,
    "ddc": models.DDC,
    "ddc_ae": models.DDCAE,
    "dec": models.DEC,
    "gmm": models.GMM,
    "gmvae": models.GMVAE,
    "gumbel_vae": models.GumbelVAE,
    "idec": models.IDEC,
    "kmeans": models.KMeans,
    "vade": models.VaDE,
}
"""Methods for rows of features, by name."""

_GENERATIVE = ("gmvae", "gumbel_vae", "vade")
_BATCH = 256


class DeepClustering(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    """Deep clustering of rows of features, as scikit-learn has it.

    `fit` trains the method `n_init` times from different seeds and keeps the run that `tfcluster.metrics.choose_run`
    chooses without labels. Scale the columns before: `make_pipeline(StandardScaler(), DeepClustering())`.

    Args:
        method: One of `ESTIMATED`.
        n_clusters: Number of clusters k.
        backbone: Network of the encoder, `"mlp"`, `"mlp_norm"` or a Keras model, of which each run trains a copy; of no
            effect for kmeans and gmm.
        epochs: Epochs of the refinement.
        pretrain_epochs: Epochs of the autoencoder, for the methods that train one first.
        batch_size: Rows in a step.
        n_init: Number of runs.
        params: Dict of further arguments of the method's model in `tfcluster.models`, or None.
        random_state: Seed, `RandomState` or None, see scikit-learn.
        verbose: As in Keras's `fit`.

    Attributes:
        model_: The `ClusteringModel` of the chosen run, to save or to serve.
        labels_: Clusters of the rows of `fit`, shape (n,).
        cluster_centers_: Centres in the space of `transform`, shape (k, d); only of methods that have centres.
        criteria_: What chose among the runs.
        n_features_in_: Number of columns in `fit`.
    """

    def __init__(
        self,
        method="idec",
        n_clusters=10,
        *,
        backbone="mlp",
        epochs=50,
        pretrain_epochs=50,
        batch_size=256,
        n_init=1,
        params=None,
        random_state=None,
        verbose=0,
    ):
        self.method = method
        self.n_clusters = n_clusters
        self.backbone = backbone
        self.epochs = epochs
        self.pretrain_epochs = pretrain_epochs
        self.batch_size = batch_size
        self.n_init = n_init
        self.params = params
        self.random_state = random_state
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(self, X, y=None):
        """Find the clusters of the rows of X, shape (n, d); y is not used.

        The global random states of NumPy and Python are left as they were. TensorFlow's global seed, which cannot be
        restored, is that of the last run afterwards.

        Raises:
            ValueError: For rows that cannot be clustered, see `tfcluster.training.Rows`, or an unknown method.
        """
        if self.method not in ESTIMATED:
            from tfcluster.experiments.presets import METHODS

            if self.method in METHODS:
                raise ValueError(
                    f"`method` must be one for rows of features: {', '.join(ESTIMATED)}. For {self.method} use "
                    f"`tfcluster.models.{METHODS[self.method].model.__name__}`. Received: {self.method!r}"
                )
        check_choice("method", self.method, tuple(ESTIMATED))
        if self.n_init < 1:
            raise ValueError(f"`n_init` must be at least 1. Received: {self.n_init}")
        X = validate_data(self, X, dtype=np.float32, ensure_min_samples=2)
        state = check_random_state(self.random_state)
        seeds = [int(state.randint(np.iinfo(np.int32).max)) for _ in range(self.n_init)]
        found = []
        with _own_randomness():
            for seed in seeds:
                model = self._model(seed)
                history = model.fit(X, epochs=self.epochs, batch_size=self.batch_size, verbose=self.verbose)
                found.append((model, model.kept_criterion(history), self._mapped(model, X, "labels")))
        fitted, criteria, labels = zip(*found, strict=True)
        selection = fitted[0].selection
        criteria = list(criteria) if selection == "loss" else agreements(labels)
        best = choose_run(selection, criteria, [len(np.unique(one)) for one in labels], self.n_clusters)
        self.model_, self.labels_, self.criteria_ = fitted[best], labels[best], criteria
        self._n_features_out = self._mapped(self.model_, X[:1], "embedding").shape[1]
        centers = _centers(self.model_)
        if centers is not None:
            self.cluster_centers_ = centers
        elif hasattr(self, "cluster_centers_"):  # of another method, fitted before
            del self.cluster_centers_
        return self

    def predict(self, X):
        """Clusters of the rows of X, shape (n,)."""
        return self._use(X, "labels")

    def predict_proba(self, X):
        """Soft assignments of the rows of X, shape (n, k); one-hot for hard methods."""
        return self._use(X, "assignments")

    def transform(self, X):
        """Embeddings of the rows of X, shape (n, d)."""
        return self._use(X, "embedding")

    def score(self, X, y=None):
        """The silhouette of the clusters in the space of X, see `input_silhouette`; y is not used."""
        from tfcluster.estimators.scorers import input_silhouette

        return input_silhouette(self, X)

    def _model(self, seed):
        cls = ESTIMATED[self.method]
        arguments = {"seed": seed}
        if self.method not in ("kmeans", "gmm"):
            arguments["backbone"] = self.backbone
        if issubclass(cls, models.pretrained_model.PretrainedModel):
            arguments["pretrain_epochs"] = self.pretrain_epochs
        if self.method in _GENERATIVE:
            arguments["likelihood"] = "mse"
        keras.utils.set_random_seed(seed)
        return cls(self.n_clusters, **{name: _own(value) for name, value in (arguments | (self.params or {})).items()})

    def _use(self, X, key):
        check_is_fitted(self, "model_")
        X = validate_data(self, X, dtype=np.float32, reset=False)
        return self._mapped(self.model_, X, key)

    @staticmethod
    def _mapped(model, X, key):
        """What the model gives for rows, in batches of one size: a row's result does not depend on its company."""
        padding = -len(X) % _BATCH
        rows = np.concatenate([X, np.zeros((padding, X.shape[1]), X.dtype)]) if padding else X
        return model.map_rows(rows, key, _BATCH)[: len(X)]


@contextlib.contextmanager
def _own_randomness():
    """Leaves the global random states of NumPy and Python as they were."""
    states = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def _own(value):
    """A copy of a Keras layer or model, with its weights if it has been built; `fit` leaves its arguments alone."""
    if not isinstance(value, keras.Layer):
        return value
    copy = type(value).from_config(value.get_config())
    if value.built and value.weights:
        copy.build_from_config(value.get_build_config())
        copy.set_weights(value.get_weights())
        for layer in (copy, *all_layers(copy)):
            if isinstance(layer, keras.layers.Normalization):
                layer.finalize_state()  # computes with constants made from its weights
    return copy


def _centers(model):
    """Centres of the clusters in the space of the embeddings, or None."""
    if hasattr(model, "mixture"):
        return keras.ops.convert_to_numpy(model.mixture.means)
    if hasattr(model, "clustering"):
        return keras.ops.convert_to_numpy(model.clustering.centroids)
    return None
