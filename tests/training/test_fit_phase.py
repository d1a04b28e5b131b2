import keras
import numpy as np
import pytest

from tfcluster.models import Autoencoder
from tfcluster.training import Session, fit_phase


class StoppedError(Exception):
    pass


class Stop(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise StoppedError


def make():
    def dense(width, units, seed):
        first = keras.initializers.GlorotUniform(seed)
        return keras.Sequential([keras.Input((width,)), keras.layers.Dense(units, kernel_initializer=first)])

    return Autoencoder(dense(8, 3, 1), dense(3, 8, 2), input_dropout=0.2)


def fit(model, x, **arguments):
    return fit_phase(model, x, keras.optimizers.Adam(), 4, 64, verbose=0, phase="code", **arguments)


def test_uses_the_rows_of_the_last_batch_too(easy_rows):
    model = make()
    fit(model, easy_rows[0])
    assert int(model.optimizer.iterations) == 4 * 5  # 300 rows in batches of 64


def test_resumes_as_if_never_stopped_and_a_finished_phase_is_taken(easy_rows, tmp_path):
    x = easy_rows[0]
    whole, resumed, again = make(), make(), make()
    fit(whole, x)
    with pytest.raises(StoppedError):
        fit(make(), x, session=Session(tmp_path, save_seconds=0.0), callbacks=[Stop()])
    fit(resumed, x, session=Session(tmp_path, save_seconds=0.0))
    history = fit(again, x, session=Session(tmp_path), callbacks=[Stop()])
    for model in (resumed, again):
        for a, b in zip(whole.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    assert history.epoch == []
    assert len(history.history["loss"]) == 4


def test_bad_rows_are_refused():
    with pytest.raises(ValueError, match="finite numbers"):
        fit(make(), np.full((5, 8), np.nan))
