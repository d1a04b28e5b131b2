"""What a run gives the phases of a `fit`."""

import contextlib
import json
import os
import pathlib
import time

from tfcluster.training.resume_state import ResumeState

__all__ = ["Session"]


class Session:
    """Where the phases of a `fit` save their state, what they show, and where pretrained weights are shared.

    The default does none of that. With a folder, a killed `fit` called again with an equal session goes on where it
    was: a finished phase is taken as it is, the phase that was broken off is resumed.

    Args:
        folder: Folder of the states `state-<phase>.npz` and of `phases.json`, or None.
        fingerprint: A string that identifies the configuration; states of another one are refused.
        save_seconds: Least time between two saves of a state.
        callbacks: Function of (phase, epochs) that returns Keras callbacks for that phase, or None.
        pretrained: A `PretrainedWeights` to share among runs, or None.
        writes: Whether this process saves states. Of several workers one does, and all take them up.

    Attributes:
        seconds: Duration of each finished phase, over all processes that took part in it.
    """

    def __init__(self, folder=None, fingerprint="", save_seconds=15.0, callbacks=None, pretrained=None, writes=True):
        self.writes = writes
        self.folder = None if folder is None else pathlib.Path(folder)
        self.fingerprint = fingerprint
        self.save_seconds = save_seconds
        self.pretrained = pretrained
        self._callbacks = callbacks
        self._states = []
        self.seconds = {}
        if self.folder is not None and (self.folder / "phases.json").exists():
            self.seconds = json.loads((self.folder / "phases.json").read_text())

    def callbacks(self, phase, epochs):
        """Keras callbacks for a phase of that many epochs."""
        return [] if self._callbacks is None else self._callbacks(phase, epochs)

    def state(self, phase, monitor=None, keep_best=None):
        """The `ResumeState` of a phase; None without a folder."""
        if self.folder is None:
            return None
        path = self.folder / f"state-{phase}.npz"
        state = ResumeState(path, f"{self.fingerprint} {phase}", monitor, keep_best, self.save_seconds, self.writes)
        state.phase = phase
        self._states.append(state)
        return state

    @contextlib.contextmanager
    def phase(self, name):
        """Takes the time of a phase."""
        before, started = len(self._states), time.monotonic()
        yield
        own = [state for index, state in enumerate(self._states) if index >= before or state.phase == name]
        taken = time.monotonic() - started + sum(state.elapsed_before for state in own)
        self.seconds[name] = max(taken, self.seconds.get(name, 0.0))  # a phase that was done is taken, not timed anew
        if self.folder is not None and self.writes:
            part = self.folder / "phases.part"
            part.write_text(json.dumps(self.seconds))
            os.replace(part, self.folder / "phases.json")

    def clear(self):
        """Delete the states, once their run has its result."""
        for path in [*self.folder.glob("state-*.npz"), self.folder / "phases.json"]:
            path.unlink(missing_ok=True)
