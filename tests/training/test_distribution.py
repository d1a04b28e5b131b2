import json

import pytest
import tensorflow as tf

from tfcluster.training.distribution import is_chief, make_strategy, wait_for_all


def test_one_device():
    strategy = make_strategy()
    assert strategy.num_replicas_in_sync == 1
    assert is_chief(strategy)
    wait_for_all(strategy)


class Strategy:
    def __init__(self, workers, kind, index):
        self.cluster_resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec(workers), task_type=kind, task_id=index
        )


def test_the_first_writes():
    two = {"worker": ["a:1", "b:1"]}
    assert [is_chief(Strategy(two, "worker", index)) for index in (0, 1)] == [True, False]
    with_chief = {"chief": ["a:1"], "worker": ["b:1"]}
    assert [is_chief(Strategy(with_chief, kind, 0)) for kind in ("chief", "worker")] == [True, False]


@pytest.mark.parametrize(
    "config",
    [None, "no JSON", "{}", json.dumps({"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}})],
)
def test_tf_config_is_missing_or_wrong(config, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if config is not None:
        monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ValueError, match="needs the environment variable TF_CONFIG"):
        make_strategy("multiworker")


def test_unknown():
    with pytest.raises(ValueError, match="did you mean multiworker"):
        make_strategy("multi_worker")
