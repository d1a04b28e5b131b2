import keras
import numpy as np
import pytest

from tfcluster.layers import ClusteringLayer


def test_assignments_of_known_centroids():
    layer = ClusteringLayer(2)
    layer.build((None, 2))
    layer.centroids.assign([[0.0, 0.0], [2.0, 0.0]])
    np.testing.assert_allclose(layer(np.array([[0.0, 0.0], [1.0, 0.0]])), [[5 / 6, 1 / 6], [0.5, 0.5]], rtol=1e-6)


def test_config_has_alpha_and_round_trips():
    layer = ClusteringLayer(3, alpha=2.5, seed=4)
    again = ClusteringLayer.from_config(layer.get_config())
    assert (again.n_clusters, again.alpha, again.seed) == (3, 2.5, 4)


def test_in_a_functional_model(tmp_path, rng):
    inputs = keras.Input((8,))
    model = keras.Model(inputs, ClusteringLayer(3)(keras.layers.Dense(4)(inputs)))
    model.compile("adam", "kld")
    x, targets = rng.normal(size=(60, 8)), rng.dirichlet(np.ones(3), size=60)
    before = model.layers[-1].centroids.numpy()
    model.fit(x, targets, epochs=1, verbose=0)
    assert np.abs(model.layers[-1].centroids.numpy() - before).max() > 0
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_float32_under_mixed_precision(policy, rng):
    keras.config.set_dtype_policy(policy)
    try:
        layer = ClusteringLayer(3)
        found = layer(rng.normal(size=(5, 4)).astype(np.float32))
    finally:
        keras.config.set_dtype_policy("float32")
    assert found.dtype == "float32"
    np.testing.assert_allclose(found.numpy().sum(1), 1.0, rtol=1e-6)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`alpha` must be above 0"):
        ClusteringLayer(3, alpha=0.0)
    assert ClusteringLayer(np.int64(3)).get_config()["n_clusters"] == 3
    for wrong in (0, 2.5):
        with pytest.raises(ValueError, match=f"`n_clusters` must be an integer of at least 1. Received: {wrong}"):
            ClusteringLayer(wrong)
    with pytest.raises(ValueError, match="embeddings of shape"):
        ClusteringLayer(3).build((None, 4, 4))
