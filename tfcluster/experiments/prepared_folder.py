"""The folder of a request and its `config.json`."""

import dataclasses
import json
import os
import pathlib
import platform
import shutil

import keras
import numpy as np
import tensorflow as tf

from tfcluster.experiments.folder_lock import lock_folder
from tfcluster.experiments.output_file import write_json
from tfcluster.version import __version__

__all__ = ["check_shared_folder", "environment", "prepare_folder"]


def prepare_folder(folder, settings, resume=False, overwrite=False, replicas=1, request=None):
    """Make a run's folder and write its `config.json`.

    Args:
        folder: The folder.
        settings: Resolved `Settings`.
        resume: Whether to go on with what is there.
        overwrite: Whether to delete what is there.
        replicas: Number of devices among which batches are split.
        request: What was asked for, as it was, or None: kept for whoever wants to ask again.

    Returns:
        Number of runs that the folder holds the results of.

    Raises:
        ValueError: If the folder is occupied, or `resume` meets another configuration or version, or it is no folder of
            a run, or another process is at work in it.
    """
    folder = pathlib.Path(folder)
    config = folder / "config.json"
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--output takes a folder. Received: {folder}, a file")
    folder.mkdir(parents=True, exist_ok=True)
    lock_folder(folder)
    if any(path.name != "config.part" for path in folder.iterdir()):
        known = _read_config(config)
        if known is None:
            raise ValueError(f"{folder} is not empty and not a run's folder; choose another with --output.")
        if resume:
            found = (known["fingerprint"], known["settings"]["seed"], known.get("replicas", 1))
            if found != (settings.fingerprint(), settings.seed, replicas):
                other = _differing(known["settings"], _as_written(dataclasses.asdict(settings)))
                raise ValueError(
                    f"{folder} holds a run of another configuration, which differs in "
                    f"{', '.join(other) or 'replicas'} (see its config.json); give the same options, or start over "
                    "with --overwrite."
                )
            of = known.get("versions", {}).get("tfcluster", __version__)
            if of != __version__:
                raise ValueError(
                    f"{folder} holds a run of tfcluster {of}, whose defaults may be others than those of this one, "
                    f"{__version__}; go on with that version, or start over with --overwrite."
                )
            defaults = _as_written(settings.defaults())
            if known.get("defaults", defaults) != defaults:
                other = _differing(known["defaults"], defaults)
                raise ValueError(
                    f"{folder} holds a run of a {settings.method} whose defaults were others: {', '.join(other)} (see "
                    "its config.json); go on with the code that it was begun with, or start over with --overwrite."
                )
        elif overwrite:
            _empty(folder)
        else:
            raise ValueError(f"{folder} already holds a run: add --resume, --overwrite or another --output.")
    facts = {
        "settings": dataclasses.asdict(settings),
        "defaults": settings.defaults(),
        "fingerprint": settings.fingerprint(),
        "replicas": replicas,
        "request": request or {},
        **environment(),
    }
    write_json(config, facts)
    return sum((folder / f"run-{index:02d}" / "result.json").is_file() for index in range(settings.runs))


def _empty(folder):
    """Delete what is in a run's folder; last what says that it is one."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name == "config.json"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _differing(known, wanted):
    """Names of the settings that differ, but for the number of runs."""
    names = {**wanted, **known}
    return [name for name in names if name != "runs" and known.get(name) != wanted.get(name)]


def _as_written(facts):
    """What is read back of facts that were written as JSON."""
    return json.loads(json.dumps(facts, default=str))


def check_shared_folder(folder, settings):
    """Raise a ValueError unless the folder is that which the first worker has prepared for the same request."""
    known = _read_config(pathlib.Path(folder) / "config.json")
    if known is None or (known["fingerprint"], known["settings"]["seed"]) != (settings.fingerprint(), settings.seed):
        raise ValueError(
            f"All workers need the same options and one --output folder that they share. Received: {folder}, without "
            "the config.json of this request"
        )


def environment():
    """Versions of what computes, and the machine, with the CPUs that this process may use."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "versions": {
            "tfcluster": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "host": {"machine": platform.machine(), "system": platform.system(), "cpus": cpus},
    }


def _read_config(path):
    """A run's `config.json`, or None if the file is not one."""
    try:
        content = json.loads(path.read_text())
        return content if {"fingerprint", "settings"} <= set(content) else None
    except (OSError, ValueError, TypeError):
        return None
