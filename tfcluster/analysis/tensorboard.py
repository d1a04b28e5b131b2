"""What TensorBoard shows."""

import pathlib

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import DATA_CLASS_SCALAR, SummaryMetadata

from tfcluster.analysis.pictures import thumbnails, write_png

__all__ = ["EventFile", "write_projector"]

_POINTS = 10_000  # TensorBoard's own limit for t-SNE
_SCALAR = SummaryMetadata(data_class=DATA_CLASS_SCALAR)  # `tf.summary.scalar` would need TensorBoard to be installed
_SCALAR.plugin_data.plugin_name = "scalars"


class EventFile(keras.callbacks.Callback):
    """Writes the numbers of every epoch as scalars.

    Args:
        folder: Folder of the event files; a resumed run adds one.
    """

    def __init__(self, folder):
        super().__init__()
        self.folder = str(folder)

    def on_train_begin(self, logs=None):
        self._writer = tf.summary.create_file_writer(self.folder)

    def on_epoch_end(self, epoch, logs=None):
        with self._writer.as_default(step=epoch + 1):
            for name, value in (logs or {}).items():
                if np.isfinite(value):  # an epoch without an evaluation has no value
                    tf.summary.write(name, tf.constant(float(value)), metadata=_SCALAR)
        self._writer.flush()

    def on_train_end(self, logs=None):
        self._writer.close()


def write_projector(folder, labels, embeddings, data=None):
    """Write embeddings for TensorBoard's projector: vectors, clusters and labels, and images as a sprite.

    Args:
        folder: Folder of the event files.
        labels: Clusters of shape (n,).
        embeddings: Array of shape (n, d).
        data: The `ClusteringData` of these rows, or None.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.arange(len(labels))
    if len(rows) > _POINTS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), _POINTS, replace=False))
    flat = embeddings.reshape(len(embeddings), -1)[rows]
    np.savetxt(folder / "vectors.tsv", flat, fmt="%.6g", delimiter="\t")
    columns = {"row": rows, "cluster": labels[rows]}
    if data is not None and data.y is not None:
        columns["label"] = np.asarray(data.y)[rows]
    table = np.stack(list(columns.values()), axis=1)
    np.savetxt(folder / "metadata.tsv", table, fmt="%d", delimiter="\t", header="\t".join(columns), comments="")
    sprite = ""
    if data is not None and data.info.kind == "image":
        tiles = thumbnails(data, rows)
        side = tiles.shape[1]
        write_png(folder / "sprite.png", _square(tiles))
        sprite = f'  sprite {{ image_path: "sprite.png" single_image_dim: {side} single_image_dim: {side} }}\n'
    (folder / "projector_config.pbtxt").write_text(
        'embeddings {\n  tensor_name: "embedding"\n  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n'
        f"{sprite}}}\n"
    )


def _square(tiles):
    """Images of shape (n, side, side, c) in as many rows as columns, blank where there are no more."""
    columns = int(np.ceil(np.sqrt(len(tiles))))
    blank = np.zeros((columns**2 - len(tiles), *tiles.shape[1:]), tiles.dtype)
    grid = np.concatenate([tiles, blank]).reshape(columns, columns, *tiles.shape[1:])
    return grid.transpose(0, 2, 1, 3, 4).reshape(columns * tiles.shape[1], -1, tiles.shape[-1])
