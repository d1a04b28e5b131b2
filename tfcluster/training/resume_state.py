"""What a killed `fit` needs to go on exactly where it was."""

import json
import logging
import os
import pathlib
import time

import keras
import numpy as np

from tfcluster.training.keras_compat import lasting_variables

__all__ = ["ResumeState"]

logger = logging.getLogger("tfcluster")


class ResumeState(keras.callbacks.Callback):
    """Saves the state of a `fit` to one file at ends of epochs, and restores it.

    The state holds every lasting variable of the model (the seeds of its random layers among them; not the means of
    metrics, which begin anew with an epoch) and of the optimiser, what the model's `loop_state` gives, the history so
    far, the kept checkpoint and the last labels. Restored, a run gives the same bits as one that was never killed: the
    order of the batches follows from the seed and the epoch. The caller's own callbacks start afresh.

    Args:
        path: The file.
        fingerprint: A string that identifies the configuration; a state of another one is refused.
        monitor: The `ClusterMonitor` of the run, or None.
        keep_best: The `KeepBest` of the run, or None.
        seconds: Least time between two saves.
        writes: Whether to save; otherwise a state is restored only.

    Attributes:
        elapsed_before: Seconds that the run had taken when the restored state was saved.
    """

    def __init__(self, path, fingerprint, monitor, keep_best, seconds=15.0, writes=True):
        super().__init__()
        self.path = pathlib.Path(path)
        self.fingerprint = fingerprint
        self.monitor = monitor
        self.keep_best = keep_best
        self.seconds = seconds
        self.writes = writes
        self.elapsed_before = 0.0
        self._started = self._saved_at = time.monotonic()
        self._history = {}
        self._epochs = None

    def restore(self, model, epochs):
        """Put a saved state into `model` and the callbacks.

        Args:
            model: The model; its optimiser has been built.
            epochs: Epochs asked for.

        Returns:
            `initial_epoch` and `epochs` for Keras's `fit`; they are equal if training had come to its end.

        Raises:
            ValueError: If the state belongs to another configuration, or its training ended after other epochs.
        """
        self._epochs = epochs
        if not self.path.exists():
            return {"initial_epoch": 0, "epochs": epochs}
        with np.load(self.path, allow_pickle=False) as file:
            arrays = dict(file)
        state = json.loads(str(arrays.pop("state")))
        if state["fingerprint"] != self.fingerprint:
            raise ValueError(f"{self.path} was written by a run of another configuration; start over with --overwrite.")
        if state["finished"] and state.get("epochs", epochs) != epochs:
            raise ValueError(
                f"{self.path} is of a training of {state['epochs']} epochs that has ended; give it those, or another "
                f"folder. Received: {epochs} epochs"
            )
        for group, variables in self._variables(model).items():
            shapes = [arrays[f"{group}/{i}"].shape for i in range(len(variables)) if f"{group}/{i}" in arrays]
            count = sum(name.startswith(f"{group}/") for name in arrays)
            if count != len(variables) or shapes != [tuple(variable.shape) for variable in variables]:
                raise ValueError(f"{self.path} was written by another version; start over with --overwrite.")
            for index, variable in enumerate(variables):
                variable.assign(arrays[f"{group}/{index}"])
        model.restore_loop_state({name[5:]: value for name, value in arrays.items() if name.startswith("loop/")})
        self._history = state["history"]
        self.elapsed_before = state["elapsed"]
        if self.monitor is not None and "labels" in arrays:
            self.monitor.labels = arrays["labels"]
            self.monitor.last = state["last"]
        if self.keep_best is not None and state["best_epoch"] is not None:
            self.keep_best.rank = tuple(state["best_rank"])
            self.keep_best.epoch = state["best_epoch"]
            self.keep_best.weights = [arrays[f"best/{index}"] for index in range(len(model.weights))]
        logger.info("resuming after epoch %d", state["epoch"] + 1)
        first = state["epoch"] + 1
        return {"initial_epoch": first, "epochs": first if state["finished"] else epochs}

    def on_train_begin(self, logs=None):
        self._started = time.monotonic()
        self.model.history.history.update({name: list(values) for name, values in self._history.items()})
        self._epoch = max((len(values) for values in self._history.values()), default=0) - 1

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self._history[name] = [*self._history.get(name, ()), float(value)]
        self._epoch = epoch
        if time.monotonic() - self._saved_at >= self.seconds:
            self.save(epoch, finished=self.model.stop_training)
            self._saved_at = time.monotonic()

    def on_train_end(self, logs=None):
        self.save(self._epoch, finished=True)

    def save(self, epoch, finished=False):
        """Write the state after `epoch`, atomically."""
        if not self.writes:
            return
        arrays = {
            f"{group}/{index}": np.asarray(keras.ops.convert_to_numpy(variable))
            for group, variables in self._variables(self.model).items()
            for index, variable in enumerate(variables)
        }
        arrays |= {f"loop/{name}": value for name, value in self.model.loop_state().items()}
        if self.monitor is not None and self.monitor.labels is not None:
            arrays["labels"] = self.monitor.labels
        best = self.keep_best
        if best is not None and best.weights is not None:
            arrays |= {f"best/{index}": value for index, value in enumerate(best.weights)}
        state = {
            "fingerprint": self.fingerprint,
            "epoch": epoch,
            "finished": finished,
            "epochs": self._epochs,
            "history": self._history,
            "last": None if self.monitor is None else self.monitor.last,
            "elapsed": self.elapsed_before + time.monotonic() - self._started,
            "best_rank": None if best is None else list(best.rank),
            "best_epoch": None if best is None else best.epoch,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part.npz")
        np.savez(part, state=np.array(json.dumps(state)), **arrays)
        os.replace(part, self.path)

    @staticmethod
    def _variables(model):
        return {"model": lasting_variables(model), "optimizer": model.optimizer.variables}
