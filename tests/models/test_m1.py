import numpy as np
import pytest

from tfcluster.models import M1


@pytest.fixture(scope="module")
def fitted(easy_rows):
    x, y = easy_rows
    model = M1(3, feature_dim=6, feature_units=20, pretrain_epochs=10, likelihood="mse")
    model.history_ = model.fit(x, np.where(np.arange(300) < 30, y, -1), y_true=y, verbose=0).history
    return model


def test_classifies(fitted, easy_rows):
    x, y = easy_rows
    assert fitted.error(x, y) < 0.1
    assert fitted.history_["criterion"][-1] == fitted.error(x[:30], y[:30])


def test_a_latent_that_carries_nothing_is_left_out(easy_rows):
    y = easy_rows[1]
    model = M1(3, feature_dim=4, pretrain_epochs=0, likelihood="mse")
    model.build((None, 8))
    features = np.random.default_rng(0).normal(size=(300, 4)).astype("float32")
    features[:, 2] *= 0.05
    model._labels = np.where(np.arange(300) < 30, y, -1)
    model.fit_features(features)
    kernel = model.kernel.numpy()
    assert (kernel[2] == 0).all()
    assert (kernel[[0, 1, 3]] != 0).all()


def test_two_classes(easy_rows):
    x, y = easy_rows[0][easy_rows[1] < 2], easy_rows[1][easy_rows[1] < 2]
    model = M1(2, feature_dim=4, feature_units=20, pretrain_epochs=5, likelihood="mse")
    model.fit(x, np.where(np.arange(len(y)) < 30, y, -1), verbose=0)
    assert model.error(x, y) < 0.1


def test_draws_without_categories(fitted, easy_rows):
    assert fitted.generate(5).shape == (5, 8)
    assert fitted.reconstruct(easy_rows[0][:3]).shape == (3, 8)
    for draw in (lambda: fitted.generate(5, category=1), lambda: fitted.style(easy_rows[0][:2])):
        with pytest.raises(ValueError, match="M1 draws without categories"):
            draw()


def test_unknown_labels_are_called_by_their_name(easy_rows):
    x, y = easy_rows
    with pytest.raises(ValueError, match="`y_true`"):
        M1(3, likelihood="mse", pretrain_epochs=1).fit(x, y, y_true=y[:-1], verbose=0)
