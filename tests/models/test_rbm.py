import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import RBM
from tfcluster.training.configured_model import dtype_policy


def make(**arguments):
    model = RBM(4, **{"initial_scale": 0.5, **arguments})
    model.build((None, 6))
    rng = np.random.default_rng(3)
    model.visible_bias.assign(rng.normal(size=6))
    model.hidden_bias.assign(rng.normal(size=4))
    return model


def binary_rows(n, d):
    return np.array([[int(bit) for bit in f"{i:0{d}b}"] for i in range(n)], np.float32)


def test_free_energy_sums_out_the_hidden_units():
    """F(v) = -ln sum_h exp(-E(v, h)) over all 16 states of h."""
    model = make()
    v, hidden = binary_rows(64, 6), binary_rows(16, 4)
    w, b, c = (np.asarray(part, np.float64) for part in model.get_weights()[:3])
    energies = -(v @ b)[:, None] - (hidden @ c)[None] - v @ w @ hidden.T
    np.testing.assert_allclose(model.free_energy(v), -np.log(np.exp(-energies).sum(1)), rtol=1e-5)


def test_gaussian_hidden_units_integrate_out():
    model = make(hidden="gaussian")
    v = binary_rows(8, 6)
    w, b, c = (np.asarray(part, np.float64) for part in model.get_weights()[:3])
    # -ln of the integral of exp(-|h - c|^2/2 + v'Wh) up to the same constant for every v
    expected = -(v @ b) - 0.5 * (((v @ w + c) ** 2).sum(1) - (c**2).sum())
    np.testing.assert_allclose(model.free_energy(v), expected, rtol=1e-4)
    np.testing.assert_allclose(model(v), v @ w + c, rtol=1e-5)


@pytest.mark.parametrize("visible", ["binary", "gaussian"])
def test_gradient_is_contrastive_divergence(visible, rng):
    model = make(visible=visible)
    v = binary_rows(10, 6) if visible == "binary" else rng.normal(size=(10, 6)).astype(np.float32)
    with tf.GradientTape() as tape:
        outputs = model.training_outputs(v, training=True)
        loss = model.loss_terms(v, outputs, training=True)["contrastive_divergence"]
    found = tape.gradient(loss, [model.kernel, model.hidden_bias, model.visible_bias])
    negative = outputs["negative"]
    h0, hk = model(v), model(negative)
    shift = 0.0 if visible == "binary" else np.asarray(model.visible_bias)
    expected = [
        -(tf.matmul(v, h0, transpose_a=True) - tf.matmul(negative, hk, transpose_a=True)) / 10,
        -tf.reduce_mean(h0 - hk, axis=0),
        -tf.reduce_mean((v - shift) - (negative - shift), axis=0),
    ]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("arguments", "rate"), [({}, 0.1), ({"steps": 3}, 0.1), ({"persistent": 100}, 0.02)])
def test_learns_two_patterns(arguments, rate, rng):
    patterns = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], np.float32)
    x = patterns[rng.integers(0, 2, size=400)]
    model = RBM(4, seed=1, **arguments)
    model.fit(x, epochs=100, batch_size=20, optimizer=keras.optimizers.SGD(rate, 0.5), verbose=0)
    assert np.abs(model.reconstruct(patterns) - patterns).max() < 0.2
    others = binary_rows(64, 6)
    energies = model.free_energy(others).numpy()
    likeliest = {tuple(row) for row in others[np.argsort(energies)[:6]].tolist()}
    assert {tuple(row) for row in patterns.tolist()} <= likeliest


def test_one_seed_the_same_bits_and_save(tmp_path, rng):
    x = (rng.uniform(size=(60, 6)) < 0.5).astype(np.float32)
    first, second = RBM(4, persistent=10), RBM(4, persistent=10)
    for model in (first, second):
        model.fit(x, epochs=2, batch_size=20, verbose=0)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    first.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), first.predict(x, verbose=0))


def test_bad_arguments():
    with pytest.raises(ValueError, match="`visible` must be one of"):
        RBM(4, visible="relu")
    with pytest.raises(ValueError, match=r"take rows in \[0, 1\].*Received: values from -0.5 to 1"):
        RBM(3).fit(np.array([[0.0, 1.0], [0.5, -0.5]], np.float32))
    with pytest.raises(ValueError, match="`steps` must be an integer of at least 1"):
        RBM(4, steps=0)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_computes_in_float32_under_mixed_precision(policy, rng):
    x = (rng.uniform(size=(60, 6)) < 0.3).astype(np.float32)
    plain = RBM(4)
    expected = plain.fit(x, epochs=2, batch_size=20, verbose=0).history["loss"]
    with dtype_policy(policy):
        mixed = RBM(4)
        np.testing.assert_array_equal(mixed.fit(x, epochs=2, batch_size=20, verbose=0).history["loss"], expected)
    np.testing.assert_array_equal(mixed.reconstruct(x), plain.reconstruct(x))


def test_takes_vectors_of_any_kind_of_number(rng):
    bits = rng.integers(0, 2, size=(40, 6))
    with pytest.raises(ValueError, match="takes rows of shape"):
        RBM(3).fit(bits.reshape(40, 2, 3), epochs=1, verbose=0)
    for wrong in ((2 * bits).tolist(), tf.constant(2.0 * bits)):
        with pytest.raises(ValueError, match="rows in"):
            RBM(3).fit(wrong, epochs=1, verbose=0)
    model = RBM(3)
    model.fit(bits.astype(np.uint8), epochs=1, verbose=0)
    expected = model.predict(bits.astype(np.float32), verbose=0)
    np.testing.assert_array_equal(model.predict(bits.astype(np.uint8), verbose=0), expected)
    assert model.reconstruct(bits.astype(np.uint8)).shape == (40, 6)
    assert model.free_energy(bits.astype(np.float64)).shape == (40,)
