import keras
import numpy as np
import pytest

from tfcluster.layers import RandomAffine
from tfcluster.models import DDC
from tfcluster.training import Session


class KilledError(Exception):
    pass


class KillAt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.kill_epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.kill_epoch:
            raise KilledError


def make():
    """A model with two kinds of random layers."""
    dense = keras.layers.Dense(16, "relu", kernel_initializer=keras.initializers.GlorotUniform(seed=7))
    layers = [keras.Input((4, 2, 1)), keras.layers.Flatten(), dense, keras.layers.Dropout(0.2, seed=3)]
    images = keras.layers.Reshape((4, 2, 1))
    return DDC(3, backbone=keras.Sequential(layers), preprocessing=images, augmentation=RandomAffine())


def fit(model, x, folder, callbacks=(), fingerprint="a", epochs=6):
    return model.fit(
        x,
        epochs=epochs,
        batch_size=60,
        evaluate_every=2,
        verbose=0,
        callbacks=list(callbacks),
        session=Session(folder, fingerprint, save_seconds=0.0),
    )


@pytest.mark.parametrize("epoch", [1, 4, pytest.param(3, marks=pytest.mark.long)])
def test_killed_and_resumed_is_the_same_as_never_killed(easy_rows, tmp_path, epoch):
    x, _ = easy_rows
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole = make()
    history = fit(whole, x, tmp_path / "whole").history
    with pytest.raises(KilledError):
        fit(make(), x, tmp_path / "killed", [KillAt(epoch)])
    resumed = make()
    again = fit(resumed, x, tmp_path / "killed").history
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert set(history) == set(again)
    for name in history:
        np.testing.assert_array_equal(history[name], again[name])
    assert int(resumed.epochs_done) == 6


def test_another_configuration_is_refused(easy_rows, tmp_path):
    fit(make(), easy_rows[0], tmp_path, epochs=1)
    with pytest.raises(ValueError, match="another configuration"):
        fit(make(), easy_rows[0], tmp_path, fingerprint="b")


def test_a_training_that_has_ended_is_of_its_epochs(easy_rows, tmp_path):
    fit(make(), easy_rows[0], tmp_path, epochs=2)
    assert len(fit(make(), easy_rows[0], tmp_path, epochs=2).history["loss"]) == 2
    with pytest.raises(ValueError, match=r"training of 2 epochs that has ended.*Received: 3"):
        fit(make(), easy_rows[0], tmp_path, epochs=3)
