"""What TensorFlow says when it is loaded."""

import contextlib
import glob
import os
import sys
import tempfile

__all__ = ["find_devices", "quiet_stderr"]


@contextlib.contextmanager
def quiet_stderr():
    """Nothing inside writes to stderr, C++ code neither; if it raises, what it would have written comes after all.

    TensorFlow's notes about processor and missing GPUs come before any of its own settings applies.
    """
    try:
        own, file = os.dup(2), tempfile.TemporaryFile()  # noqa: SIM115
    except OSError:  # no stderr, or nowhere to keep it
        yield
        return
    with file as kept:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(own, kept.read())
            raise
        finally:
            os.dup2(own, 2)
            os.close(own)


def find_devices():
    """Let TensorFlow look for devices; on a machine without a GPU it does not complain that there is none."""
    import tensorflow as tf

    with contextlib.nullcontext() if glob.glob("/dev/nvidia[0-9]*") else quiet_stderr():
        tf.config.list_physical_devices()
