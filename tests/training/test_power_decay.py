import keras
import numpy as np

from tfcluster.training.power_decay import PowerDecay


def test_by_hand_and_round_trip():
    schedule = PowerDecay(0.4, decay=0.5, power=2.0)
    np.testing.assert_allclose([float(schedule(t)) for t in (0, 2)], [0.4, 0.1], rtol=1e-6)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert again.get_config() == schedule.get_config()
