import keras
import numpy as np
import pytest

from tfcluster.backbones import make_decoder, make_encoder, with_taps


def test_by_name_and_as_a_model():
    assert make_encoder("mlp", (4,), 0).name == "mlp"
    own = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    assert make_encoder(own, (4,), 0) is own
    assert make_decoder(own, (3,), (4,), 0).output.shape == (None, 4)
    with pytest.raises(ValueError, match="did you mean cnn_small"):
        make_encoder("cnn_smal", (28, 28, 1), 0)


def test_taps(rng):
    encoder = make_encoder("mlp", (4,), 0)
    x = rng.normal(size=(3, 4)).astype(np.float32)
    features, first, second = with_taps(encoder, ("dense_1", "dense_2"))(x)
    np.testing.assert_allclose(first, encoder.get_layer("dense_1")(x))
    assert second.shape == (3, 500)
    np.testing.assert_allclose(features, encoder(x))
    assert with_taps(encoder, ()) is encoder


def test_unknown_tap_names_the_layers():
    with pytest.raises(ValueError, match=r"has the layers: .*dense_1"):
        with_taps(make_encoder("mlp", (4,), 0), ("conv_9",))


def test_taps_of_a_model_without_an_input():
    made = make_encoder(keras.Sequential([keras.layers.Dense(4, name="a"), keras.layers.Dense(2)]), (3,), 0)
    features, tap = with_taps(made, ["a"])(np.zeros((5, 3)))
    assert (features.shape, tap.shape) == ((5, 2), (5, 4))
