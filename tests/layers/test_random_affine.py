import keras
import numpy as np
import pytest

from tfcluster.layers import RandomAffine


def test_identity_at_inference(rng):
    x = rng.normal(size=(3, 8, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(RandomAffine()(x, training=False), x)


def test_no_distortion_is_the_identity(rng):
    x = rng.normal(size=(3, 8, 9, 2)).astype(np.float32)
    layer = RandomAffine(rotation=0.0, zoom=0.0, shear=0.0, shift=0.0)
    np.testing.assert_allclose(layer(x, training=True), x, atol=1e-5)


def test_rotation_keeps_the_centre():
    x = np.zeros((4, 9, 9, 1), np.float32)
    x[:, 4, 4] = 1.0
    found = RandomAffine(rotation=45.0, zoom=0.5, shear=0.2, shift=0.0)(x, training=True)
    np.testing.assert_allclose(found[:, 4, 4, 0], 1.0, atol=1e-4)


def test_shift_is_bounded_and_differs_by_image():
    x = np.zeros((50, 20, 20, 1), np.float32)
    x[:, 10, 10] = 1.0
    found = RandomAffine(rotation=0.0, zoom=0.0, shear=0.0, shift=0.1)(x, training=True).numpy()[..., 0]
    rows = found.sum(2) @ np.arange(20) / found.sum((1, 2))
    assert np.abs(rows - 10.0).max() <= 2.0 + 1e-4
    assert rows.std() > 0.5


def test_one_seed_the_same_draws(rng):
    x = rng.normal(size=(3, 8, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(RandomAffine(seed=3)(x, training=True), RandomAffine(seed=3)(x, training=True))
    assert np.abs(RandomAffine(seed=3)(x, training=True) - RandomAffine(seed=4)(x, training=True)).max() > 0.01


def test_config():
    layer = RandomAffine(rotation=1.0, zoom=0.2, shear=0.3, shift=0.4, seed=5)
    assert RandomAffine.from_config(layer.get_config()).get_config() == layer.get_config()
    assert layer.compute_output_shape((None, 8, 8, 1)) == (None, 8, 8, 1)
    assert isinstance(layer.generator, keras.random.SeedGenerator)


def distorted(x, monkeypatch, u, **options):
    """Images distorted by fixed draws u from (-1, 1): of the angle, both zooms, the shear and both shifts."""
    monkeypatch.setattr(keras.random, "uniform", lambda shape, *limits, **kwargs: np.tile(np.float32(u), (shape[0], 1)))
    none = {"rotation": 0.0, "zoom": 0.0, "shear": 0.0, "shift": 0.0}
    return RandomAffine(**{**none, **options})(x, training=True).numpy()[0, ..., 0]


# The centre is pixel (10, 10) of (row, column); each pixel is read at R(theta) S p + t.
DRAWS = [
    ((1, 0, 0, 0, 0, 0), {"rotation": 90.0}, (10, 14), (6, 10)),  # q = (-p_y, p_x): what was on the right is above
    ((-1, 0, 0, 0, 0, 0), {"rotation": 90.0}, (10, 14), (14, 10)),
    ((0, 1, 0, 0, 0, 0), {"zoom": 1.0}, (14, 14), (14, 12)),  # the columns are read at twice their offset
    ((0, 0, -1, 0, 0, 0), {"zoom": 1.0}, (12, 12), (14, 12)),  # the rows at half of it
    ((0, 0, 0, 1, 0, 0), {"shear": 0.5}, (14, 12), (14, 10)),  # q_x = p_x + p_y / 2
    ((0, 0, 0, 0, 1, 0), {"shift": 2 / 21}, (10, 14), (10, 12)),
    ((0, 0, 0, 0, 0, -1), {"shift": 2 / 21}, (10, 14), (12, 14)),
    ((1, 1, 0, 0, 0, 0), {"rotation": 90.0, "zoom": 1.0}, (14, 10), (10, 12)),  # the zoom first, then the rotation
]


@pytest.mark.parametrize(("u", "options", "before", "after"), DRAWS)
def test_where_a_pixel_goes(u, options, before, after, monkeypatch):
    x = np.zeros((1, 21, 21, 1), np.float32)
    x[(0, *before)] = 1.0
    found = distorted(x, monkeypatch, u, **options)
    assert np.unravel_index(found.argmax(), found.shape) == after
    assert found[after] > 0.99
