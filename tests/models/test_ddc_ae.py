import numpy as np

from tfcluster.models import DDCAE


def test_reconstruction_is_the_mean_squared_error(rng):
    x = rng.normal(size=(6, 20, 20, 1)).astype(np.float32)
    model = DDCAE(3, reconstruction_weight=0.5)
    model.build((None, 20, 20, 1))
    outputs = model.training_outputs(x, training=False)
    terms = model.loss_terms(x, outputs, training=False)
    expected = 0.5 * np.mean((model.decoder(outputs["features"]).numpy() - x) ** 2)
    np.testing.assert_allclose(terms["reconstruction"], expected, rtol=1e-5)
    assert list(terms) == model.loss_names()


def test_decoder_mirrors_the_encoder():
    model = DDCAE(3)
    model.build((None, 28, 28, 1))
    assert model.decoder.output.shape == (None, 28, 28, 1)
    assert model.decoder.name == "cnn_small_decoder"
    flat = DDCAE(3, backbone="mlp")
    flat.build((None, 12))
    assert flat.decoder.output.shape == (None, 12)
