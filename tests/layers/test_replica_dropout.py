import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.layers import ReplicaDropout
from tfcluster.models import Autoencoder


def test_one_device_has_what_keras_has(rng):
    x = rng.normal(size=(6, 4)).astype(np.float32)
    own, kerases = ReplicaDropout(0.4, seed=3), keras.layers.Dropout(0.4, seed=3)
    for _ in range(2):
        np.testing.assert_array_equal(own(x, training=True), kerases(x, training=True))
    np.testing.assert_array_equal(own(x), x)
    assert not ReplicaDropout(0.0)._seed_generators


def test_every_replica_has_a_mask_of_its_own():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        encoder, decoder = (keras.Sequential([keras.Input((50,)), keras.layers.Dense(50)]) for _ in range(2))
        model = Autoencoder(encoder, decoder, input_dropout=0.5)

    @tf.function
    def corrupted():
        return strategy.experimental_local_results(strategy.run(lambda: model.corrupt(tf.ones((2, 50)), True)))

    first, second = corrupted()
    assert set(np.unique(first)) == set(np.unique(second)) == {0.0, 2.0}
    assert 0.3 < (first != second).numpy().mean() < 0.7


def test_config_and_bad_rates():
    layer = ReplicaDropout(0.25, seed=4, name="drop")
    again = ReplicaDropout.from_config(layer.get_config())
    assert (again.rate, again.seed, again.name) == (0.25, 4, "drop")
    with pytest.raises(ValueError, match=r"`rate` must be at least 0 and below 1\. Received: 1\.0"):
        ReplicaDropout(1.0)
