"""A process killed with signal 9 and resumed gives the numbers of one that never was."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

SHARED = ["--limit", "120", "--quiet", "--preset", "fast"]
COMMANDS = {
    "ddc": ["tfcluster.experiments.ddc", "--runs", "2", "--epochs", "30", "--set", "backbone=mlp"],
    "idec": [
        *("tfcluster.experiments.idec", "--epochs", "30", "--batch-size", "60"),
        *("--set", "pretrain_epochs=20", "--set", "tolerance=0.0", "--set", "update_interval=7"),
    ],
    "deepcluster": ["tfcluster.experiments.deepcluster", "--epochs", "30", "--set", "backbone=mlp"],
    "m1_m2": [
        *("tfcluster.experiments.m1_m2", "--epochs", "20", "--batch-size", "60", "--labels", "10"),
        *("--set", "pretrain_epochs=10", "--set", "units=50"),
    ],
    "deepcluster_v2": ["tfcluster.experiments.deepcluster_v2", "--epochs", "20", "--set", "backbone=mlp"],
    "jule": ["tfcluster.experiments.jule", "--epochs", "8", "--set", "period=2", "--set", "merge_share=0.3"],
    "dcn": [
        *("tfcluster.experiments.dcn", "--epochs", "30", "--batch-size", "60"),
        *("--set", "pretrain_epochs=5", "--set", "kmeans_every=3"),
    ],
    "depict": [
        *("tfcluster.experiments.depict", "--epochs", "30", "--batch-size", "60"),
        *("--set", "pretrain_epochs=5", "--set", "label_epochs=5", "--set", "tolerance=0.0"),
    ],
    "greedy": [
        *("tfcluster.experiments.dec", "--epochs", "3", "--batch-size", "60", "--set", "pretraining=greedy"),
        *("--set", "pretrain_epochs=20", "--set", "tolerance=0.0"),
    ],
    "gumbel_vae": ["tfcluster.experiments.gumbel_vae", "--epochs", "30", "--batch-size", "60"],
    "vade": [
        *("tfcluster.experiments.vade", "--epochs", "30", "--batch-size", "60"),
        *("--set", "pretrain_epochs=5", "--set", "augmentation=affine"),
    ],
}
# a file that is there once the phase to be killed in has begun
KILLED_IN = [
    ("ddc", "state-fit.npz"),
    ("idec", "state-pretrain.npz"),
    *(
        pytest.param(method, sign, marks=pytest.mark.long)
        for method, sign in (
            ("idec", "phases.json"),  # k-means
            ("idec", "state-fit.npz"),
            ("deepcluster", "state-fit.npz"),  # pseudo-labels
            ("deepcluster_v2", "state-fit.npz"),  # memory banks
            ("jule", "state-fit.npz"),  # merged clusters
            ("dcn", "state-fit.npz"),  # counts
            ("depict", "state-fit.npz"),  # hard targets, then soft ones
            ("m1_m2", "state-pretrain.npz"),  # labels
            ("greedy", "state-layer-2.npz"),
            ("greedy", "state-finetune.npz"),
            ("gumbel_vae", "state-fit.npz"),  # distorts rows, draws categories
            ("vade", "state-fit.npz"),  # distorts rows, draws latents
        )
    ),
]


def command(method, folder, *options):
    return [sys.executable, "-m", *COMMANDS[method], *SHARED, "--output", str(folder), *options]


def run(method, folder, *options):
    environment = os.environ | {"TFCLUSTER_SAVE_SECONDS": "0"}
    subprocess.run(command(method, folder, *options), check=True, env=environment, capture_output=True)


def numbers(folder):
    runs = json.loads((folder / "results.json").read_text())["runs"]
    return [{key: value for key, value in entry.items() if key != "seconds"} for entry in runs]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a run of each method that nobody killed, made when it is first asked for."""

    class Whole(dict):
        def __missing__(self, method):
            self[method] = tmp_path_factory.mktemp(method) / "whole"
            run(method, self[method])
            return self[method]

    return Whole()


@pytest.mark.parametrize(("method", "sign"), KILLED_IN)
def test_kill_and_resume(method, sign, whole, tmp_path):
    killed = tmp_path / "killed"
    environment = os.environ | {"TFCLUSTER_SAVE_SECONDS": "0"}
    process = subprocess.Popen(command(method, killed), env=environment, stderr=subprocess.DEVNULL)
    while not (killed / "run-00" / sign).exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "results.json").exists()
    run(method, killed, "--resume")
    assert numbers(killed) == numbers(whole[method])
    for name in sorted(path.name for path in whole[method].glob("run-*")):
        first, second = (np.load(folder / name / "assignments.npz") for folder in (whole[method], killed))
        for key in first.files:
            np.testing.assert_array_equal(first[key], second[key])
        assert (whole[method] / name / "history.csv").read_text() == (killed / name / "history.csv").read_text()
