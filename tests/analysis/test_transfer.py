import keras
import numpy as np

from tfcluster.analysis import fine_tune
from tfcluster.models import DDC


def test_learns_and_leaves_the_model_as_it_is(easy_images):
    x, y = easy_images
    model = DDC(3, backbone="cnn_small", preprocessing=keras.layers.Rescaling(1 / 255), norm_momentum=0.8)
    model.build((None, 20, 20, 1))
    before = model.get_weights()
    options = {"epochs": 10, "batch_size": 20, "learning_rate": 1e-2}
    parts = (x[:200], y[:200] + 5, x[200:], y[200:] + 5)
    assert fine_tune(model, *parts, whole=False, **options) > 0.8
    assert fine_tune(model, *parts, **options) > 0.9
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_frozen_network_drops_nothing(rng):
    y = np.repeat([0, 1], 60)
    x = (np.where(y, 1.0, -1.0)[:, None] + 0.1 * rng.normal(size=(120, 4))).astype(np.float32)
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dropout(0.999)(inputs))
    assert fine_tune(model, x, y, x, y, whole=False, epochs=20, batch_size=20, learning_rate=0.1) == 1.0
