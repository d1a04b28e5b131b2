import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import small_ddc
from tfcluster.models import DEC, Autoencoder
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


def test_mirrored_strategy_equals_one_device(easy_rows):
    # A loss that does not couple rows would agree exactly; DDC sees the half batch of each replica, so a single
    # replica under the strategy is what must agree.
    plain = small_ddc()
    plain.fit(easy_rows[0], epochs=2, batch_size=60, verbose=0)
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        mirrored = small_ddc()
        mirrored.fit(easy_rows[0], epochs=2, batch_size=60, verbose=0)
    for a, b in zip(plain.get_weights(), mirrored.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_two_replicas_train(easy_rows):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        model = small_ddc()
    history = model.fit(easy_rows[0], easy_rows[1], epochs=6, batch_size=60, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert history["acc"][-1] > 0.6


@pytest.mark.parametrize("augmented", [False, True])
def test_two_replicas_with_whole_batches_equal_one_device(augmented, easy_rows):
    """Kernels of all rows, of both views, and batch normalisation over all rows."""
    distort = keras.layers.Rescaling(1.5, 0.5) if augmented else None
    options = {"whole_batch": True, "augmentation": distort}
    fit = {"epochs": 3, "batch_size": 50, "verbose": 0}
    alone = small_ddc(**options)
    expected = alone.fit(easy_rows[0], **fit).history
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        together = small_ddc(**options)
    found = together.fit(easy_rows[0], **fit).history
    for name in ("loss", "ddc_1", "ddc_2", "ddc_3", "criterion"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, err_msg=name)
    for a, b in zip(alone.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
    assert not together.hidden_norm.synchronized
    with strategy.scope():
        shared = small_ddc(augmentation=distort)
    assert abs(shared.fit(easy_rows[0], **fit).history["loss"][-1] / expected["loss"][-1] - 1) > 1e-3


def test_a_last_batch_that_two_replicas_cannot_share_is_left_out(easy_rows):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        model = DEC(3, backbone="mlp", embedding_dim=2, pretrain_epochs=1, pretrain_batch_size=50)
    history = model.fit(easy_rows[0][:201], epochs=2, batch_size=50, verbose=0).history
    assert np.isfinite(history["loss"]).all()


DISTRIBUTED = """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import tfcluster
x = tfcluster.data.load("digits").x[:240].astype("uint8")
keras.config.set_dtype_policy("mixed_bfloat16")
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    model = tfcluster.models.DDCUCO(
        10,
        taps=("block1_pool", "block2_pool"),
        preprocessing=keras.Sequential([keras.layers.Resizing(20, 20), keras.layers.Rescaling(1 / 8, -1)]),
        augmentation=tfcluster.layers.RandomAffine(),
        whole_batch=True,
    )
history = model.fit(x, epochs=3, batch_size=120, verbose=0).history
assert history["loss"][-1] < history["loss"][0], history
assert model.cluster(x).shape == (240,)
"""


@pytest.mark.long
def test_two_replicas_with_the_default_collectives():
    # In a process of its own: a process can have one such strategy only.
    done = subprocess.run([sys.executable, "-c", DISTRIBUTED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_replica_without_rows_does_not_count(rng):
    x = rng.normal(size=(61, 4)).astype(np.float32)
    encoder, decoder = (keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)]) for _ in range(2))
    expected = np.square(x - decoder(encoder(x)).numpy()).mean()
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        parts = [keras.models.clone_model(part) for part in (encoder, decoder)]
        model = Autoencoder(*parts)
        model.build((None, 4))
        model.compile(keras.optimizers.Adam())
    for part, own in zip(parts, (encoder, decoder), strict=True):
        part.set_weights(own.get_weights())
    np.testing.assert_allclose(model.evaluate(x, batch_size=20, verbose=0)[0], expected, rtol=1e-5)
