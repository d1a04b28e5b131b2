import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.layers import ReplicaDropout
from tfcluster.models import LadderAutoencoder


@pytest.mark.parametrize("shape", [(28, 28, 1), (16, 16, 1), (9, 11, 3), (20,), (4, 5), (3, 4, 2, 2)])
def test_every_layer_is_given_back_in_its_shape(shape, rng):
    model = LadderAutoencoder(5)
    model.build((None, *shape))
    x = rng.uniform(-1, 1, size=(4, *shape)).astype(np.float32)
    outputs = model.training_outputs(x, training=True)
    first, second, code = outputs["clean"]
    assert code.shape == (4, 5)
    assert [part.shape for part in outputs["back"]] == [second.shape, first.shape, x.shape]


def test_clean_and_noisy_encoders_share_their_weights(rng):
    model = LadderAutoencoder(5)
    model.build((None, 20))
    x = rng.uniform(-1, 1, size=(4, 20)).astype(np.float32)
    outputs = model.training_outputs(x, training=False)  # no dropout: one and the same pass
    np.testing.assert_allclose(outputs["noisy"], outputs["clean"][-1], rtol=1e-6)
    noisy = model.training_outputs(x, training=True)
    np.testing.assert_array_equal(noisy["clean"][-1], outputs["clean"][-1])
    assert np.abs(noisy["noisy"] - outputs["noisy"]).max() > 0


def test_the_layer_below_the_code_has_no_dropout():
    model = LadderAutoencoder(5)
    model.build((None, 16, 16, 1))
    drops = [layer for layer in model.noisy.layers if isinstance(layer, ReplicaDropout)]
    assert [tuple(layer.output.shape) for layer in drops] == [(None, 16, 16, 1), (None, 7, 7, 50)]


def test_terms_by_hand(rng):
    model = LadderAutoencoder(5, hidden_weight=0.3)
    model.build((None, 20))
    x = rng.uniform(-1, 1, size=(4, 20)).astype(np.float32)
    outputs = model.training_outputs(x, training=False)
    terms = model.loss_terms(x, outputs, training=False)
    (first, second, _), (second_back, first_back, back) = outputs["clean"], outputs["back"]
    np.testing.assert_allclose(terms["reconstruction"], np.mean((x - back) ** 2), rtol=1e-5)
    hidden = np.mean((first - first_back) ** 2) + np.mean((second - second_back) ** 2)
    np.testing.assert_allclose(terms["hidden_reconstruction"], 0.3 * hidden, rtol=1e-5)


def test_learns_and_round_trips(easy_rows, tmp_path):
    x = np.tanh(easy_rows[0])
    model = LadderAutoencoder(3)
    history = model.fit(x, epochs=5, batch_size=50, optimizer=keras.optimizers.Adam(1e-3), verbose=0).history
    assert history["loss"][-1] < 0.7 * history["loss"][0]
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_small_images_are_refused():
    with pytest.raises(ValueError, match="at least 8 pixels"):
        LadderAutoencoder(5).build((None, 4, 4, 1))


def test_vectors_of_any_size_are_given_back(rng):
    x = 5.0 + rng.normal(size=(200, 6)).astype(np.float32)
    model = LadderAutoencoder(4, dropout=0.0)
    model.fit(x, epochs=20, optimizer=keras.optimizers.Adam(1e-3), verbose=0)
    back = model.passes(tf.constant(x), training=False)["back"][-1]
    assert np.abs(back - x).mean() < 1.5  # behind tanh it would be 4 at least
