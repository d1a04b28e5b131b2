import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.data import load
from tfcluster.layers import RandomAffine
from tfcluster.models import DDCUCO


def test_factors_of_the_weightings():
    for weighting, expected in (("constant", [1, 1]), ("linear", [0.5, 1]), ("exp", [0.1, 1])):
        model = DDCUCO(3, uco_weight=0.2, weighting=weighting)
        np.testing.assert_allclose([c.weight for c in model.companions], 0.2 * np.array(expected))


def test_terms_are_those_of_the_layer(rng):
    x = rng.normal(size=(8, 20, 20, 1)).astype(np.float32)
    model = DDCUCO(3)
    model.build((None, 20, 20, 1))
    outputs = model.training_outputs(x, training=True)
    terms = model.loss_terms(x, outputs, training=True)
    assert list(terms) == model.loss_names() == ["ddc_1", "ddc_2", "ddc_3", "uco_1", "uco_2"]
    tap = model.encoder(x, training=True)[1]
    assert tap.shape == (8, 12, 12, 32)  # before the first pooling
    np.testing.assert_allclose(
        terms["uco_1"], model.companions[0].companion_loss(tap, outputs["assignments"]), rtol=1e-4
    )


def test_taps_of_the_rows_meet_the_assignments_of_the_distorted_rows(rng):
    # Rows 0..3 are a batch, rows 4..7 the same batch distorted.
    model = DDCUCO(3, augmentation=RandomAffine(), uco_weight=1.0)
    tap = tf.constant(rng.normal(size=(8, 3, 3, 4)), tf.float32)
    a = tf.nn.softmax(tf.constant(rng.normal(size=(8, 3)), tf.float32))
    outputs = {"assignments": a, "embedding": tf.random.stateless_normal((8, 5), (0, 0)), "taps": [tap, tap]}
    crossed = model.companions[0].companion_loss(tap[:4], a[4:])
    np.testing.assert_allclose(model.loss_terms(None, outputs, training=True)["uco_1"], crossed, rtol=1e-5)
    whole = model.companions[0].companion_loss(tap, a)
    np.testing.assert_allclose(model.loss_terms(None, outputs, training=False)["uco_1"], whole, rtol=1e-5)


def test_companions_share_the_arguments():
    model = DDCUCO(
        3, kernel="naive", solver="cholesky", uco_bandwidth="quantile", uco_quantile=0.2, detach_assignments=True
    )
    for companion in model.companions:
        assert companion.kernel == "naive"
        assert companion.solver == "cholesky"
        assert companion.bandwidth == "quantile"
        assert companion.quantile == 0.2
        assert companion.detach_assignments


@pytest.mark.parametrize("policy", [pytest.param("mixed_float16", marks=pytest.mark.long), "mixed_bfloat16"])
def test_mixed_precision_trains_to_the_loss_of_float32(policy):
    x = load("digits").x[:240]
    losses = {}
    for name in ("float32", policy):
        keras.config.set_dtype_policy(name)
        try:
            scale = keras.Sequential([keras.layers.Resizing(20, 20), keras.layers.Rescaling(1 / 8, -1)])
            model = DDCUCO(10, taps=("block1_pool", "block2_pool"), preprocessing=scale)
            losses[name] = model.fit(x, epochs=3, evaluate_every=3, verbose=0).history["loss"][-1]
        finally:
            keras.config.set_dtype_policy("float32")
    assert abs(losses[policy] / losses["float32"] - 1.0) < 0.02


def test_overflow_skips_the_step_under_loss_scaling(rng):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = DDCUCO(3, taps=("block1_pool",))
        x = rng.normal(size=(60, 20, 20, 1)).astype(np.float32)
        x[0] = 6e4  # overflows float16 in the first convolution
        model.build((None, 20, 20, 1))
        before = [w.copy() for w in model.encoder.get_layer("block1_conv1").get_weights()]
        model.compile(model.default_optimizer())
        logs = model.fit(x, epochs=1, batch_size=60, verbose=0, evaluate_every=1).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(logs["loss"][0])
    for a, b in zip(before, model.encoder.get_layer("block1_conv1").get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert float(tf.convert_to_tensor(model.optimizer.dynamic_scale)) < 32768.0
