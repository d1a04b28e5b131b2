import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.training.sources import ResidentSource, StreamSource


def rows(source, epoch=0):
    """The values of all rows of an epoch in order."""
    order = source.order(tf.constant(epoch))
    batches = (source.share(source.batch(order, None, step), 0, 1)[0] for step in range(source.steps))
    return [batch.numpy()[:, 0].tolist() for batch in batches]


def test_every_row_once_in_an_order_that_follows_from_seed_and_epoch():
    x = np.arange(10.0)[:, None]
    source = ResidentSource(x, 4, seed=1, drop_remainder=False)
    first = rows(source)
    assert sorted(itertools.chain(*first)) == list(range(10))
    assert [len(batch) for batch in first] == [4, 4, 2]
    assert rows(source) == first
    assert rows(source, 1) != first
    assert rows(ResidentSource(x, 4, seed=2, drop_remainder=False)) != first


def test_remainder_is_dropped_and_a_batch_is_no_larger_than_the_data():
    x = np.arange(10.0)[:, None]
    assert ResidentSource(x, 4).steps == 2
    assert ResidentSource(x, 100).steps == 1
    assert ResidentSource(x, 100).batch_size == 10


def test_consecutive_batches():
    source = ResidentSource(np.arange(5.0)[:, None], 2)
    assert [batch.numpy().ravel().tolist() for (batch,) in source.consecutive()] == [[0, 1], [2, 3], [4]]


def test_fixed_batches_mix_the_rows_and_say_which_they_are():
    x = np.arange(100.0)[:, None]
    source = ResidentSource(x, 30)
    source.attach(tf.Variable(-x))
    parts = list(source.fixed())
    assert [len(indices) for indices, _ in parts] == [30, 30, 30, 10]
    assert sorted(np.concatenate([indices for indices, _ in parts])) == list(range(100))
    assert parts[0][0].max() > 60  # not the first rows
    for indices, (rows, targets) in parts:
        np.testing.assert_array_equal(rows[:, 0], indices)
        np.testing.assert_array_equal(targets[:, 0], -indices)
    another = ResidentSource(x, 30, seed=1)  # runs from several seeds are compared
    for (first, _), (second, _) in zip(parts, another.fixed(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_replicas_share_a_batch():
    source = ResidentSource(np.arange(10.0)[:, None], 6)
    batch = source.batch(source.order(0), None, 0)
    parts = [source.share(batch, replica, 2)[0].numpy().ravel().tolist() for replica in (0, 1)]
    assert sorted(itertools.chain(*parts)) == sorted(rows(source)[0])
    assert len(parts[0]) == 3


def test_stream():
    dataset = tf.data.Dataset.from_tensor_slices(np.arange(5.0)[:, None])
    source = StreamSource(dataset, 5, 2)
    assert source.steps == 2
    assert [len(batch) for (batch,) in source.consecutive()] == [2, 2, 1]
    assert [len(batch) for _, batch in source.ticks(1)] == [2, 2]
    assert [(indices.tolist(), rows[:, 0].numpy().tolist()) for indices, (rows,) in source.fixed()] == [
        ([0, 1], [0, 1]),
        ([2, 3], [2, 3]),
        ([4], [4]),
    ]


def test_every_row_keeps_its_row_of_the_table_in_any_order():
    x = np.arange(10.0)[:, None]
    table = tf.Variable(100.0 + x)
    resident = ResidentSource(x, 4, seed=1, drop_remainder=False)
    stream = StreamSource(tf.data.Dataset.from_tensor_slices(x), 10, 4, drop_remainder=False)
    for source in (resident, stream):
        source.attach(table)
        pairs = list(source.consecutive())
        if source is resident:
            order = source.order(tf.constant(3))
            pairs += [source.share(source.batch(order, None, step), 0, 1) for step in range(source.steps)]
        else:
            pairs += [source.share(batch, 0, 1) for batch in source.ticks(1)]
        assert sum(len(rows) for rows, _ in pairs) == 20
        for rows, targets in pairs:
            np.testing.assert_array_equal(targets, 100.0 + rows.numpy())


@pytest.mark.parametrize("streamed", [False, True])
def test_a_last_batch_that_cannot_be_shared_is_left_out(streamed):
    x = np.arange(9.0)[:, None]
    for replicas, steps in ((1, 3), (2, 2)):
        source = ResidentSource(x, 4, drop_remainder=False)
        if streamed:
            source = StreamSource(tf.data.Dataset.from_tensor_slices(x), 9, 4, drop_remainder=False)
        source.leave_out_less_than(replicas)
        assert source.steps == len(list(source.ticks(replicas))) == steps


def test_workers_share_streamed_rows_by_number():
    stream = StreamSource(tf.data.Dataset.from_tensor_slices(np.arange(8.0)[:, None]), 8, 4)
    policy = stream.ticks(1).options().experimental_distribute.auto_shard_policy
    assert policy == tf.data.experimental.AutoShardPolicy.DATA


def test_favoured_rows_begin_every_batch():
    x = np.arange(100.0)[:, None]
    source = ResidentSource(x, 10, seed=1)
    source.favour([90, 91, 92, 93], 3)
    assert source.steps == 100 // 7
    batches = rows(source)
    assert len(batches) == source.steps
    favoured = [batch[:3] for batch in batches]
    assert all(len(set(batch)) == 3 and set(batch) <= {90, 91, 92, 93} for batch in favoured)
    assert len({tuple(batch) for batch in favoured}) > 4  # drawn anew
    rest = list(itertools.chain(*(batch[3:] for batch in batches)))
    assert len(set(rest)) == len(rest) == 98
    assert rows(source) == batches
    assert rows(source, 1) != batches


def test_more_favoured_rows_than_there_are():
    source = ResidentSource(np.arange(10.0)[:, None], 6)
    source.favour([2, 5], 4)
    assert all(sorted(batch[:2]) == [2, 5] for batch in rows(source))
    assert source.steps == 10 // 4
    source.favour(np.arange(10), 10)
    assert source.favoured_count == 3  # half of a batch
