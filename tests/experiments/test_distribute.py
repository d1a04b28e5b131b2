"""Two worker processes on this machine."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

pytestmark = pytest.mark.long

_LONGEST = 300  # seconds, after which a worker waits for another in vain

SHARED = ["--limit", "240", "--quiet", "--preset", "fast", "--batch-size", "60"]
COMMANDS = {
    "idec": [
        *("--epochs", "20", "--set", "pretrain_epochs=30", "--set", "tolerance=0.0"),
        *("--set", "update_interval=7", "--set", "learning_rate=0.001"),
    ],
    "ddc_uco": ["--epochs", "3"],
    "gumbel_vae": ["--epochs", "5"],
    "deepcluster": [
        *("--epochs", "12", "--set", "learning_rate=0.05"),
        *("--set", "reassign_every=4", "--set", "n_prototypes=20"),
    ],
}


def free_ports(count):
    with_ports = [socket.socket() for _ in range(count)]
    for each in with_ports:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in with_ports]
    for each in with_ports:
        each.close()
    return ports


WHOLE = ["--set", "whole_batch=True", "--set", "augmentation=None", "--epochs", "1"]


def command(method, folder, *options):
    module = f"tfcluster.experiments.{method}"
    return [sys.executable, "-m", module, *COMMANDS[method], *SHARED, "--output", str(folder), *options]


def start(method, folder, *options):
    """Two workers; what they say on stderr can be read from them."""
    return start_lines([command(method, folder, "--distribute", "multiworker", *options)] * 2)


def start_lines(lines):
    """A worker for each command line."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(len(lines))]
    workers = []
    for index, line in enumerate(lines):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = os.environ | {"TF_CONFIG": json.dumps(config), "TFCLUSTER_SAVE_SECONDS": "0"}
        workers.append(subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE))
    return workers


def finish(workers):
    try:
        said = [worker.communicate(timeout=_LONGEST) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert [worker.returncode for worker in workers] == [0, 0], said
    return [out.decode() for out, _ in said]


def history(folder):
    with open(folder / "run-00" / "history.csv") as stream:
        lines = list(csv.DictReader(stream))
    return {name: np.array([float(line[name] or "nan") for line in lines]) for name in lines[0]}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """IDEC by one process, and the autoencoder that it pretrained."""
    folder = tmp_path_factory.mktemp("idec")
    line = command("idec", folder / "one", "--pretrained", str(folder / "pretrained"), "--epochs", "6")
    subprocess.run(line, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """IDEC by two workers that nobody killed."""
    folder = tmp_path_factory.mktemp("idec") / "two"
    outputs = finish(start("idec", folder))
    assert "seconds" in outputs[0]
    assert outputs[1] == ""  # the first alone speaks
    return folder


def test_two_workers_equal_one_process(alone, tmp_path):
    """From the same autoencoder, and for a few steps: rounding grows while a network is trained."""
    finish(start("idec", tmp_path / "two", "--pretrained", str(alone / "pretrained"), "--epochs", "6"))
    one, two = history(alone / "one"), history(tmp_path / "two")
    for name, values in one.items():
        np.testing.assert_allclose(two[name], values, rtol=1e-4, atol=1e-4, err_msg=name)
    first, second = (np.load(folder / "run-00" / "assignments.npz") for folder in (alone / "one", tmp_path / "two"))
    np.testing.assert_allclose(second["probabilities"], first["probabilities"], atol=1e-4)


def test_two_workers_with_whole_batches_equal_one_process(tmp_path):
    """Kernels of all rows and batch normalisation over all of them; without distortions, which each worker draws.

    One epoch of four steps: after it rounding has grown, as much as by another order of the rows within a batch.
    """
    subprocess.run(command("ddc_uco", tmp_path / "one", *WHOLE), check=True, capture_output=True)
    finish(start("ddc_uco", tmp_path / "two", *WHOLE))
    one, two = history(tmp_path / "one"), history(tmp_path / "two")
    for name, values in one.items():
        np.testing.assert_allclose(two[name], values, rtol=1e-4, atol=1e-4, err_msg=name)


def test_a_worker_is_killed_and_both_go_on(together, tmp_path):
    folder = tmp_path / "killed"
    workers = start("idec", folder)
    while not (folder / "run-00" / "state-fit.npz").exists() and workers[0].poll() is None:
        time.sleep(0.01)
    workers[1].send_signal(signal.SIGKILL)
    _, said = workers[0].communicate(timeout=_LONGEST)
    workers[1].communicate()
    assert workers[0].returncode == 1
    assert "another worker is gone. Start all of them again with the same command and --resume." in said.decode()
    finish(start("idec", folder, "--resume"))
    whole, resumed = history(together), history(folder)
    for name, values in whole.items():
        np.testing.assert_array_equal(resumed[name], values, err_msg=name)


SHARED_KMEANS = """
import json, sys
import numpy as np
from tfcluster.training.distribution import make_strategy
strategy = make_strategy(sys.argv[2] if len(sys.argv) > 2 else None)
from tfcluster.training.scalable_kmeans import scalable_kmeans
from tfcluster.training.whitening import whitening
x = np.random.default_rng(0).normal(size=(1001, 6)) * [9, 5, 3, 2, 1, 0.5]
found = scalable_kmeans(x, 7, n_init=3, seed=1, strategy=strategy)
white = whitening(x, 4, strategy=strategy)
index = json.loads(__import__("os").environ.get("TF_CONFIG", '{"task": {"index": 0}}'))["task"]["index"]
np.savez(f"{sys.argv[1]}-{index}.npz", centroids=found.centroids, inertia=found.inertia, projection=white.projection)
"""


def test_two_workers_share_k_means_and_principal_components(tmp_path):
    line = [sys.executable, "-c", SHARED_KMEANS]
    subprocess.run([*line, str(tmp_path / "one")], check=True, capture_output=True)
    finish(start_lines([[*line, str(tmp_path / "two"), "multiworker"]] * 2))
    one = np.load(tmp_path / "one-0.npz")
    for index in range(2):
        two = np.load(tmp_path / f"two-{index}.npz")
        for name in one.files:
            np.testing.assert_allclose(two[name], one[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("method", ["ddc_uco", "gumbel_vae", "deepcluster"])
def test_trains(method, tmp_path):
    finish(start(method, tmp_path / "two"))
    found = history(tmp_path / "two")
    assert np.isfinite(found["loss"]).all()
    assert found["loss"][-1] < found["loss"][0]
