import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import KMeans


def test_callbacks_see_one_epoch(easy_rows):
    seen = []
    spy = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs))))
    KMeans(3).fit(*easy_rows, callbacks=[spy])
    assert seen == [(0, ["acc", "ari", "criterion", "nmi", "occupancy_entropy", "used_clusters"])]


def test_streamed_rows_are_refused(easy_rows, monkeypatch):
    monkeypatch.setattr("tfcluster.training.rows.RESIDENT_BYTES", 100)
    with pytest.raises(ValueError, match="takes an array or a memory map"):
        KMeans(3).fit(tf.data.Dataset.from_tensor_slices(easy_rows[0]).batch(50))


def test_rows_of_any_rank(rng):
    x = rng.normal(size=(30, 4, 4, 1)).astype(np.float32)
    model = KMeans(3)
    model.fit(x)
    assert model.embed(x).shape == (30, 16)


def test_arguments_of_no_training_loop(easy_rows):
    model = KMeans(3)
    model.fit(easy_rows[0], epochs=5, batch_size=60, evaluate_every=2, keep_best=True)
    with pytest.raises(ValueError, match="It takes no sample_weight"):
        model.fit(easy_rows[0], sample_weight=np.ones(len(easy_rows[0])))
    with pytest.raises(TypeError, match="takes no `epoch`: there is no training loop"):
        model.fit(easy_rows[0], epoch=3)
