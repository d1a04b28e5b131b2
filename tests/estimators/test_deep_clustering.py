import pickle
import random

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from tfcluster.estimators import ESTIMATED, DeepClustering, embedding_silhouette, input_silhouette
from tfcluster.metrics import clustering_accuracy

_QUICK = ("gmm", "idec", "kmeans")
SMALL = {"backbone": keras.Sequential([keras.layers.Dense(16, "relu", name="hidden")])}


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, size=300)
    return (rng.normal(size=(300, 8)) + 5.0 * np.eye(8)[y]).astype(np.float32), y


@pytest.mark.filterwarnings("ignore")
@pytest.mark.long
@pytest.mark.parametrize("method", ["kmeans", "idec"])
def test_scikit_learns_own_checks(method):
    params = None if method == "kmeans" else SMALL
    check_estimator(DeepClustering(method, epochs=2, pretrain_epochs=5, random_state=0, params=params))


@pytest.mark.parametrize(
    "method", [name if name in _QUICK else pytest.param(name, marks=pytest.mark.long) for name in ESTIMATED]
)
def test_every_method_clusters_a_table(method, blobs):
    x, _ = blobs
    params = {"embedding_dim": 4} if method == "gmvae" else None
    found = DeepClustering(method, 3, epochs=1, pretrain_epochs=1, random_state=0, params=params).fit(x)
    probabilities = found.predict_proba(x)
    assert probabilities.shape == (300, 3)
    np.testing.assert_array_equal(found.labels_, probabilities.argmax(axis=1))
    np.testing.assert_array_equal(found.labels_, found.predict(x))
    embeddings = found.transform(x)
    assert len(embeddings) == 300
    if hasattr(found, "cluster_centers_"):
        assert found.cluster_centers_.shape == (3, embeddings.shape[1])
    assert ("gumbel" in method or "ddc" in method or method == "gmvae") != hasattr(found, "cluster_centers_")


def test_good_clusters_and_the_choice_among_runs(blobs):
    x, y = blobs
    found = DeepClustering("dec", 3, epochs=5, pretrain_epochs=20, n_init=3, random_state=0, params=SMALL).fit(x)
    assert clustering_accuracy(y, found.labels_) > 0.95
    assert len(found.criteria_) == 3
    assert all(0.0 < value <= 1.0 for value in found.criteria_)


def test_a_row_does_not_depend_on_its_company(blobs):
    x, _ = blobs
    found = DeepClustering("dec", 3, epochs=1, pretrain_epochs=1, random_state=0).fit(x)
    np.testing.assert_array_equal(found.transform(x)[10:13], found.transform(x[10:13]))


def test_pipeline_clone_pickle_and_seed(blobs):
    x, _ = blobs
    estimator = DeepClustering("idec", 3, epochs=2, pretrain_epochs=5, random_state=1, params=SMALL)
    pipeline = make_pipeline(StandardScaler(), estimator)
    labels = pipeline.fit_predict(x * 100.0 + 7.0)
    again = clone(pipeline).fit(x * 100.0 + 7.0)
    np.testing.assert_array_equal(labels, again.predict(x * 100.0 + 7.0))
    loaded = pickle.loads(pickle.dumps(again))
    np.testing.assert_array_equal(loaded.transform(x), again.transform(x))
    assert not SMALL["backbone"].built


def test_global_random_states_are_left_alone(blobs):
    before = random.getstate(), np.random.get_state()
    DeepClustering("kmeans", 3, random_state=0).fit(blobs[0])
    assert random.getstate() == before[0]
    np.testing.assert_equal(np.random.get_state(), before[1])


def test_columns_have_names(blobs):
    x, _ = blobs
    pipeline = make_pipeline(StandardScaler(), DeepClustering("kmeans", 3, random_state=0))
    assert isinstance(pipeline.set_output(transform="default").fit(x).transform(x), np.ndarray)
    assert pipeline.get_feature_names_out().tolist() == [f"deepclustering{i}" for i in range(8)]


def test_the_best_checkpoint_is_kept_and_not_the_last(blobs):
    x, _ = blobs
    found = DeepClustering("ddc", 3, epochs=9, random_state=0, params=SMALL).fit(x)
    assert np.isfinite(found.model_.history.history["criterion"]).sum() == 3  # after 4, 8 and 9 epochs


def test_grid_search_without_labels(blobs):
    x, _ = blobs
    grid = {"n_clusters": [2, 3, 6]}
    for scoring in (None, input_silhouette):
        search = GridSearchCV(DeepClustering("kmeans", random_state=0), grid, scoring=scoring, cv=2).fit(x)
        assert search.best_params_ == {"n_clusters": 3}
    best = search.best_estimator_
    assert embedding_silhouette(best, x) == pytest.approx(input_silhouette(best, x))


def test_methods_of_images(blobs):
    with pytest.raises(ValueError, match=r"For jule use `tfcluster\.models\.JULE`"):
        DeepClustering("jule").fit(blobs[0])


def test_wrong_arguments(blobs):
    x, _ = blobs
    with pytest.raises(ValueError, match="did you mean idec"):
        DeepClustering("idek").fit(x)
    with pytest.raises(ValueError, match="at least 1"):
        DeepClustering("kmeans", n_init=0).fit(x)
    with pytest.raises(ValueError, match="features"):
        DeepClustering("kmeans", 3).fit(x).predict(x[:, :3])


def test_what_an_adapted_layer_has_learned_is_kept(blobs):
    x, _ = blobs
    norm = keras.layers.Normalization()
    norm.adapt(1000.0 * x + 500.0)
    options = {"epochs": 1, "pretrain_epochs": 1, "random_state": 0}
    scaled = DeepClustering("ae_kmeans", 3, params={"preprocessing": norm}, **options).fit(1000.0 * x + 500.0)
    np.testing.assert_allclose(scaled.model_.preprocessed(1000.0 * x + 500.0), norm(1000.0 * x + 500.0), atol=1e-5)


def test_centres_are_of_the_last_method(blobs):
    found = DeepClustering("kmeans", 3).fit(blobs[0])
    assert found.cluster_centers_.shape == (3, blobs[0].shape[1])
    found.set_params(method="gumbel_vae", epochs=1).fit(blobs[0])
    assert not hasattr(found, "cluster_centers_")
