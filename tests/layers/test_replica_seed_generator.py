import keras
import numpy as np
import tensorflow as tf

from tfcluster.layers import GaussianSampling, RandomAffine
from tfcluster.layers.replica_seed_generator import ReplicaSeedGenerator


def test_one_device_draws_what_keras_draws():
    own, kerases = ReplicaSeedGenerator(3), keras.random.SeedGenerator(3)
    for _ in range(2):
        np.testing.assert_array_equal(own.next(), kerases.next())


def test_replicas_draw_other_numbers():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    image = tf.random.stateless_uniform((2, 8, 8, 1), [0, 1])
    with strategy.scope():
        affine, sampling = RandomAffine(shift=0.3, seed=1), GaussianSampling(seed=1)
        affine.build(image.shape)

    @tf.function
    def draw():
        def replica():
            return affine(image, training=True), sampling([tf.zeros((2, 3)), tf.zeros((2, 3))], training=True)

        return tuple(strategy.experimental_local_results(part) for part in strategy.run(replica))

    for first, second in draw():
        assert np.abs(first - second).max() > 0.01
