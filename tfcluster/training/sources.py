"""Batches for the compiled loop."""

import tensorflow as tf

__all__ = ["RESIDENT_BYTES", "HostSource", "ResidentSource", "StreamSource", "favoured_rows"]

RESIDENT_BYTES = 2 * 2**30
"""Data up to this size live on the device; larger data are streamed."""


class ResidentSource:
    """Rows that live on the device; a batch is gathered by index in an order that follows from (seed, epoch).

    Args:
        x: Array of shape (n, ...).
        batch_size: Rows in a step over all replicas; at most n are taken.
        seed: Seed of the order.
        drop_remainder: Whether a last batch of fewer rows is left out.
    """

    repeats = True
    """Whether a row has the same number whenever all are gone over."""

    def __init__(self, x, batch_size, seed=0, drop_remainder=True):
        self.x = self._place(x)
        self.n = int(self.x.shape[0])
        self.batch_size = min(batch_size, self.n)
        self.seed = seed
        self.steps = self.n // self.batch_size if drop_remainder else -(-self.n // self.batch_size)
        self.table = None
        self.favoured, self.favoured_count = None, 0
        self.chosen = None

    def attach(self, table):
        """Give every row its row of `table`, a variable of shape (n, ...): batches become (rows, rows of the table)."""
        self.table = table

    def favour(self, indices, count):
        """Begin every batch with `count` of the rows `indices`, drawn anew for each batch without replacement.

        The rest of the batches goes once an epoch over all rows, these among them, as far as whole batches do.

        Args:
            indices: Array of indices of rows.
            count: How many of them, see `favoured_rows`.
        """
        self.favoured = tf.constant(indices, tf.int32)
        self.favoured_count = favoured_rows(count, len(indices), self.batch_size)
        self.steps = max(1, self.n // (self.batch_size - self.favoured_count))

    def choose(self, rows):
        """Take the rows that a variable of shape (n,) has when an epoch begins in place of every row once."""
        self.chosen = rows

    def leave_out_less_than(self, replicas):
        """Leave out a last batch with fewer rows than replicas: a replica without a row has no mean."""
        if self.favoured is None:
            self.steps -= _is_short(self, replicas)

    def ticks(self, replicas):
        """A data set of one element a step for Keras to count; the rows themselves come by index."""
        return tf.data.Dataset.range(self.steps).map(lambda step: tf.fill([replicas], step))

    def order(self, epoch):
        """The rows of that epoch, one batch after the other."""
        seed = tf.stack([self.seed, epoch])
        rows = tf.range(self.n) if self.chosen is None else tf.convert_to_tensor(self.chosen)
        order = tf.random.experimental.stateless_shuffle(rows, seed=seed)
        if self.favoured is None:
            return order
        rest = self.batch_size - self.favoured_count
        seed = tf.random.experimental.stateless_fold_in(seed, 1)
        draws = tf.random.stateless_uniform([self.steps, self.favoured.shape[0]], seed)
        favoured = tf.gather(self.favoured, tf.math.top_k(draws, self.favoured_count).indices)
        return tf.reshape(tf.concat([favoured, tf.reshape(order[: self.steps * rest], [self.steps, rest])], 1), [-1])

    def batch(self, order, iterator, step):
        """Indices of the rows of a step."""
        return order[step * self.batch_size : (step + 1) * self.batch_size]

    def fixed(self):
        """Batches in one random order, the remainder last: the indices of the rows, and a tuple as of `consecutive`.

        Rows often lie class by class: losses that couple the rows of a batch would be those of batches of one class.
        The order is the same whatever the seed, so that runs from several seeds are judged by the same batches.
        """
        order = tf.random.experimental.stateless_shuffle(tf.range(self.n), seed=[0, 0])
        for start in range(0, self.n, self.batch_size):
            indices = order[start : start + self.batch_size]
            yield indices.numpy(), self._take(indices)

    def consecutive(self):
        """Batches in the order of the rows, the remainder last: tuples (rows,) or (rows, rows of the table)."""
        for start in range(0, self.n, self.batch_size):
            parts = [self.x] if self.table is None else [self.x, self.table]
            yield tuple(tf.convert_to_tensor(part[start : start + self.batch_size]) for part in parts)

    def share(self, batch, replica, replicas):
        """One replica's share of a batch: a tuple (rows,) or (rows, rows of the table)."""
        if replicas > 1:
            batch = batch[replica::replicas]
        elif self.favoured is not None or self.steps * self.batch_size <= self.n:
            batch = tf.ensure_shape(batch, [self.batch_size])
        return self._take(batch)

    def _take(self, indices):
        rows = self._rows(indices)
        return (rows,) if self.table is None else (rows, tf.gather(self.table, indices))

    def _place(self, x):
        return tf.constant(x)

    def _rows(self, indices):
        return tf.gather(self.x, indices)


class HostSource(ResidentSource):
    """The same for rows that are too many for the device: they stay in an array or memory map on the host."""

    def _place(self, x):
        return x

    def _rows(self, indices):
        rows = tf.numpy_function(lambda i: self.x[i], [indices], self.x.dtype)
        return tf.ensure_shape(rows, [indices.shape[0], *self.x.shape[1:]])


class StreamSource:
    """Batches of a finite `tf.data.Dataset` of rows, read anew each epoch, in the order that it gives.

    With a table of targets the rows are counted as they come, so that they must come in one order every time.

    Args:
        rows: Unbatched data set of rows.
        n: Number of rows.
        batch_size: Rows in a step over all replicas.
        drop_remainder: Whether a last batch of fewer rows is left out.
        repeats: Whether the rows come in one order every time.
    """

    def __init__(self, rows, n, batch_size, drop_remainder=True, repeats=True):
        self.n = n
        self.repeats = repeats
        self.batch_size = min(batch_size, n)
        self.steps = n // self.batch_size if drop_remainder else -(-n // self.batch_size)
        self.table = None
        rows = rows.enumerate()
        self._batches = rows.batch(self.batch_size, drop_remainder=drop_remainder).prefetch(tf.data.AUTOTUNE)
        self._all = rows.batch(self.batch_size).prefetch(tf.data.AUTOTUNE)

    def attach(self, table):
        """Give every row its row of `table`, a variable of shape (n, ...): batches become (rows, rows of the table)."""
        self.table = table

    def leave_out_less_than(self, replicas):
        """Leave out a last batch with fewer rows than replicas: a replica without a row has no mean."""
        self.steps -= _is_short(self, replicas)

    def ticks(self, replicas):
        """The batches themselves; a strategy splits them among its replicas."""
        options = tf.data.Options()
        # By files, which is the default where there are some, each worker would count its own rows from 0.
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        batches = self._batches.take(self.steps).with_options(options)
        return batches.apply(tf.data.experimental.assert_cardinality(self.steps))

    def order(self, epoch):
        """Nothing: the data set has its own order."""
        return ()

    def batch(self, order, iterator, step):
        """Rows of a step."""
        return iterator.get_next()

    def fixed(self):
        """Batches in the data set's order: the numbers of the rows, and a tuple as of `consecutive`."""
        return ((batch[0].numpy(), self.share(batch, 0, 1)) for batch in self._all)

    def consecutive(self):
        """Batches in the data set's order, the remainder last: tuples (rows,) or (rows, rows of the table)."""
        return (self.share(batch, 0, 1) for batch in self._all)

    def share(self, batch, replica, replicas):
        """A tuple (rows,) or (rows, rows of the table), as they come: the strategy has split them."""
        indices, rows = batch
        return (rows,) if self.table is None else (rows, tf.gather(self.table, indices))


def favoured_rows(count, available, batch_size):
    """How many rows of a batch are favoured ones: all, if there are fewer than `count`, and half of it at most."""
    return min(count, available, batch_size // 2)


def _is_short(source, replicas):
    """Whether the last batch of a source has fewer rows than there are replicas."""
    return source.steps > 1 and 0 < source.n - (source.steps - 1) * source.batch_size < replicas
