import keras
import numpy as np
import pytest

from tests.helpers import assert_draws_in_training_only
from tfcluster.models import M1, VAE, VaDE
from tfcluster.ops.variational import gaussian_kl, reconstruction_log_loss


def test_terms_are_those_of_the_bound(easy_rows):
    x = easy_rows[0][:20]
    model = VAE(3, 10, likelihood="mse")
    model.build((None, 8))
    outputs = model(x, training=False, everything=True)
    np.testing.assert_array_equal(outputs["mean"], model(x))
    terms = model.loss_terms(x, outputs, training=False)
    np.testing.assert_allclose(
        terms["reconstruction"], np.mean(reconstruction_log_loss(x, model.decode(outputs["mean"]), "mse")), rtol=1e-6
    )
    np.testing.assert_allclose(
        terms["gaussian"], np.mean(gaussian_kl(outputs["mean"], outputs["log_variance"])), rtol=1e-6
    )


def test_learns_and_round_trips(easy_rows, tmp_path):
    x = easy_rows[0]
    model = VAE(3, 20, likelihood="mse", preprocessing=keras.layers.Rescaling(0.5))
    loss = model.fit(x, epochs=10, batch_size=50, verbose=0).history["loss"]
    assert loss[-1] < 0.8 * loss[0]
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "m.keras")(x), model(x))


def test_draws_in_training_only(easy_rows):
    assert_draws_in_training_only(VAE(3, 10, likelihood="mse"), easy_rows[0][:5], "reconstruction")


def test_refuses_what_is_no_probability(easy_images, easy_rows):
    with pytest.raises(ValueError, match=r"takes preprocessed rows in \[0, 1\].*Received: values from 0 to 2"):
        VAE(3, 10).fit(easy_images[0], epochs=1, verbose=0)
    for phase in (M1(3, feature_dim=4).pretrain, VaDE(3, likelihood="cross_entropy").initialize):
        with pytest.raises(ValueError, match=r"takes preprocessed rows in \[0, 1\]"):
            phase(easy_rows[0])
