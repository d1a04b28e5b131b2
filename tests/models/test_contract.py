"""What every method keeps. A new method is one row here."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import exported_operations, optimized_graphs, sums_without_order
from tfcluster.layers import RandomAffine
from tfcluster.metrics import clustering_accuracy
from tfcluster.models import (
    ADGM,
    AEGMM,
    DCN,
    DDC,
    DDCAE,
    DDCUCO,
    DEC,
    DECUCO,
    DEPICT,
    GMM,
    GMVAE,
    IDEC,
    JULE,
    M1,
    M1M2,
    M2,
    SDGM,
    AEKMeans,
    AuxiliaryTaskVAE,
    DeepCluster,
    DeepClusterV2,
    GumbelVAE,
    KMeans,
    VaDE,
)
from tfcluster.models.semi_supervised import SemiSupervised
from tfcluster.serving import read_warmup

POOLED = ("block1_pool", "block2_pool")

# name: class, arguments, epochs on the easy images, least accuracy there (chance is 0.33)
QUICK = {"norm_momentum": 0.8}  # few steps: the moving averages must arrive
AUTOENCODER = {"pretrain_epochs": 2, "tolerance": 0.0}
MSE = {"likelihood": "mse"}
GENERATIVE = {**MSE, **QUICK}
LABELS = {"units": 50, "learning_rate": 3e-3, "classification_weight": 10.0}
CLUSTERED = {"backbone": "cnn_small", "sobel": False, "n_prototypes": 9, "components": 8}
PROTOTYPES = {"backbone": "cnn_small", "n_prototypes": 9, "projection_units": 32, "projection_dim": 16}
METHODS = {
    "ddc": (DDC, QUICK, 8, 0.8),
    "ddc_views": (DDC, {"augmentation": "affine", "balance": 1.0, "bandwidth": "quantile", **QUICK}, 8, 0.8),
    "ddc_ae": (DDCAE, QUICK, 8, 0.8),
    "ddc_uco": (DDCUCO, {"taps": POOLED, "uco_weight": 0.1, **QUICK}, 8, 0.8),
    "ddc_uco_naive": (DDCUCO, {"kernel": "naive", "weighting": "exp", **QUICK}, 8, 0.8),
    "dec": (DEC, AUTOENCODER, 8, 0.9),
    "dec_views": (DEC, {"augmentation": "affine", **AUTOENCODER}, 8, 0.9),
    "cdec": (DEC, {"backbone": "cnn_small", **QUICK, **AUTOENCODER}, 8, 0.9),
    "conv_dec_da": (DEC, {"backbone": "cnn_strided", "augmentation": "affine", **AUTOENCODER}, 8, 0.9),
    "idec": (IDEC, AUTOENCODER, 8, 0.9),
    "icdec": (IDEC, {"backbone": "cnn_small", **QUICK, **AUTOENCODER}, 8, 0.9),
    "dec_uco": (DECUCO, {"kernel": "naive", **AUTOENCODER}, 8, 0.9),
    "cdec_uco": (DECUCO, {"backbone": "cnn_small", "taps": POOLED, **QUICK, **AUTOENCODER}, 8, 0.9),
    "dcn": (DCN, {"learning_rate": 1e-4, "pretrain_epochs": 2}, 8, 0.9),
    "depict": (DEPICT, {"pretrain_epochs": 20, "learning_rate": 1e-3}, 8, 0.9),
    "ae_kmeans": (AEKMeans, {"pretrain_epochs": 2}, 1, 0.9),
    "ae_gmm": (AEGMM, {"pretrain_epochs": 2, "regularization": 1e-3}, 1, 0.9),
    "deepcluster": (DeepCluster, {**CLUSTERED, **QUICK}, 6, 0.9),
    "deepcluster_v2": (DeepClusterV2, {**PROTOTYPES, "augmentation": "affine", **QUICK}, 6, 0.9),
    "jule": (JULE, {"backbone": "cnn_jule", "period": 2, **QUICK}, 8, 0.9),
    "gumbel_vae": (GumbelVAE, {"gaussian_weight": 2.0, "latent_dim": 10, **GENERATIVE}, 20, 0.8),
    "gumbel_vae_views": (
        GumbelVAE,
        {"augmentation": "affine", "gaussian_weight": 2.0, "latent_dim": 10, **GENERATIVE},
        20,
        0.6,
    ),
    "vade": (VaDE, {"pretrain_epochs": 20, **MSE}, 8, 0.9),
    "vade_views": (VaDE, {"augmentation": "affine", "pretrain_epochs": 20, **MSE}, 8, 0.9),
    "gmvae": (GMVAE, {"embedding_dim": 10, "style_dim": 5, "learning_rate": 1e-3, **GENERATIVE}, 20, 0.8),
    "auxiliary_task_vae": (AuxiliaryTaskVAE, {"feature_dim": 20, "latent_dim": 10, **GENERATIVE}, 4, 0.9),
    "m1": (M1, {"pretrain_epochs": 3, "feature_units": 50, **MSE}, 1, 0.9),
    "m2": (M2, {**LABELS, **MSE}, 4, 0.9),
    "m1_m2": (M1M2, {"pretrain_epochs": 60, "pretrain_batch_size": 60, "feature_units": 50, **LABELS, **MSE}, 10, 0.9),
    "adgm": (ADGM, {"auxiliary_dim": 10, **LABELS, **GENERATIVE}, 4, 0.9),
    "sdgm": (SDGM, {"auxiliary_dim": 10, **LABELS, **GENERATIVE}, 4, 0.9),
    "kmeans": (KMeans, {}, 1, 0.95),
    "gmm": (GMM, {"regularization": 1e-2}, 1, 0.95),
}
# Further settings of a class that has a row already: with the tests that take minutes.
VARIANTS = {
    *("ddc_views", "ddc_uco_naive", "dec_views", "cdec", "icdec", "conv_dec_da", "cdec_uco"),
    *("gumbel_vae_views", "vade_views"),
}


def params(cases):
    """Cases, names of methods or tuples that begin with one, for `parametrize`."""
    names = [case if isinstance(case, str) else case[0] for case in cases]
    marks = [pytest.mark.long if name in VARIANTS else () for name in names]
    values = [(case,) if isinstance(case, str) else case for case in cases]
    return [pytest.param(*value, marks=mark) for value, mark in zip(values, marks, strict=True)]


ALL = params(METHODS)
DEEP = params([name for name, row in METHODS.items() if row[2] > 1])


def make(name, **changes):
    cls, arguments, _, _ = METHODS[name]
    arguments = {**arguments, **changes}
    if arguments.get("augmentation") == "affine":
        arguments["augmentation"] = RandomAffine(rotation=5.0, shift=0.03)
    return cls(3, preprocessing=keras.layers.Rescaling(1 / 127.5, -1.0), **arguments)


def without_build_shapes(config):
    """A config without what Keras adds to a layer once it has been built."""
    if isinstance(config, dict):
        return {key: without_build_shapes(value) for key, value in config.items() if key != "build_config"}
    return config


def fit(name, images, epochs=2, scored=True):
    model = make(name)
    history = train(model, *images, scored, epochs=epochs, batch_size=60, evaluate_every=2, verbose=0)
    return model, history.history


def train(model, x, y, scored=True, **kwargs):
    """Fit as the method takes its labels: of all rows, for scores only; of a tenth of them, if it learns from them."""
    if isinstance(model, SemiSupervised):
        return model.fit(x, np.where(np.arange(len(y)) < 30, y, -1), y_true=y if scored else None, **kwargs)
    return model.fit(x, y if scored else None, **kwargs)


@pytest.fixture(scope="module")
def fitted(easy_images):
    """Each method, fitted for a moment when it is first asked for."""

    class Fitted(dict):
        def __missing__(self, name):
            with optimized_graphs() as self.graphs[name]:
                self[name] = fit(name, easy_images)
            return self[name]

    fitted = Fitted()
    fitted.graphs = {}
    return fitted


@pytest.mark.parametrize("name", ALL)
def test_clusters_easy_images(name, easy_images):
    _, _, epochs, least = METHODS[name]
    model, history = fit(name, easy_images, epochs)
    if model.selection == "loss" and epochs > 1:  # the others change their target as they go
        assert history["loss"][-1] < history["loss"][0]
    assert clustering_accuracy(easy_images[1], model.cluster(easy_images[0])) >= least
    assert history["acc"][-1] >= least


@pytest.mark.parametrize("name", ALL)
def test_predict_cluster_and_embed_new_rows(name, fitted, rng):
    model, _ = fitted[name]
    new = rng.integers(0, 255, size=(7, 20, 20, 1)).astype(np.uint8)
    probabilities = model.predict(new, verbose=0)
    assert probabilities.shape == (7, 3)
    np.testing.assert_allclose(probabilities.sum(1), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(model.cluster(new), probabilities.argmax(1))
    assert model.embed(new).shape[0] == 7
    # A row's cluster does not depend on its company.
    np.testing.assert_allclose(model.predict(new[:1], verbose=0), probabilities[:1], atol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_save_and_load(name, fitted, easy_images, tmp_path):
    model, _ = fitted[name]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(easy_images[0], verbose=0), model.predict(easy_images[0], verbose=0))
    assert without_build_shapes(again.get_config()) == without_build_shapes(model.get_config())


@pytest.mark.parametrize("name", ALL)
def test_nothing_saved_depends_on_n(name, fitted):
    model = make(name)
    model.build((None, 20, 20, 1))  # knows no number of rows
    assert [tuple(v.shape) for v in model.variables] == [tuple(v.shape) for v in fitted[name][0].variables]


@pytest.mark.parametrize("name", ALL)
def test_export(name, fitted, easy_images, tmp_path):
    model, _ = fitted[name]
    version = model.export_serving(tmp_path / "served", warmup=(1, 5))
    served = tf.saved_model.load(str(version)).signatures
    for rows in (1, 5):
        x = easy_images[0][:rows]
        found = served["serving_default"](rows=tf.constant(x))
        np.testing.assert_array_equal(found["cluster"], model.cluster(x))
        np.testing.assert_allclose(found["probabilities"], model.predict(x, verbose=0), atol=1e-6)
        np.testing.assert_allclose(found["embedding"], model.embed(x), rtol=1e-5, atol=1e-5)
    for signature, inputs in read_warmup(version):
        for output in served[signature](**{key: tf.constant(value) for key, value in inputs.items()}).values():
            assert len(output) == len(next(iter(inputs.values())))
    assert not exported_operations(version) & {"SelfAdjointEigV2", "Cholesky", "StatelessRandomUniformV2"}


@pytest.mark.parametrize("name", ALL)
def test_one_seed_the_same_bits_with_and_without_labels(name, fitted, easy_images):
    again, _ = fit(name, easy_images, scored=False)
    for a, b in zip(fitted[name][0].get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", DEEP)
def test_no_sum_depends_on_which_thread_is_first(name, fitted):
    fitted[name]  # trains it
    graphs = fitted.graphs[name]
    assert any(node.op == "LoopCond" for nodes in graphs for node in nodes)  # the loop over the steps
    assert [found for nodes in graphs for found in sums_without_order(nodes)] == []


@pytest.mark.parametrize("name", ["ae_kmeans", "idec", "vade", "m1", "depict", "gmvae"])
def test_a_table_whose_columns_are_standardised(name, rng):
    table = (rng.normal(size=(90, 12)) + 4.0 * rng.integers(0, 3, size=90)[:, None]).astype(np.float32)
    standardize = keras.layers.Normalization(mean=table.mean(0).tolist(), variance=table.var(0).tolist())
    cls, arguments, _, _ = METHODS[name]
    model = cls(3, preprocessing=keras.Sequential([standardize]), **arguments)
    train(model, table, np.arange(90) % 3, epochs=1, batch_size=30, verbose=0)
    assert model.cluster(table).shape == (90,)


@pytest.mark.parametrize("name", DEEP)
def test_another_seed_other_weights(name, fitted):
    other = make(name, seed=1)
    other.build((None, 20, 20, 1))
    first = make(name)
    first.build((None, 20, 20, 1))
    assert any(np.abs(a - b).max() > 0 for a, b in zip(first.get_weights(), other.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("name", "policy"),
    params(
        [(name, "mixed_bfloat16") for name in METHODS]
        + [(name, "mixed_float16") for name in ("ddc_uco", "dec", "kmeans", "gumbel_vae", "m2")]  # slow on a CPU
    ),
)
def test_mixed_precision(name, policy, easy_images):
    x, y = (part[:60] for part in easy_images)  # float16 convolutions are slow on a CPU
    keras.config.set_dtype_policy(policy)
    try:
        model, history = fit(name, (x, y), epochs=1)
        probabilities = model.predict(x, verbose=0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert probabilities.dtype == np.float32
    assert all(np.isfinite(history.get("loss", [0.0])))
    assert model.cluster(x).shape == (60,)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x: x[:2], "at least as many rows as clusters"),
        (lambda x: x[:0], "must not be empty"),
        (lambda x: np.where(np.arange(300)[:, None, None, None] == 7, np.nan, x), r"nan in row 7"),
        (lambda x: np.where(np.arange(300)[:, None, None, None] == 7, np.inf, x), r"inf in row 7"),
        (lambda x: np.zeros_like(x), "are the same"),
        (lambda x: x[:, 0, 0, 0], "rank 2 or more"),
        (lambda x: x.astype(str), "must hold numbers"),
    ],
)
def test_bad_input_is_refused(name, spoil, message, easy_images):
    with pytest.raises(ValueError, match=message):
        train(make(name), spoil(easy_images[0]), easy_images[1], scored=False, verbose=0)


@pytest.mark.parametrize("name", ALL)
def test_labels_of_another_length_are_refused(name, easy_images):
    with pytest.raises(ValueError, match="one label for each of the 300 rows"):
        train(make(name), easy_images[0], easy_images[1][:-1], verbose=0)
