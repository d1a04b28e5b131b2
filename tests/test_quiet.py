import os
import subprocess
import sys

import pytest

from tfcluster.quiet import quiet_stderr


def test_nothing_is_written(capfd):
    with quiet_stderr():
        os.write(2, b"note of a library")
    os.write(2, b"afterwards")
    assert capfd.readouterr().err == "afterwards"


def test_what_led_to_a_failure_is_shown(capfd):
    @quiet_stderr()
    def fails():
        os.write(2, b"the reason")
        raise ImportError

    with pytest.raises(ImportError):
        fails()
    assert capfd.readouterr().err == "the reason"


def test_a_wrong_request_is_one_line():
    """In a process of its own, TensorFlow's start included."""
    command = [sys.executable, "-m", "tfcluster.experiments.kmeans", "--dataset", "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: Unknown data set 'nowhere'")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
