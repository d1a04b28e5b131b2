import numpy as np
import pytest

from tfcluster.models import M1, M1M2

SMALL = {"feature_dim": 3, "feature_units": 10, "likelihood": "mse"}


@pytest.mark.parametrize("method", [M1, M1M2])
def test_pretraining_is_done_once_and_leaves_it_frozen(method, easy_rows):
    model = method(3, pretrain_epochs=2, **SMALL)
    assert len(model.pretrain(easy_rows[0]).epoch) == 2
    assert model.pretrain(easy_rows[0]) is None
    assert not model.vae.trainable
    assert not any(weight is own for weight in model.vae.weights for own in model.trainable_variables)


def test_no_pretraining():
    model = M1(3, pretrain_epochs=0, **SMALL)
    assert model.pretrain(np.zeros((6, 8), np.float32)) is None


def test_rows_of_latents(easy_rows):
    model = M1(3, **SMALL)
    model.build((None, 8))
    z = model.embed(easy_rows[0][:4])
    np.testing.assert_allclose(model.rows_of(z), model.vae.decode(z), rtol=1e-6)


def test_features_that_carry_nothing_are_noticed(easy_rows, caplog):
    model = M1(3, pretrain_epochs=30, pretrain_learning_rate=1e-2, **SMALL)
    with caplog.at_level("WARNING", "tfcluster"):
        model.pretrain(1e-3 * easy_rows[0])
    assert "the features carry nothing of a row; pretrain longer" in caplog.text
