import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import small_ddc
from tfcluster.metrics import clustering_accuracy
from tfcluster.models import (
    DCN,
    DDC,
    DDCUCO,
    DEC,
    IDEC,
    JULE,
    M2,
    AEKMeans,
    AuxiliaryTaskVAE,
    DeepCluster,
    GumbelVAE,
    KMeans,
)
from tfcluster.training.rows import Rows
from tfcluster.training.sources import ResidentSource


@pytest.mark.parametrize("n_clusters", [1, 0, 2.5, "three"])
def test_number_of_clusters(n_clusters):
    with pytest.raises(ValueError, match="`n_clusters` must be an integer of at least 2"):
        DDC(n_clusters)


@pytest.mark.parametrize("seed", [-1, "a", None, 2**31])
def test_seed(seed):
    with pytest.raises(ValueError, match="`seed` must be"):
        DDC(3, seed=seed)


@pytest.mark.parametrize(
    ("method", "argument"),
    [
        (IDEC, {"embedding_dim": 0}),
        (KMeans, {"n_init": 0}),
        (IDEC, {"pretrain_batch_size": 2.5}),
        (DEC, {"update_interval": 2.5}),
        (DCN, {"kmeans_every": 1.5}),
        (AuxiliaryTaskVAE, {"n_neighbours": 0}),
    ],
)
def test_counts_are_at_least_one(method, argument):
    (name,) = argument
    with pytest.raises(ValueError, match=f"`{name}` must be an integer of at least 1"):
        method(3, **argument).build((None, 8))


def test_a_data_set_is_as_good_as_an_array(easy_rows):
    x, y = easy_rows
    weights = []
    for rows in (x, tf.data.Dataset.from_tensor_slices((x, y)).batch(50)):
        model = small_ddc()
        history = model.fit(rows, epochs=2, batch_size=60, verbose=0).history
        weights.append(model.get_weights())
    assert "acc" in history  # the labels of the data set
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_infinite_data_set_is_refused(easy_rows):
    with pytest.raises(ValueError, match="must be finite"):
        small_ddc().fit(tf.data.Dataset.from_tensor_slices(easy_rows[0]).batch(10).repeat(), verbose=0)


def test_streams_what_does_not_fit(easy_rows, monkeypatch):
    monkeypatch.setattr("tfcluster.training.rows.RESIDENT_BYTES", 1000)
    x, y = easy_rows
    for rows in (x, tf.data.Dataset.from_tensor_slices(x).batch(50)):
        model = small_ddc()
        history = model.fit(rows, y, epochs=6, batch_size=60, verbose=0).history
        assert history["loss"][-1] < history["loss"][0]
        assert history["acc"][-1] == clustering_accuracy(y, model.cluster(x))


def test_rows_on_the_host_train_like_rows_on_the_device(easy_rows, monkeypatch):
    weights = []
    for size in (2**31, 1000):
        monkeypatch.setattr("tfcluster.training.rows.RESIDENT_BYTES", size)
        model = small_ddc()
        model.fit(easy_rows[0], epochs=2, batch_size=60, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_second_fit_goes_on(easy_rows):
    model = small_ddc()
    first = model.fit(easy_rows[0], epochs=3, batch_size=60, keep_best=False, verbose=0).history["loss"]
    second = model.fit(easy_rows[0], epochs=3, batch_size=60, keep_best=False, verbose=0).history["loss"]
    whole = small_ddc()
    loss = whole.fit(easy_rows[0], epochs=6, batch_size=60, keep_best=False, verbose=0).history["loss"]
    assert first + second == loss
    assert int(model.epochs_done) == 6


def test_the_users_compile_and_callbacks_are_kept(easy_rows):
    model = small_ddc()
    model.compile(keras.optimizers.SGD(0.01), steps_per_execution=2)
    blocks, seen = [], {}

    class Spy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            blocks.append(batch)

        def on_epoch_end(self, epoch, logs=None):
            seen.update(logs)

    model.fit(easy_rows[0], epochs=1, batch_size=60, callbacks=[Spy()], verbose=0)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    assert blocks == [1, 3, 5]  # five steps in blocks of two
    assert {"loss", "ddc_1", "criterion", "used_clusters"} <= set(seen)


def test_early_stopping_on_the_criterion(easy_rows):
    stop = keras.callbacks.EarlyStopping("criterion", mode="min", patience=1, min_delta=10.0)
    history = small_ddc().fit(easy_rows[0], epochs=20, batch_size=60, evaluate_every=1, callbacks=[stop], verbose=0)
    assert len(history.epoch) == 2


def test_what_monitors_an_evaluation_sees_the_last_one_in_between(easy_rows, tmp_path):
    stop = keras.callbacks.EarlyStopping("criterion", mode="min", patience=3)
    kept = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras", "criterion", save_best_only=True, mode="min")
    options = {"epochs": 12, "batch_size": 60, "evaluate_every": 3, "callbacks": [stop, kept], "verbose": 0}
    criteria = np.array(small_ddc().fit(easy_rows[0], **options).history["criterion"])
    assert [epoch for epoch, value in enumerate(criteria, 1) if not np.isnan(value)] == [1, 3, 6, 9, 12]
    found = criteria[~np.isnan(criteria)]
    assert (np.diff(found) < 0).all()
    assert stop.best == found[-1]
    assert {path.stem for path in tmp_path.iterdir()} == {"1", "3", "6", "9", "12"}


def test_an_interrupted_training_goes_on(easy_rows, tmp_path):
    class Interrupts(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 3:
                raise KeyboardInterrupt

    model, options = GumbelVAE(3, likelihood="mse", latent_dim=3, feature_dim=10), {"batch_size": 60, "verbose": 0}
    saves = keras.callbacks.ModelCheckpoint(tmp_path / "model.keras")
    with pytest.raises(KeyboardInterrupt):
        model.fit(easy_rows[0], epochs=5, callbacks=[saves, Interrupts()], **options)
    assert int(model.epochs_done) == 3
    model.fit(easy_rows[0], epochs=2, **options)
    assert int(model.epochs_done) == 5
    again = keras.models.load_model(tmp_path / "model.keras")
    history = again.fit(easy_rows[0], epochs=2, **options).history
    assert history["temperature"] == pytest.approx([np.exp(-0.01386 * epoch) for epoch in (3, 4)])
    assert int(again.epochs_done) == 5


@pytest.mark.parametrize("given", [{"loss": "mse"}, {"metrics": ["accuracy"]}, {"weighted_metrics": ["accuracy"]}])
def test_losses_and_metrics_are_refused(given, easy_rows):
    model = small_ddc()
    model.compile("adam", **given)
    with pytest.raises(ValueError, match="DDC has losses and scores of its own"):
        model.fit(easy_rows[0], epochs=1, verbose=0)


def test_what_follows_the_labels_has_a_name(easy_rows):
    with pytest.raises(TypeError, match="positional arguments"):
        small_ddc().fit(easy_rows[0], None, 32)


def test_predict_takes_what_cluster_takes(easy_rows):
    x = easy_rows[0]
    model = small_ddc()
    model.fit(x, epochs=1, batch_size=60, verbose=0)
    expected = model.predict(x, verbose=0)
    for same in (x.tolist(), tf.constant(x), tf.data.Dataset.from_tensor_slices(x).batch(50)):
        np.testing.assert_allclose(model.predict(same, verbose=0), expected, atol=1e-6)
    broken = np.full((3, 8), np.nan, np.float32)
    for wrong in (tf.constant(broken), tf.data.Dataset.from_tensors(broken)):
        with pytest.raises(ValueError, match="must hold finite numbers"):
            model.predict(wrong, verbose=0)
    with pytest.raises(ValueError, match="must have rows"):
        model.predict(x[:0], verbose=0)


def test_block_size_does_not_matter(easy_rows):
    weights = []
    for block in (1, 2, 5, 50):
        model = small_ddc()
        model.compile(model.default_optimizer(), steps_per_execution=block)
        model.fit(easy_rows[0], epochs=2, batch_size=60, verbose=0)
        weights.append(model.get_weights())
    for other in weights[1:]:
        for a, b in zip(weights[0], other, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_evaluate_and_train_on_batch(easy_rows):
    model = small_ddc()
    model.fit(easy_rows[0], epochs=1, batch_size=60, validation_data=(easy_rows[0], None), verbose=0)
    scores = model.evaluate(easy_rows[0], batch_size=60, return_dict=True, verbose=0)
    assert abs(scores["loss"] - sum(scores[f"ddc_{i}"] for i in (1, 2, 3))) < 1e-5
    before = model.get_weights()
    model.train_on_batch(easy_rows[0][:60])
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, model.get_weights(), strict=True))


def test_losses_of_layers_are_not_lost(easy_rows):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, activity_regularizer="l2", name="first")])
    model = DDC(3, backbone=encoder)
    logs = model.fit(easy_rows[0], epochs=1, batch_size=60, verbose=0).history
    assert logs["loss"][0] > sum(logs[f"ddc_{i}"][0] for i in (1, 2, 3)) + 1e-3


def test_validation_loss_is_that_of_batches_as_in_training(easy_rows):
    x = easy_rows[0]
    model = small_ddc()
    history = model.fit(x, epochs=2, batch_size=60, validation_data=(x[:120], None), verbose=0, keep_best=False).history
    found = model.evaluate(x[:120], batch_size=60, verbose=0, return_dict=True)
    assert history["val_ddc_1"][-1] == pytest.approx(found["ddc_1"], rel=1e-5)


def test_criterion_does_not_depend_on_the_order_of_the_rows(easy_rows):
    x, y = easy_rows
    model = small_ddc()
    model.fit(x, epochs=20, batch_size=60, verbose=0)
    by_class = np.argsort(y, kind="stable")
    sources = [model.make_source(Rows(rows, None, 3), 60) for rows in (x, x[by_class])]
    (labels, mixed), (ordered, sorted_) = (model.assess(source) for source in sources)
    np.testing.assert_array_equal(ordered, labels[by_class])
    assert sorted_ == pytest.approx(mixed, rel=0.1)  # batches of a single class would have twice that


def test_double_precision(easy_rows):
    model = DDC(3, backbone="mlp", dtype="float64")
    assert np.isfinite(model.fit(easy_rows[0], epochs=1, batch_size=60, verbose=0).history["loss"]).all()


@pytest.mark.parametrize("evaluate_every", [0, -1])
def test_evaluations_come_after_an_epoch_at_least(easy_rows, evaluate_every):
    with pytest.raises(ValueError, match="`evaluate_every` must be at least 1"):
        small_ddc().fit(easy_rows[0], epochs=1, evaluate_every=evaluate_every, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": -1}, "`epochs` must be a whole number of at least 0"),
        ({"shuffle": False}, "It takes no shuffle"),
        ({"class_weight": {0: 1.0}}, "It takes no class_weight"),
        ({"validation_split": 0.2}, "It takes no validation_split"),
    ],
)
def test_arguments_of_fit_that_make_no_sense(easy_rows, arguments, message):
    with pytest.raises(ValueError, match=message):
        DDC(3, backbone="mlp").fit(easy_rows[0], verbose=0, **arguments)


def test_losses_of_some_labels_take_no_validation_data(easy_rows):
    x, y = easy_rows
    with pytest.raises(ValueError, match="M2 takes no `validation_data`"):
        M2(3, likelihood="mse").fit(x, y, epochs=1, validation_data=(x,))
    model = M2(3, likelihood="mse")
    model.fit(x, y, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="M2 takes no `evaluate`"):
        model.evaluate(x, verbose=0)


def test_the_best_checkpoint_of_a_method_that_keeps_the_last(easy_rows):
    model = GumbelVAE(3, likelihood="mse", latent_dim=3, feature_dim=10, learning_rate=0.1)
    options = {"epochs": 6, "batch_size": 60, "evaluate_every": 1, "verbose": 0}
    history = model.fit(easy_rows[0], keep_best=True, **options).history
    ranks = [(used < 3, value) for used, value in zip(history["used_clusters"], history["criterion"], strict=True)]
    assert model.checkpoint.rank == min(ranks) != ranks[-1]
    np.testing.assert_allclose(model.assess(ResidentSource(easy_rows[0], 60))[1], min(ranks)[1], rtol=1e-5)


def test_losses_of_pseudo_labels_take_no_validation_data(easy_rows):
    x = easy_rows[0]
    with pytest.raises(ValueError, match="DeepCluster takes no `validation_data`"):
        DeepCluster(3, backbone="mlp").fit(x, epochs=1, validation_data=(x,))


@pytest.mark.parametrize("method", [AEKMeans, DDC, KMeans])
def test_scales_are_those_that_the_network_sees(method, easy_rows, caplog):
    backbone = {} if method is KMeans else {"backbone": "mlp"}
    for preprocessing, count in ((None, int(method is not KMeans)), (keras.layers.Rescaling(1e-5), 0)):
        caplog.clear()
        method(3, preprocessing=preprocessing, **backbone).fit(1e5 * easy_rows[0], epochs=1, verbose=0)
        assert sum("the model sees values up to" in record.getMessage() for record in caplog.records) == count


@pytest.mark.parametrize(
    ("method", "argument"), [(IDEC, {"gamma": -5.0}), (DDC, {"learning_rate": -1e-3}), (DDCUCO, {"uco_weight": -0.1})]
)
def test_weights_and_rates_are_not_negative(method, argument):
    (name,) = argument
    with pytest.raises(ValueError, match=f"`{name}` must be at least 0. Received: -"):
        method(3, backbone="mlp", **argument).build((None, 8))


def test_xla(easy_rows):
    first = keras.layers.Dense(16, "relu", kernel_initializer=keras.initializers.GlorotUniform(seed=7), name="first")
    losses = []
    for jit in (False, True):
        encoder = keras.Sequential(
            [keras.Input((8,)), keras.layers.Reshape((2, 4), name="grid"), keras.layers.Flatten(), first]
        )
        model = DDCUCO(3, backbone=encoder, taps=["grid", "first"], solver="cholesky", seed=0)
        model.build((None, 8))
        model.compile(model.default_optimizer(), jit_compile=jit, steps_per_execution=5)
        assert model.jit_compile == jit
        losses.append(model.fit(easy_rows[0], epochs=1, batch_size=60, verbose=0).history["loss"][0])
        first = keras.layers.Dense.from_config(first.get_config())
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_batch_coupled_losses_need_two_rows(easy_rows):
    with pytest.raises(ValueError, match="`batch_size` must be a whole number of at least 2"):
        small_ddc().fit(easy_rows[0], batch_size=1, verbose=0)


@pytest.mark.parametrize("method", [JULE, DeepCluster])
def test_without_a_criterion_no_checkpoint_is_the_best(method, easy_images):
    with pytest.raises(ValueError, match=f"{method.__name__} has no criterion for `keep_best`"):
        method(3).fit(easy_images[0], epochs=1, batch_size=40, keep_best=True, verbose=0)


def test_scales_of_enlarged_images_are_those_of_fewer(monkeypatch, rng):
    monkeypatch.setattr("tfcluster.models.clustering_model._SEEN", 3000)
    model = DDC(2, preprocessing=keras.layers.Resizing(20, 20))
    model.build((None, 4, 4, 3))
    seen, preprocessed = [], model.preprocessed
    model.preprocessed = lambda x: seen.append(preprocessed(x)) or seen[-1]
    model.look_at_scales(Rows(rng.normal(size=(50, 4, 4, 3)).astype(np.float32), None, 2))
    assert [part.shape for part in seen] == [(2, 20, 20, 3)]
