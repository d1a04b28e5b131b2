import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.metrics import gradient_cosine
from tfcluster.models import DDCAE, DDCUCO, DEPICT
from tfcluster.training import ObjectiveMismatch
from tfcluster.training.sources import ResidentSource


def images(rng):
    return rng.normal(size=(60, 20, 20, 1)).astype(np.float32)


def test_is_the_cosine_over_the_backbone_and_changes_nothing(rng):
    x = images(rng)
    model = DDCUCO(3, taps=("block1_pool", "block2_pool"))
    callback = ObjectiveMismatch(every=1)
    model.build((None, 20, 20, 1))
    model.compile(model.default_optimizer())
    model.source = ResidentSource(x, 30)
    callback.set_model(model)
    callback.set_params({"epochs": 1})
    before = [v.numpy().copy() for v in model.variables]
    callback.on_train_begin()
    logs = {}
    callback.on_epoch_end(0, logs)
    for a, b in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(a, b)
    expected = []
    for _, (batch,) in model.source.fixed():
        with tf.GradientTape(persistent=True) as tape:
            terms = model.loss_terms(batch, model.training_outputs(batch, True), True)
            ddc, uco = (tf.add_n([v for k, v in terms.items() if k.startswith(part)]) for part in ("ddc", "uco"))
        weights = model.encoder.trainable_variables
        expected.append(float(gradient_cosine(tape.gradient(ddc, weights), tape.gradient(uco, weights))))
    np.testing.assert_allclose(logs["ofm"], np.mean(expected), rtol=1e-3)
    assert -1.0 <= logs["ofm"] <= 1.0


def test_pairwise_and_reconstruction(rng):
    x = images(rng)
    model = DDCAE(3)
    callback = ObjectiveMismatch("pairwise", every=2)
    history = model.fit(x, epochs=2, batch_size=30, callbacks=[callback], verbose=0).history
    assert np.isnan(history["ofm_ddc_1_reconstruction"][0])
    names = [name for name in history if name.startswith("ofm_")]
    assert len(names) == 6
    assert all(abs(history[name][1]) <= 1.0 for name in names)


def test_does_not_change_training(rng):
    x, weights = images(rng), []
    for watched in (False, True):
        keras.utils.set_random_seed(0)
        model = DDCAE(3)
        callbacks = [ObjectiveMismatch(every=1)] if watched else []
        model.fit(x, epochs=2, batch_size=30, callbacks=callbacks, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_small_gradients_are_not_lost_in_half_precision(rng):
    found = {}
    for dtype in ("float32", "mixed_float16"):
        model = DDCAE(3, reconstruction_weight=1e-6, dtype=dtype)
        model.fit(images(rng), epochs=1, batch_size=30, callbacks=[ObjectiveMismatch(every=1)], verbose=0)
        found[dtype] = model.history.history["ofm"][0]
    assert found["mixed_float16"] == pytest.approx(found["float32"], abs=0.05)
    assert found["float32"] != 0.0


def test_unknown_mode():
    with pytest.raises(ValueError, match="`mode` must be one of"):
        ObjectiveMismatch("both")


def test_every_reconstruction_is_a_companion():
    callback = ObjectiveMismatch()
    callback.set_model(DEPICT(3))
    callback.params = {"epochs": 1}
    callback.on_train_begin()
    assert callback._groups == [("ofm", ("cross_entropy",), ("reconstruction", "hidden_reconstruction"))]
