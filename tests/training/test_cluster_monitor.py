import logging
import types

import keras
import numpy as np
import pytest

from tfcluster.training import ClusterMonitor


class Model:
    """Gives what it is told to."""

    n_clusters = 3
    stop_training = False

    def __init__(self, *labels):
        self.labels = list(labels)

    def of_first_worker(self, value):
        return value

    def assess(self, source, with_loss):
        return np.array(self.labels.pop(0)), 0.5 if with_loss else float("nan")


def monitor(model, epochs, repeats=True, **arguments):
    made = ClusterMonitor(types.SimpleNamespace(repeats=repeats), **arguments)
    made.set_model(model)
    made.set_params({"epochs": epochs})
    return made


def run(made, epoch):
    logs = {}
    made.on_epoch_end(epoch, logs)
    return logs


def test_rows_in_another_order_every_time_do_not_tell_what_has_changed():
    assert "changed" in run(monitor(Model([0, 1]), 5), 4)
    assert "changed" not in run(monitor(Model([0, 1]), 5, repeats=False), 4)


def test_evaluates_every_so_many_epochs_and_the_last():
    made = monitor(Model([0, 1], [0, 2]), 5, every=3)
    seen = [run(made, epoch)["criterion"] for epoch in range(5)]
    np.testing.assert_array_equal(seen, [np.nan, np.nan, 0.5, np.nan, 0.5])


def test_changed_and_occupancy():
    made = monitor(Model([0, 1, 1, 1], [0, 1, 1, 0]), 2)
    assert np.isnan(run(made, 0)["changed"])
    logs = run(made, 1)
    assert logs["changed"] == 0.25
    assert logs["used_clusters"] == 2


def test_scores_only_with_labels():
    assert "acc" not in run(monitor(Model([0, 1]), 1), 0)
    assert run(monitor(Model([2, 0]), 1, y=np.array([0, 1])), 0)["acc"] == 1.0


def test_an_epoch_in_which_the_model_ends_training_is_evaluated():
    model = Model([0, 1])
    model.stop_training = True
    assert run(monitor(model, 50, every=10), 3)["used_clusters"] == 2


def test_without_loss_there_is_no_criterion():
    assert "criterion" not in run(monitor(Model([0, 1]), 1, with_loss=False), 0)


@pytest.mark.parametrize("epoch", [0, 1])
def test_names_are_the_same_in_every_epoch(epoch):
    made = monitor(Model([0, 1]), 2, every=2, y=np.array([0, 1]))
    expected = ["criterion", "changed", "used_clusters", "occupancy_entropy", "acc", "nmi", "ari"]
    assert list(run(made, epoch)) == expected


@pytest.mark.parametrize(("labels", "empty"), [([0, 1], 1), ([2, 2], 2), ([0, 1, 2], 0)])
def test_empty_clusters_are_reported_at_the_end(labels, empty, caplog):
    made = monitor(Model(labels), 1)
    run(made, 0)
    with caplog.at_level(logging.WARNING, "tfcluster"):
        made.on_train_end()
    assert (f"{empty} of 3 clusters are empty" in caplog.text) == (empty > 0)


def test_callbacks_that_monitor_no_evaluation_are_left_alone():
    others = [keras.callbacks.EarlyStopping("loss"), keras.callbacks.TerminateOnNaN()]
    made = monitor(Model([0, 1]), 5, every=3)
    assert made.around(others) == others
    assert np.isnan(run(made, 0)["criterion"])


def test_callbacks_that_do_see_the_last_evaluation():
    other, stop = keras.callbacks.TerminateOnNaN(), keras.callbacks.EarlyStopping("criterion")
    made = monitor(Model([0, 1], [0, 2]), 5, every=3)
    first, show, watching, hide = made.around([stop, other])
    assert (first, watching) == (other, stop)
    seen = []
    for epoch in range(3):
        logs = run(made, epoch)
        show.on_epoch_end(epoch, logs)
        seen.append((logs["criterion"], logs.get("changed")))
        hide.on_epoch_end(epoch, logs)
        assert np.isnan(logs["criterion"]) == (epoch == 1)
    assert seen == [(0.5, None), (0.5, None), (0.5, 0.5)]  # there is no share of changed labels at the first evaluation
