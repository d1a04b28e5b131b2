"""The embedding as it was at some epochs."""

import pathlib

import keras
import numpy as np

from tfcluster.analysis.pictures import PROJECTIONS, project, scatter_picture, write_png
from tfcluster.utils import check_choice

__all__ = ["PICTURED_EPOCHS", "EmbeddingPictures"]

PICTURED_EPOCHS = (1, 5, 20, 50, 80, 100, 150, 300)


class EmbeddingPictures(keras.callbacks.Callback):
    """Draws the embeddings of some rows after chosen epochs and the last one, into `embedding-<kind>-<epoch>.png`.

    Args:
        folder: Where the pictures go.
        x: Rows.
        y: Their labels, which give the colours; None colours by cluster.
        epochs: After which epochs, counted from 1.
        kind: `"pca"`, `"tsne"` or `"first2"`, see `project`.
        limit: Most rows that are drawn, a fixed random choice.
    """

    def __init__(self, folder, x, y=None, epochs=PICTURED_EPOCHS, kind="pca", limit=2000):
        super().__init__()
        check_choice("kind", kind, PROJECTIONS)
        rows = np.sort(np.random.default_rng(0).permutation(len(x))[:limit])
        self.folder = pathlib.Path(folder)
        self.x = x[rows]
        self.y = None if y is None else np.asarray(y)[rows]
        self.epochs = tuple(epochs)
        self.kind = kind

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        if epoch + 1 not in self.epochs and not last:
            return
        points = project(self.model.embed(self.x), self.kind)
        labels = self.model.cluster(self.x) if self.y is None else self.y
        write_png(self.folder / f"embedding-{self.kind}-{epoch + 1:04d}.png", scatter_picture(points, labels))
