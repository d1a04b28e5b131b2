import numpy as np

from tfcluster.layers import ColorJitter


def images(rng, n=200, channels=3):
    return rng.uniform(-0.5, 0.5, size=(n, 5, 6, channels)).astype(np.float32)


def test_identity(rng):
    x = images(rng)
    np.testing.assert_array_equal(ColorJitter()(x, training=False), x)
    np.testing.assert_allclose(ColorJitter(0.0, 0.0, 0.0)(x, training=True), x, atol=1e-6)


def test_brightness_and_contrast(rng):
    x = images(rng, channels=1)
    moved = ColorJitter(brightness=0.2, contrast=0.0)(x, training=True) - x
    np.testing.assert_allclose(moved, moved.numpy()[:, :1, :1] * np.ones_like(x), atol=1e-6)  # one for the whole image
    assert 0.18 < np.abs(moved).max() <= 0.2 + 1e-6
    found = ColorJitter(brightness=0.0, contrast=0.5)(x, training=True).numpy()
    ratios = found.std(axis=(1, 2, 3)) / x.std(axis=(1, 2, 3))
    assert 0.5 <= ratios.min() < 0.6 < 1.4 < ratios.max() <= 1.5 + 1e-5
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), x.mean(axis=(1, 2, 3)), atol=1e-6)


def test_saturation(rng):
    x = images(rng)
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    found = ColorJitter(0.0, 0.0, saturation=0.5)(x, training=True).numpy()
    ratios = ((found - grey[..., None]) * (x - grey[..., None])).sum(axis=(1, 2, 3))
    ratios /= ((x - grey[..., None]) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found, grey[..., None] + ratios[:, None, None, None] * (x - grey[..., None]), atol=1e-5)
    assert 0.5 <= ratios.min() < 0.6 < 1.4 < ratios.max() <= 1.5 + 1e-5


def test_grey(rng):
    found = ColorJitter(0.0, 0.0, 0.0, grey=0.3)(images(rng), training=True).numpy()
    without_colour = np.ptp(found, axis=3).max(axis=(1, 2)) < 1e-6
    assert 0.2 < without_colour.mean() < 0.4


def test_stays_in_the_range(rng):
    found = ColorJitter(1.0, 1.0, 1.0, low=-0.5, high=0.5)(images(rng), training=True).numpy()
    assert (found.min(), found.max()) == (-0.5, 0.5)


def test_config_and_seed(rng):
    layer = ColorJitter(0.1, 0.2, 0.3, 0.4, 0.0, 255.0, seed=9)
    again = ColorJitter.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    x = images(rng, 4)
    np.testing.assert_array_equal(layer(x, training=True), again(x, training=True))
