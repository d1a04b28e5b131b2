"""Random numbers of replicas."""

import keras
import tensorflow as tf

__all__ = ["ReplicaSeedGenerator"]


class ReplicaSeedGenerator(keras.random.SeedGenerator):
    """Keras's `SeedGenerator`, with other seeds for every replica of a strategy.

    The state of a seed generator is the same on all replicas: row i of every replica's share of a batch would get the
    same noise. The number of the replica is added to the seed; one device gets what Keras gives.
    """

    def next(self, ordered=True):
        seed = super().next(ordered)
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return seed
        return seed + tf.cast(tf.stack([context.replica_id_in_sync_group, 0]), seed.dtype)
