import tensorflow as tf

from tfcluster.training.epoch_count import EpochCount


def test_counts_over_calls_and_processes():
    done = tf.Variable(7)  # five by an earlier `fit`, two by the process before
    count = EpochCount(done, before=5, initial_epoch=2)
    count.on_train_end()
    assert int(done) == 7  # nothing was left to do
    count.on_epoch_end(2)
    assert int(done) == 8
    done.assign(6)  # earlier weights were put back
    count.on_train_end()
    assert int(done) == 8
