import subprocess
import sys

import pytest

from tfcluster.experiments.folder_lock import folder_locks, lock_folder

HOLD = """
import sys
from tfcluster.experiments.folder_lock import lock_folder
lock_folder(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_one_process_at_a_time(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ValueError, match="Another process is at work in"):
            lock_folder(tmp_path)
        other.kill()
        other.wait()
    with folder_locks():
        lock_folder(tmp_path)  # a killed process holds nothing
        lock_folder(tmp_path)  # one's own is none
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
