import numpy as np
import pytest

from tests.helpers import assert_gradient
from tfcluster.losses import reconstruction_loss

X = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)
R = np.array([[0.25, 0.5], [0.5, 0.5]], np.float32)


def test_by_hand():
    np.testing.assert_allclose(reconstruction_loss(X, R), (0.0625 + 3 * 0.25) / 4)
    # -[ln .75 + ln .5 + 2 ln .5] / 2
    expected = -(np.log(0.75) + 3 * np.log(0.5)) / 2
    np.testing.assert_allclose(reconstruction_loss(X, R, "cross_entropy"), expected, rtol=1e-6)


def test_finite_at_the_ends():
    assert np.isfinite(reconstruction_loss(X, X[::-1], "cross_entropy"))


@pytest.mark.parametrize("kind", ["mse", "cross_entropy"])
def test_gradient(kind, rng):
    x = rng.uniform(size=(3, 4)).astype(np.float32)
    assert_gradient(lambda r: reconstruction_loss(x, r, kind), rng.uniform(0.2, 0.8, size=(3, 4)), step=1e-3, rtol=2e-2)


def test_unknown_kind():
    with pytest.raises(ValueError, match="mse"):
        reconstruction_loss(X, R, "l1")
