import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.metrics import clustering_scores
from tfcluster.models import DEC
from tfcluster.ops import target_distribution
from tfcluster.training.sources import ResidentSource


class Recorder(keras.callbacks.Callback):
    """Targets and centroids after every block."""

    def __init__(self):
        super().__init__()
        self.targets, self.centroids = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.targets.append(self.model.targets.numpy())
        self.centroids.append(self.model.clustering.centroids.numpy())


def make(**arguments):
    return DEC(3, **{"pretrain_epochs": 3, **arguments})


def test_targets_stay_between_refreshes_and_centroids_train(easy_rows):
    recorder = Recorder()
    model = make(update_interval=5, tolerance=0.0)
    model.compile(keras.optimizers.SGD(0.01, 0.9), steps_per_execution=1)
    model.fit(easy_rows[0], epochs=4, batch_size=100, callbacks=[recorder], verbose=0)  # 12 steps
    same = [np.array_equal(a, b) for a, b in zip(recorder.targets, recorder.targets[1:], strict=False)]
    assert [step + 2 for step, equal in enumerate(same) if not equal] == [5, 10]
    moved = [np.abs(a - b).max() for a, b in zip(recorder.centroids, recorder.centroids[1:], strict=False)]
    assert min(moved) > 0


def test_targets_belong_to_their_rows_although_batches_are_shuffled(easy_rows):
    x = easy_rows[0]
    model = make()
    seen = []

    class Check(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            q = self.model.predict(x, verbose=0)
            np.testing.assert_allclose(self.model.targets.numpy(), target_distribution(tf.constant(q)), rtol=1e-4)
            source = self.model.source
            batch = source.batch(source.order(tf.constant(0)), None, 0)
            rows, targets = source.share(batch, 0, 1)
            assert not np.array_equal(batch, np.arange(100))
            np.testing.assert_array_equal(rows, x[batch.numpy()])
            np.testing.assert_array_equal(targets, self.model.targets.numpy()[batch.numpy()])
            seen.append(True)

    model.fit(x, epochs=1, batch_size=100, callbacks=[Check()], verbose=0)
    assert seen


def test_a_streamed_data_set_in_one_order_gives_every_row_its_target(easy_rows, monkeypatch):
    monkeypatch.setattr("tfcluster.training.rows.RESIDENT_BYTES", 0)
    x = easy_rows[0]
    model, seen = make(), []

    class Check(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            expected = target_distribution(tf.constant(self.model.predict(x, verbose=0))).numpy()
            for start, (rows, targets) in zip(range(0, 300, 100), self.model.source.consecutive(), strict=True):
                np.testing.assert_array_equal(rows, x[start : start + 100])
                np.testing.assert_allclose(targets, expected[start : start + 100], rtol=1e-4)
                seen.append(start)

    dataset = tf.data.Dataset.from_tensor_slices(x).batch(100)
    fit = {"epochs": 2, "batch_size": 100, "callbacks": [Check()], "verbose": 0}
    history = model.fit(dataset, easy_rows[1], **fit).history
    assert len(seen) == 3
    assert history["acc"][-1] > 0.9


def test_a_streamed_data_set_in_another_order_every_time_has_no_table(easy_rows, monkeypatch):
    monkeypatch.setattr("tfcluster.training.rows.RESIDENT_BYTES", 0)
    dataset = tf.data.Dataset.from_tensor_slices(easy_rows).shuffle(300, seed=0).batch(100)
    fit = {"epochs": 20, "batch_size": 100, "verbose": 0, "evaluate_every": 20}
    with pytest.raises(
        ValueError, match=r"in the same order every time.*reshuffle_each_iteration=False.*target='batch'"
    ):
        make().fit(dataset, **fit)
    model = make(target="batch", learning_rate=0.1)
    history = model.fit(dataset, **fit).history
    assert {"changed", "acc"}.isdisjoint(history)
    assert clustering_scores(easy_rows[1], model.cluster(easy_rows[0]))["acc"] > 0.9


def test_ends_when_few_labels_change(easy_rows):
    model = make(update_interval=3)
    history = model.fit(easy_rows[0], easy_rows[1], epochs=50, batch_size=100, verbose=0)
    assert len(history.epoch) < 50
    assert int(model.epochs_done) == len(history.epoch)
    assert history.history["acc"][-1] > 0.95  # the last epoch is evaluated though it is not the last asked for


def test_phases_one_by_one_are_not_done_again(easy_rows):
    whole, steps = make(), make()
    whole.fit(easy_rows[0], epochs=2, batch_size=100, verbose=0)
    assert len(steps.pretrain(easy_rows[0]).epoch) == 3
    assert steps.pretrain(easy_rows[0]) is None
    steps.initialize(easy_rows[0])
    centroids = steps.clustering.centroids.numpy()
    steps.initialize(easy_rows[0] + 1.0)
    np.testing.assert_array_equal(steps.clustering.centroids, centroids)
    steps.fit(easy_rows[0], epochs=2, batch_size=100, verbose=0)
    for a, b in zip(whole.get_weights(), steps.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_second_fit_goes_on(easy_rows):
    model = make(tolerance=0.0)
    model.fit(easy_rows[0], epochs=2, batch_size=100, verbose=0)
    weights = model.get_weights()
    model.fit(easy_rows[0], epochs=2, batch_size=100, verbose=0)
    assert int(model.epochs_done) == 4
    assert any(np.abs(a - b).max() > 0 for a, b in zip(weights, model.get_weights(), strict=True))


def test_batch_targets_need_no_table(easy_rows):
    model = make(target="batch")
    history = model.fit(easy_rows[0], easy_rows[1], epochs=3, batch_size=100, verbose=0).history
    assert history["acc"][-1] > 0.9


def test_only_distorted_rows_are_trained(easy_rows):
    x = tf.constant(easy_rows[0][:6], tf.float32)
    model = DEC(3, embedding_dim=2, augmentation=keras.layers.Rescaling(0.5), pretrain_epochs=1)
    model.build((None, 8))
    trained = model.training_outputs(x, training=True)["embedding"]
    np.testing.assert_allclose(trained, model.network(0.5 * x, training=True)["embedding"], rtol=1e-5)
    assert np.abs(trained - model.network(x, training=True)["embedding"]).max() > 1e-2


def test_a_users_encoder_as_the_embedding(easy_rows):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(5)])
    model = make(backbone=encoder, embedding_dim=None)
    model.fit(easy_rows[0], epochs=1, batch_size=100, verbose=0)
    assert model.embed(easy_rows[0]).shape == (300, 5)


@pytest.mark.parametrize(("k", "rows", "steps"), [(3, 300, 26), (3, 6000, 50), (5, 300, 43)])
def test_targets_last_for_half_an_epoch_or_for_enough_rows_of_every_cluster(k, rows, steps):
    model = DEC(k, pretrain_epochs=0)
    model.source = ResidentSource(np.zeros((rows, 2), np.float32), 60)
    assert model.target_interval() == steps


@pytest.mark.parametrize("reset", [False, True])
def test_momentum_is_set_back_with_the_targets(reset, easy_rows):
    seen = []

    class Seen(DEC):
        def refresh(self):
            super().refresh()
            slots = self.optimizer.momentums
            seen.append(max(float(tf.reduce_max(tf.abs(slot))) for slot in slots))

    model = Seen(3, pretrain_epochs=1, update_interval=2, tolerance=0.0, reset_momentum=reset)
    model.fit(easy_rows[0], epochs=2, batch_size=100, verbose=0)
    assert len(seen) == 3
    assert all((value == 0.0) == reset for value in seen)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`target` must be one of"):
        make(target="epoch")
    with pytest.raises(ValueError, match="`update_interval` must be an integer of at least 1"):
        make(update_interval=0)
