"""Progress of a run on stderr."""

import math
import sys
import time

import keras

__all__ = ["Progress"]


class Progress(keras.callbacks.Callback):
    """One line on a terminal, kept up to date; elsewhere a line every ten seconds at most.

    Args:
        index: Number of the run, from 0.
        runs: Number of runs.
        phase: Name of the phase of the `fit`.
        epochs: Epochs of the phase.
        quiet: Whether to show nothing.
    """

    def __init__(self, index, runs, phase, epochs, quiet=False):
        super().__init__()
        self.index = index
        self.runs = runs
        self.phase = phase
        self.epochs = epochs
        self.quiet = quiet
        self._seen = {}

    def on_train_begin(self, logs=None):
        self._started = self._shown = time.monotonic()
        self._first = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        if self._first is None:
            self._first = epoch

    def on_train_batch_end(self, batch, logs=None):
        steps = self.params.get("steps") or 1
        self._show(self._epoch + min(1.0, (batch + 1) / steps), (logs or {}).get("loss"))

    def on_epoch_end(self, epoch, logs=None):
        self._seen |= {name: value for name, value in (logs or {}).items() if not math.isnan(value)}
        self._show(epoch + 1.0, self._seen.get("loss"), last=epoch + 1 == self.epochs)

    def on_train_end(self, logs=None):
        if not self.quiet and sys.stderr.isatty():
            sys.stderr.write("\n")

    def _show(self, position, loss, last=False):
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        if self.quiet or (now - self._shown < (0.2 if terminal else 10.0) and not last):
            return
        self._shown = now
        done = position - (self._first or 0)
        left = (now - self._started) / max(done, 1e-9) * (self.epochs - position)
        parts = [f"run {self.index + 1}/{self.runs}", f"{self.phase} epoch {math.ceil(position)}/{self.epochs}"]
        parts += [] if loss is None else [f"loss {float(loss):.4f}"]
        parts += [f"{name} {self._seen[name]:.3f}" for name in ("criterion", "acc") if name in self._seen]
        parts += [f"clusters {int(self._seen['used_clusters'])}"] if "used_clusters" in self._seen else []
        most = "at most " if self.phase == "fit" and getattr(self.model, "stops_early", False) else ""
        parts.append(f"ETA {most}{int(left) // 60}:{int(left) % 60:02d}")
        line = "  ".join(parts)
        sys.stderr.write(f"\r\x1b[K{line}" if terminal else f"{line}\n")
        sys.stderr.flush()
