"""History as a file."""

import csv
import os
import pathlib

import keras

__all__ = ["HistoryFile"]


class HistoryFile(keras.callbacks.Callback):
    """Writes the history to a CSV file, a row an epoch; cells without a value are empty.

    The file is written anew each time, so that a resumed run has every epoch once.

    Args:
        path: The file.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)

    def on_epoch_begin(self, epoch, logs=None):
        self._rows = getattr(self, "_rows", None) or _rows_of(self.model.history.history)

    def on_epoch_end(self, epoch, logs=None):
        self._rows.append(dict(logs or {}))
        names = list(dict.fromkeys(name for row in self._rows for name in row))
        part = self.path.with_suffix(".part")
        with open(part, "w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["epoch", *names])
            for number, row in enumerate(self._rows, start=1):
                cells = (float(row[name]) if name in row else float("nan") for name in names)
                writer.writerow([number, *("" if cell != cell else repr(cell) for cell in cells)])
        os.replace(part, self.path)


def _rows_of(history):
    length = max((len(values) for values in history.values()), default=0)
    return [{name: values[i] for name, values in history.items() if i < len(values)} for i in range(length)]
