"""Pretrained autoencoders shared among methods and runs."""

import json
import logging
import os
import pathlib

import keras
import numpy as np
import tensorflow as tf

from tfcluster.training.keras_compat import lasting_variables
from tfcluster.utils import digest_of_rows
from tfcluster.version import __version__

__all__ = ["PretrainedWeights"]

logger = logging.getLogger("tfcluster")

_EDITION = 2  # one more whenever the same facts give other weights than before


class PretrainedWeights:
    """A folder of weights, each under a key of everything that determines them.

    Methods with the same encoder, data, pretraining and seed then start from the same weights, trained once.

    Args:
        folder: The folder; created when something is stored.
        writes: Whether this process stores weights. Of several workers one does.
    """

    def __init__(self, folder, writes=True):
        self.folder = pathlib.Path(folder)
        self.writes = writes

    def key(self, rows, facts):
        """The key of a pretraining.

        Args:
            rows: Array of the rows, or what reads one.
            facts: Nested dicts, lists and plain values. Names of layers in them have no part in the key.

        Returns:
            A hexadecimal string.
        """
        digest = digest_of_rows(rows)
        versions = [__version__, _EDITION, tf.__version__, keras.__version__]
        facts = [_without_names(facts), list(rows.shape), str(rows.dtype), *versions]
        digest.update(json.dumps(facts, sort_keys=True, default=str).encode())
        return digest.hexdigest()[:32]

    def holds(self, key):
        """Whether there are weights of that key."""
        return (self.folder / f"{key}.npz").exists()

    def load(self, key, model):
        """Put the weights of that key into `model`; False if there are none."""
        path = self.folder / f"{key}.npz"
        if not path.exists():
            return False
        with np.load(path, allow_pickle=False) as file:
            for index, variable in enumerate(lasting_variables(model)):
                variable.assign(file[str(index)])
        logger.info("pretrained weights from %s", path)
        return True

    def store(self, key, model):
        """Store the weights of `model` under that key, atomically."""
        if not self.writes:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{key}.{os.getpid()}.part.npz"
        values = (np.asarray(variable) for variable in lasting_variables(model))
        np.savez(part, **{str(index): value for index, value in enumerate(values)})
        os.replace(part, self.folder / f"{key}.npz")


def _without_names(value):
    """Names that Keras counts up in a process, and what it adds to a layer once built, say nothing about the layer."""
    if isinstance(value, dict):
        if str(value.get("class_name")).endswith("DTypePolicy"):  # its name is what it is
            return value
        dropped = ("name", "build_config", "compile_config")
        return {key: _without_names(part) for key, part in value.items() if key not in dropped}
    return [_without_names(part) for part in value] if isinstance(value, list | tuple) else value
