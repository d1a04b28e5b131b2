"""A process killed with signal 9 and resumed gives the numbers of one that never was."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np

COMMAND = [
    sys.executable,
    "-m",
    "tfcluster.experiments.ddc",
    "--limit",
    "240",
    "--epochs",
    "30",
    "--runs",
    "2",
    "--quiet",
]
COMMAND += ["--preset", "fast", "--set", "backbone=mlp"]


def numbers(folder):
    runs = json.loads((folder / "results.json").read_text())["runs"]
    return [{key: value for key, value in entry.items() if key != "seconds"} for entry in runs]


def test_kill_and_resume(tmp_path):
    environment = os.environ | {"TFCLUSTER_SAVE_SECONDS": "0"}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([*COMMAND, "--output", whole], check=True, env=environment, capture_output=True)
    process = subprocess.Popen([*COMMAND, "--output", killed], env=environment, stderr=subprocess.DEVNULL)
    state = pathlib.Path(killed) / "run-00" / "state-fit.npz"
    while not state.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "results.json").exists()
    subprocess.run([*COMMAND, "--output", killed, "--resume"], check=True, env=environment, capture_output=True)
    assert numbers(killed) == numbers(whole)
    for name in ("run-00", "run-01"):
        first, second = (np.load(folder / name / "assignments.npz") for folder in (whole, killed))
        for key in first.files:
            np.testing.assert_array_equal(first[key], second[key])
        assert (whole / name / "history.csv").read_text() == (killed / name / "history.csv").read_text()
