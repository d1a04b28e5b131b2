"""Scores of the clusters that a refinement starts from."""

import json
import pathlib

import keras

from tfcluster.experiments.output_file import write_json
from tfcluster.metrics import clustering_scores

__all__ = ["FirstClusters"]


class FirstClusters(keras.callbacks.Callback):
    """Scores the first clusters of a model that finds some before its refinement, such as those of k-means.

    They are kept in a file, since a run that was stopped and goes on has other weights by then.

    Args:
        path: The file, JSON.
        x: Rows.
        y: Their labels, or None for no scores.
    """

    def __init__(self, path, x, y):
        super().__init__()
        self.path = pathlib.Path(path)
        self.x = x
        self.y = y

    def on_train_begin(self, logs=None):
        if self.y is None or self.path.exists() or not hasattr(self.model, "initialized"):
            return
        write_json(self.path, clustering_scores(self.y, self.model.cluster(self.x)))

    def scores(self):
        """The scores, or None."""
        return json.loads(self.path.read_text()) if self.path.exists() else None
