import keras
import numpy as np
import pytest

from tfcluster.layers import RandomResizedCrop


@pytest.fixture
def ramps():
    """Images whose two channels are the row and the column of a pixel."""
    rows, columns = np.mgrid[0:21, 0:31].astype(np.float32)
    return np.broadcast_to(np.stack([rows, columns], axis=2), (400, 21, 31, 2))


def test_identity(ramps):
    np.testing.assert_array_equal(RandomResizedCrop()(ramps, training=False), ramps)
    whole = RandomResizedCrop(area=(1.0, 1.0), aspect=(1.0, 1.0), flip=False)
    np.testing.assert_allclose(whole(ramps[:3], training=True), ramps[:3], atol=1e-4)


def test_parts_have_the_area_and_lie_inside(ramps):
    found = RandomResizedCrop(area=(0.25, 0.5), aspect=(0.5, 2.0))(ramps, training=True).numpy()
    assert found.shape == ramps.shape
    top, bottom = found[:, 0, 0, 0], found[:, -1, 0, 0]
    left, right = found[:, 0, 0, 1], found[:, 0, -1, 1]
    assert top.min() >= 0
    assert bottom.max() <= 20 + 1e-4
    down, across = (bottom - top) / 20, np.abs(right - left) / 30
    area = down * across
    assert 0.24 < area.min() < 0.3
    assert 0.45 < area.max() < 0.51
    assert 0.49 < (across / down).min() < 0.6
    assert 1.7 < (across / down).max() < 2.01
    assert 0.4 < (right < left).mean() < 0.6  # mirrored
    assert np.ptp(top) > 5


def test_bytes_become_floats(ramps):
    for training in (False, True):
        assert RandomResizedCrop()(ramps[:2].astype(np.uint8), training=training).dtype == "float32"


def test_trains_where_keras_would_compile_with_xla(ramps, rng):
    layer = RandomResizedCrop()
    assert not layer.supports_jit
    model = keras.Sequential([keras.Input((21, 31, 2)), layer, keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile="auto")
    model.fit(ramps[:8] / 30.0, np.zeros(8), verbose=0)


def test_config_and_seed(ramps):
    layer = RandomResizedCrop((0.1, 0.9), (1.0, 2.0), False, seed=4)
    again = RandomResizedCrop.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(layer(ramps[:3], training=True), again(ramps[:3], training=True))


def test_refused():
    with pytest.raises(ValueError, match="`area` must be two shares"):
        RandomResizedCrop(area=(0.5, 1.5))
    with pytest.raises(ValueError, match="`aspect` must be two ratios"):
        RandomResizedCrop(aspect=(2.0, 1.0))
