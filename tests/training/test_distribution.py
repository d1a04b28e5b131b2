import json

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.training.distribution import is_chief, make_strategy, share_of_tiles, sum_over_workers, wait_for_all


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


@pytest.mark.parametrize("cluster", [{"worker": ["a:1", "b:1", "c:1"]}, {"chief": ["a:1"], "worker": ["b:1", "c:1"]}])
@pytest.mark.parametrize(("n", "largest"), [(10, 2), (10, 100), (2, 5), (7, 3)])
def test_shares_cover_the_rows_once(cluster, n, largest):
    found = []
    for kind, tasks in cluster.items():
        for index in range(len(tasks)):
            share = share_of_tiles(Strategy(cluster, kind, index), n, largest)
            assert all(part.stop - part.start <= largest for part in share)
            found += [row for part in share for row in range(part.start, part.stop)]
    assert sorted(found) == list(range(n))
    assert [row for part in share_of_tiles(None, n, largest) for row in range(part.start, part.stop)] == list(range(n))


def test_one_process_sums_nothing():
    arrays = (np.ones(3), np.zeros(2))
    assert sum_over_workers(make_strategy(), arrays) is arrays
