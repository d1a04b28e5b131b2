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
        history = model.fit(easy_rows[0], epochs=2, verbose=0, keep_best=False).history
        np.testing.assert_allclose(history["temperature"], [2 * expected, expected], rtol=1e-6)
        np.testing.assert_allclose(float(model.sample_category.temperature), expected, rtol=1e-6)


class Sharpness(GumbelVAE):
    """Shows in History how close to one-hot the samples of the compiled steps are."""

    def network(self, x, training):
        outputs = super().network(x, training)
        return {**outputs, "samples": self.sample_category(outputs["logits"], training=training)}

    def loss_names(self):
        return [*super().loss_names(), "sharpness"]

    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        return {**terms, "sharpness": tf.reduce_mean(tf.reduce_max(outputs["samples"], axis=1))}


def test_compiled_steps_see_it(easy_rows):
    model = Sharpness(3, likelihood="mse", temperature=20.0, temperature_rate=50.0, least_temperature=1e-3)
    history = model.fit(easy_rows[0], epochs=2, verbose=0, keep_best=False).history
    assert history["sharpness"][0] < 0.5
    assert history["sharpness"][1] > 0.95


def test_does_not_raise_the_temperature():
    layer = GumbelSoftmax(temperature=0.3)
    layer.build((None, 3))
    TemperatureSchedule(layer).on_epoch_begin(0)
    np.testing.assert_allclose(float(layer.temperature), 0.3)
