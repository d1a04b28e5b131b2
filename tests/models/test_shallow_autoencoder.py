import keras
import numpy as np
import pytest

from tfcluster.layers import TiedDense
from tfcluster.losses import contraction, sparsity
from tfcluster.models import ShallowAutoencoder


def make(activation="sigmoid", **arguments):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(5, activation)])
    decoder = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8)])
    model = ShallowAutoencoder(encoder, decoder, **arguments)
    model.build((None, 8))
    return model


def test_terms(easy_rows):
    x = easy_rows[0][:20]
    model = make(contraction=0.3, sparsity=2.0, sparsity_target=0.1, weight_decay=0.01)
    outputs = model.training_outputs(x, training=False)
    terms = model.loss_terms(x, outputs, training=False)
    assert list(model.loss_names()) == ["reconstruction", "weight_decay", "contraction", "sparsity"]
    np.testing.assert_allclose(terms["contraction"], 0.3 * contraction(outputs["code"], model.layer.kernel), rtol=1e-6)
    np.testing.assert_allclose(terms["sparsity"], 2.0 * sparsity(outputs["code"], target=0.1), rtol=1e-6)
    squares = sum((np.asarray(part.layers[-1].kernel) ** 2).sum() for part in (model.encoder, model.decoder))
    np.testing.assert_allclose(terms["weight_decay"], 0.005 * squares, rtol=1e-5)


def test_masking_does_not_scale_what_is_left():
    x = np.full((200, 8), 3.0, np.float32)
    seen = make(masking=0.25).corrupt(x, training=True).numpy()
    assert set(np.unique(seen.round(5)).tolist()) == {0.0, 3.0}
    assert 0.2 < (seen == 0.0).mean() < 0.3


def test_sparse_units_are_less_active(easy_rows):
    x = 1 / (1 + np.exp(-easy_rows[0]))
    plain, sparse = make(), make(sparsity=3.0)
    for model in (plain, sparse):
        model.fit(x, epochs=20, batch_size=50, optimizer=keras.optimizers.Adam(0.02), verbose=0)
    assert np.mean(sparse.encoder(x)) < 0.5 * np.mean(plain.encoder(x))


def test_kl_sparsity_needs_codes_in_0_1():
    with pytest.raises(ValueError, match="use sigmoid units"):
        make("relu", sparsity=1.0)
    make("relu", sparsity=1.0, sparsity_kind="l1")


def test_a_tied_decoder_is_tied_again_when_loaded(easy_rows, tmp_path):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(5, "sigmoid")])
    decoder = keras.Sequential([keras.Input((5,)), TiedDense(encoder.layers[0], "tanh")])
    model = ShallowAutoencoder(encoder, decoder, contraction=0.1, seed=3)
    model.fit(easy_rows[0], epochs=1, verbose=0)
    model.save(tmp_path / "tied.keras")
    again = keras.models.load_model(tmp_path / "tied.keras")
    assert (again.name, again.contraction, again.seed) == (model.name, 0.1, 3)
    assert len(again.trainable_weights) == 3
    assert again.decoder.layers[-1].tied_to is again.encoder.layers[-1]
    np.testing.assert_array_equal(again.predict(easy_rows[0], verbose=0), model.predict(easy_rows[0], verbose=0))
    histories = [each.fit(easy_rows[0], epochs=2, verbose=0).history["loss"] for each in (model, again)]
    np.testing.assert_array_equal(*histories)


@pytest.mark.parametrize("built", [True, False])
def test_a_tied_decoder_of_a_configuration(built, easy_rows):
    first, second = ([keras.Input((8,))], [keras.Input((5,))]) if built else ([], [])
    encoder = keras.Sequential([*first, keras.layers.Dense(5, "sigmoid")])
    tied = TiedDense(encoder.layers[-1], trainable=False)
    decoder = keras.Sequential([*second, keras.layers.Rescaling(2.0), tied])
    model = ShallowAutoencoder(encoder, decoder)
    again = ShallowAutoencoder.from_config(model.get_config())
    for each in (model, again):
        each.build((None, 8))
        each(easy_rows[0])
        assert each.decoder.layers[-1].tied_to is each.encoder.layers[-1]
        assert [type(layer).__name__ for layer in each.decoder.layers] == ["Rescaling", "TiedDense"]
        assert len(each.decoder.layers[-1].trainable_weights) == 0
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(easy_rows[0]), model(easy_rows[0]))
