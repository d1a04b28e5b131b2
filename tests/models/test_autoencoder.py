import keras
import numpy as np
import pytest

from tfcluster.models import Autoencoder


def make(**arguments):
    encoder = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(1))]
    )
    decoder = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(8, kernel_initializer=keras.initializers.GlorotUniform(2))]
    )
    return Autoencoder(encoder, decoder, **arguments)


def test_learns_the_leading_subspace(easy_rows):
    """A linear autoencoder ends at the error of the principal components."""
    x = easy_rows[0]
    model = make()
    history = model.fit(x, epochs=150, batch_size=50, optimizer=keras.optimizers.Adam(1e-2), verbose=0).history
    values = np.linalg.svd(x - x.mean(0), compute_uv=False)
    best = (values[3:] ** 2).sum() / x.size
    assert best <= history["loss"][-1] < 1.1 * best


def test_dropout_only_in_training_and_the_target_is_clean(easy_rows):
    x = easy_rows[0][:50]
    model = make(input_dropout=0.5, code_dropout=0.5)
    model.build((None, 8))
    outputs = model.training_outputs(x, training=True)
    np.testing.assert_array_equal(outputs["rows"], x)
    np.testing.assert_array_equal(model.training_outputs(x, training=False)["reconstruction"], model(x))
    assert np.abs(outputs["reconstruction"] - model(x)).max() > 0


def test_save_and_load(easy_rows, tmp_path):
    scale = keras.layers.Rescaling(0.02, 0.5)  # into [0, 1]
    model = make(reconstruction="cross_entropy", input_dropout=0.1, preprocessing=scale)
    model.fit(easy_rows[0], epochs=1, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(easy_rows[0], verbose=0), model.predict(easy_rows[0], verbose=0))
    assert again.reconstruction == "cross_entropy"


def test_bad_arguments():
    with pytest.raises(ValueError, match="`reconstruction` must be one of"):
        make(reconstruction="l1")
    with pytest.raises(ValueError, match="`input_dropout` must be at least 0"):
        make(input_dropout=1.0)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_rows_are_preprocessed_before_they_are_rounded(rng, precision):
    x = rng.normal(size=(64, 3)).astype(np.float32)
    norm = keras.layers.Normalization(mean=[70000.0] * 3, variance=[1.0] * 3, dtype="float32")
    ends = (keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)]) for _ in range(2))
    model = Autoencoder(*ends, preprocessing=norm, dtype=precision)
    rows = model(x + 70000.0, everything=True)["rows"]
    assert rows.dtype == precision[6:]
    np.testing.assert_allclose(np.asarray(rows, np.float32), x, atol=0.03)


def test_a_cross_entropy_takes_rows_in_the_unit_interval(easy_rows):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "sigmoid")])
    with pytest.raises(ValueError, match=r"`reconstruction='cross_entropy'` takes preprocessed rows in \[0, 1\]"):
        Autoencoder(encoder, decoder, "cross_entropy").fit(3 * easy_rows[0])


def test_a_batch_weighs_as_many_as_its_rows(rng):
    x = rng.normal(size=(33, 8)).astype(np.float32)
    x[-1] *= 5.0
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    model = Autoencoder(encoder, decoder)
    model.fit(x, epochs=1, verbose=0)
    expected = np.square(x - model.predict(x, verbose=0)).mean()
    for batch_size in (33, 32, 7):
        np.testing.assert_allclose(model.evaluate(x, batch_size=batch_size, verbose=0)[0], expected, rtol=1e-5)
    still = keras.optimizers.SGD(0.0)
    model = Autoencoder(encoder, decoder)
    np.testing.assert_allclose(
        model.fit(x, epochs=1, batch_size=32, optimizer=still, verbose=0).history["loss"], [expected], rtol=1e-5
    )
