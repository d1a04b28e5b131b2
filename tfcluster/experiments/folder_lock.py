"""One process at a time in a run's folder."""

import contextlib
import os
import pathlib

try:
    import fcntl
except ImportError:  # as on Windows, where nothing is locked
    fcntl = None

__all__ = ["folder_locks", "lock_folder"]

_HELD = {}  # device and inode to the open folder


@contextlib.contextmanager
def folder_locks():
    """A context at whose end the locks of this process are given up."""
    try:
        yield
    finally:
        while _HELD:
            os.close(_HELD.popitem()[1])


def lock_folder(folder):
    """Keep other processes of this machine out of a folder, until `folder_locks` or this process ends, however it does.

    Raises:
        ValueError: If another process has done so.
    """
    if fcntl is None:
        return
    opened = os.open(folder, os.O_RDONLY)
    inode = (os.fstat(opened).st_dev, os.fstat(opened).st_ino)
    if inode in _HELD:
        os.close(opened)
        return
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        raise ValueError(
            f"Another process is at work in {pathlib.Path(folder)}: wait for it, or choose another --output."
        ) from None
    except OSError:  # a file system without locks
        os.close(opened)
        return
    _HELD[inode] = opened
