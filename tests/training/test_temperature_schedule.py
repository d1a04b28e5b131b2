import math

import numpy as np
import tensorflow as tf

from tfcluster.layers import GumbelSoftmax
from tfcluster.models import GumbelVAE
from tfcluster.training import TemperatureSchedule


def test_falls_to_its_least_value():
    layer = GumbelSoftmax(temperature=2.0)
    layer.build((None, 3))
    schedule = TemperatureSchedule(layer, least=0.5, rate=math.log(2))
    found = []
    for epoch in range(4):
        schedule.on_epoch_begin(epoch)
        found.append(float(layer.temperature))
    np.testing.assert_allclose(found, [2.0, 1.0, 0.5, 0.5])


def test_goes_on_in_a_second_fit(easy_rows):
    model = GumbelVAE(3, likelihood="mse", temperature_rate=math.log(2), least_temperature=0.01)
    for expected in (0.5, 0.125):  # epochs 0 and 1, then 2 and 3
        model.fit(easy_rows[0], epochs=2, verbose=0, keep_best=False)
        np.testing.assert_allclose(float(model.sample_category.temperature), expected, rtol=1e-6)


def test_a_compiled_loop_sees_it(easy_rows):
    model = GumbelVAE(3, likelihood="mse", temperature_rate=50.0, least_temperature=1e-3)
    model.fit(easy_rows[0], epochs=2, verbose=0, keep_best=False)
    samples = model.sample_category(tf.zeros((200, 3)), training=True).numpy()
    assert (samples.max(axis=1) > 0.99).mean() > 0.9
