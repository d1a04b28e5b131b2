"""Training on several devices or hosts."""

import json
import os

import tensorflow as tf

from tfcluster.utils import check_choice

__all__ = ["DISTRIBUTIONS", "LOST_WORKER", "is_chief", "make_strategy", "wait_for_all"]

DISTRIBUTIONS = ("mirrored", "multiworker")

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
    _check_tf_config(os.environ.get("TF_CONFIG"))
    return tf.distribute.MultiWorkerMirroredStrategy()


def is_chief(strategy):
    """Whether this process is the one that writes: the first worker, or the only one."""
    resolver = strategy.cluster_resolver
    return resolver is None or resolver.task_type == "chief" or not (_has_chief(resolver) or resolver.task_id)


def wait_for_all(strategy):
    """Return once every worker has come here."""
    if strategy.cluster_resolver is not None:
        strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(lambda: tf.constant(1.0)), axis=None)


def _has_chief(resolver):
    return "chief" in resolver.cluster_spec().as_dict()


def _check_tf_config(text):
    example = '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'
    try:
        config = json.loads(text or "")
        task, cluster = config["task"], config["cluster"]
        cluster[task["type"]][int(task["index"])]
    except (ValueError, KeyError, IndexError, TypeError):
        raise ValueError(
            f"--distribute multiworker needs the environment variable TF_CONFIG on every worker, such as {example}. "
            f"Received: {text!r}"
        ) from None
