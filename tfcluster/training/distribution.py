"""Training on several devices or hosts."""

import contextlib
import json
import os

import keras
import numpy as np
import tensorflow as tf

from tfcluster.utils import check_choice

__all__ = [
    "DISTRIBUTIONS",
    "LOST_WORKER",
    "gather_rows",
    "is_chief",
    "make_strategy",
    "of_first_worker",
    "share_of_tiles",
    "sum_over_workers",
    "synchronized_norms",
    "wait_for_all",
]

DISTRIBUTIONS = ("mirrored", "multiworker")

_GATHERED = {tf.bfloat16: tf.float32, tf.uint8: tf.int32, tf.bool: tf.int32}  # what collectives have no kernel for

LOST_WORKER = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError)
"""What the others see when a worker dies."""


def make_strategy(kind=None):
    """The `tf.distribute` strategy of a name; to be made before TensorFlow computes anything.

    Args:
        kind: `"mirrored"` for all GPUs of this machine (its CPU, if there are none); `"multiworker"` for the processes
            that the environment variable TF_CONFIG names, which all start the same program; None for one device.

    Returns:
        A strategy.

    Raises:
        ValueError: If the name is unknown, or TF_CONFIG is not there or does not say which of the workers this is.
    """
    if kind is None:
        return tf.distribute.get_strategy()
    check_choice("distribute", kind, DISTRIBUTIONS)
    if kind == "mirrored":
        return tf.distribute.MirroredStrategy()
    config = os.environ.get("TF_CONFIG")
    _check_tf_config(config)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (tf.errors.OpError, RuntimeError) as error:
        raise ValueError(
            f"The workers of TF_CONFIG cannot be joined, each at an address of its own that is free: {error}. "
            f"Received: {config!r}"
        ) from error


def is_chief(strategy):
    """Whether this process is the one that writes: the first worker, or the only one."""
    resolver = strategy.cluster_resolver
    return resolver is None or resolver.task_type == "chief" or not (_has_chief(resolver) or resolver.task_id)


def of_first_worker(strategy, value):
    """The value that the first worker has, on every one of them.

    What each computes for itself from all rows may differ in the last digits (batch normalisation has its own moving
    averages on every worker), which is enough for k-means to number its clusters in another way.

    Args:
        strategy: The strategy.
        value: Number or array of the same shape on every worker; it may hold no infinities.

    Returns:
        Array of that dtype; the value itself where there is one process.
    """
    if strategy.cluster_resolver is None:
        return value
    own = np.asarray(value)
    exact = own.astype(np.float64 if own.dtype.kind == "f" else np.int64)

    def contribution():
        first = tf.equal(tf.distribute.get_replica_context().replica_id_in_sync_group, 0)
        return tf.where(first, exact, np.zeros_like(exact))

    total = strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(contribution), axis=None)
    return total.numpy().astype(own.dtype)


def share_of_tiles(strategy, n, largest):
    """Slices of n rows that this process goes through: with several workers each has its share.

    Args:
        strategy: The strategy, or None.
        n: Number of rows.
        largest: Most rows of a slice.

    Returns:
        List of slices. Those of all workers together cover the rows once.
    """
    index, workers = _place(strategy)
    step = max(1, min(largest, -(-n // workers)))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)][index::workers]


def sum_over_workers(strategy, arrays):
    """The sum of what every worker has.

    Args:
        strategy: The strategy, or None.
        arrays: Tuple of arrays of floats, of the same shapes on every worker.

    Returns:
        Tuple of arrays, float64, the same on every worker; the arrays themselves where there is one process.
    """
    if _place(strategy)[1] == 1:
        return arrays
    own = [np.asarray(array, np.float64) for array in arrays]
    replicas = strategy.num_replicas_in_sync // _place(strategy)[1]  # of a worker, of which one contributes

    def contribution():
        first = tf.equal(tf.distribute.get_replica_context().replica_id_in_sync_group % replicas, 0)
        return [tf.where(first, array, np.zeros_like(array)) for array in own]

    found = strategy.run(contribution)
    return tuple(strategy.reduce(tf.distribute.ReduceOp.SUM, part, axis=None).numpy() for part in found)


def gather_rows(tensors, views=1):
    """Every tensor of a structure with the rows of all replicas; gradients go back to where the rows came from.

    To be called by all replicas in a step. As each computes its loss from all rows, the sum of their gradients is the
    gradient of the sum of these losses.

    Args:
        tensors: Structure of tensors of shape (rows of the replica, ...), or None.
        views: Number of equal parts of which the rows of a replica consist; the result consists of such parts too.

    Returns:
        The same structure of tensors of shape (rows of all replicas, ...), on all replicas alike.
    """
    context = tf.distribute.get_replica_context()

    def gathered(tensor):
        if tensor is None:
            return None
        size = tf.shape(tensor)[0] // views
        parts = [tensor[i * size : (i + 1) * size if i + 1 < views else None] for i in range(views)]
        wide = _GATHERED.get(tensor.dtype, tensor.dtype)
        whole = tf.concat([context.all_gather(tf.cast(part, wide), axis=0) for part in parts], axis=0)
        # Not all collectives tell the shape.
        return tf.ensure_shape(tf.cast(whole, tensor.dtype), [None, *tensor.shape[1:]])

    return tf.nest.map_structure(gathered, tensors)


@contextlib.contextmanager
def synchronized_norms(layers):
    """Batch normalisation takes its statistics from the batch of all replicas."""
    norms = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    before = [layer.synchronized for layer in norms]
    for layer in norms:
        layer.synchronized = True
    try:
        yield
    finally:
        for layer, own in zip(norms, before, strict=True):
            layer.synchronized = own


def wait_for_all(strategy):
    """Return once every worker has come here."""
    of_first_worker(strategy, 0)


def _place(strategy):
    """Number of this process among the workers, and how many there are."""
    resolver = None if strategy is None else strategy.cluster_resolver
    if resolver is None:
        return 0, 1
    tasks = resolver.cluster_spec().as_dict()
    before = len(tasks.get("chief", ())) if resolver.task_type == "worker" else 0
    return before + resolver.task_id, sum(len(tasks.get(kind, ())) for kind in ("chief", "worker"))


def _has_chief(resolver):
    return "chief" in resolver.cluster_spec().as_dict()


def _check_tf_config(text):
    example = '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'
    try:
        config = json.loads(text or "")
        workers, index = config["cluster"][config["task"]["type"]], int(config["task"]["index"])
        known = config["task"]["type"] in ("chief", "worker") and isinstance(workers, list)
        if not known or not 0 <= index < len(workers):
            raise KeyError(index)
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"--distribute multiworker needs the environment variable TF_CONFIG on every worker, such as {example}. "
            f"Received: {text!r}"
        ) from None
