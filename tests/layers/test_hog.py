import keras
import numpy as np
import tensorflow as tf

from tfcluster.layers import HOG


def test_a_ramp_has_one_orientation():
    right = np.tile(np.arange(16.0), (16, 1))[None, ..., None]
    for image, expected in ((right, 0), (right.transpose(0, 2, 1, 3), 4), (-right, 0)):
        features = HOG(cell=8)(image).numpy().reshape(4, 9)
        np.testing.assert_allclose(features, np.eye(9)[[expected] * 4], atol=1e-5)


def test_the_strongest_channel_counts(rng):
    x = rng.normal(size=(2, 16, 16, 1))
    np.testing.assert_allclose(HOG()(np.concatenate([x, 0 * x], axis=3)), HOG()(x), atol=1e-6)


def test_shapes_and_config():
    assert HOG(cell=4)(np.zeros((2, 32, 32, 3))).shape == (2, 576)
    assert HOG(cell=8)(np.zeros((2, 96, 96, 3))).shape == (2, 1296)
    inputs = keras.Input((32, 32, 3))
    assert keras.Model(inputs, HOG()(inputs)).output_shape == (None, 144)
    again = HOG.from_config(HOG(4, 6).get_config())
    assert (again.cell, again.bins) == (4, 6)


def test_edges_count_by_their_strength():
    """A cell whose left half rises by 3 to the right, and whose right half by 4 a pixel at 35 degrees downwards."""
    rows, columns = np.mgrid[:8, :8].astype(float)
    angle = np.radians(35.0)
    image = np.where(columns < 4, 3.0 * columns, 100.0 + 4.0 * (np.cos(angle) * columns + np.sin(angle) * rows))
    features = HOG(cell=8)(image[None, ..., None]).numpy().reshape(9)
    down, right = (np.gradient(np.pad(image, 1, "symmetric"), axis=axis)[1:-1, 1:-1] for axis in (0, 1))
    expected = np.zeros(9)
    for size, at in zip(np.hypot(down, right).ravel(), np.degrees(np.arctan2(down, right)).ravel() % 180, strict=True):
        expected[int(at // 20)] += size
    assert (expected[:2] > 0).all()  # 35 degrees lie in the second bin
    np.testing.assert_allclose(features, expected / np.linalg.norm(expected), rtol=1e-4)


def test_flat_images_have_a_gradient():
    image = tf.ones((1, 8, 8, 1))
    with tf.GradientTape() as tape:
        tape.watch(image)
        total = tf.reduce_sum(HOG()(image))
    assert np.isfinite(tape.gradient(total, image)).all()
