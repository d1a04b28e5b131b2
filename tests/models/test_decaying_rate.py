import keras
import numpy as np
import pytest

from tfcluster.models import ADGM, VaDE


def test_learning_rate_falls_to_its_least():
    options = {"likelihood": "mse", "learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}
    falling = VaDE(3, **options).rate_schedule()
    ending = VaDE(3, least_learning_rate=0.03, **options).rate_schedule()
    for step in (0, 9, 10, 19):
        assert float(ending(step)) == pytest.approx(float(falling(step)))
    assert float(ending(20)) == float(ending(10_000)) == pytest.approx(0.03)
    with pytest.raises(ValueError, match=r"`least_learning_rate` must be at most `learning_rate`, 0.1. Received: 0.2"):
        VaDE(3, least_learning_rate=0.2, **options)
    with pytest.raises(ValueError, match="`decay_rate` must be above 0 and below 1"):
        VaDE(3, decay_rate=1.0)


def test_learning_rate_decays_in_steps():
    rate = VaDE(3, likelihood="mse", learning_rate=0.1, decay_steps=10, decay_rate=0.5).rate_schedule()
    np.testing.assert_allclose([rate(step) for step in (0, 9, 10, 25)], [0.1, 0.1, 0.05, 0.025])


def test_learning_rates_that_cannot_fall():
    assert VaDE(3, learning_rate=1e-3, least_learning_rate=1e-3, decay_steps=10).rate_schedule() == 1e-3
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.9)
    assert VaDE(3, learning_rate=schedule).rate_schedule() is schedule
    with pytest.raises(ValueError, match="`decay_steps` takes a `learning_rate` that is a number"):
        VaDE(3, learning_rate=schedule, decay_steps=10)


@pytest.mark.parametrize("method", [ADGM, VaDE])
def test_fit_takes_the_falling_rate(method):
    model = method(3, learning_rate=0.1, decay_steps=10, decay_rate=0.5, likelihood="mse")
    assert float(model.default_optimizer().learning_rate) == pytest.approx(0.1)
    optimizer = model.default_optimizer()
    optimizer.iterations.assign(10)
    assert float(optimizer.learning_rate) == pytest.approx(0.05)
