"""What the methods share that are trained on a few labels."""

import numpy as np
import tensorflow as tf

from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.utils import check_count

__all__ = ["SemiSupervised"]


class SemiSupervised(ClusteringModel):
    """A model trained on rows of which some have a label; cluster j is class j.

    `fit(x, y)` takes labels 0 to k - 1, and -1 for a row without one. Every batch begins with a random choice of the
    labelled rows; the rest of it goes over all rows, and of those too the ones that have a label are known by it. A
    method's `loss_terms` gets the labels of a batch as `targets`. The last checkpoint is kept, and of several runs the
    one that agrees most with the others. To be named first among the bases of a class.

    Args:
        n_clusters: Number of classes k.
        labelled_per_batch: How many rows of a batch are chosen among the labelled ones, half of it at most.
        **kwargs: Arguments of the other bases.
    """

    scored_by = "y_true"
    selection = "agreement"
    streams = False
    validates = False
    couples_rows = True

    def __init__(self, n_clusters, labelled_per_batch=100, **kwargs):
        super().__init__(n_clusters, **kwargs)
        check_count("labelled_per_batch", labelled_per_batch)
        self.labelled_per_batch = labelled_per_batch
        self._labels = None

    def fit(self, x, y=None, y_true=None, **kwargs):
        """Train; see `ClusteringModel.fit` for what is not said here.

        Args:
            x: Array of shape (n, ...), or finite `tf.data.Dataset` of batches that fits into memory.
            y: Labels of shape (n,), from 0 to k - 1, -1 for unknown; at least one for each class.
            y_true: Labels of all rows, used for scores only, or None.
            **kwargs: Further arguments of `ClusteringModel.fit`.

        Returns:
            Keras's History, with a key for each loss term.

        Raises:
            ValueError: Without labels, or for labels that are no such integers, or a class without one.
        """
        self._labels = _checked(y, self.n_clusters)
        try:
            return super().fit(x, y_true, **kwargs)
        finally:
            self._labels = None

    def check(self, rows):
        super().check(rows)
        if self._labels is not None and self._labels.shape != (rows.n,):
            raise ValueError(
                f"`y` must hold one label for each of the {rows.n} rows. Received: shape {self._labels.shape}"
            )

    def make_source(self, rows, batch_size):
        source = super().make_source(rows, batch_size)
        source.favour(np.flatnonzero(self._labels >= 0), self.labelled_per_batch)
        source.attach(tf.constant(self._labels))
        return source

    def error(self, x, y_true):
        """Share of the rows of x whose cluster is not their class, without those of unknown class (-1)."""
        y_true = np.asarray(y_true)
        known = y_true >= 0
        return float(np.mean(self.cluster(x)[known] != y_true[known]))


def _checked(y, n_clusters):
    if y is None:
        raise ValueError("`y` must hold the known labels, and -1 for the rows without one. Received: None")
    labels = np.asarray(y)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(f"`y` must be a vector of integers. Received: {labels.dtype} of shape {labels.shape}")
    outside = labels[(labels < -1) | (labels >= n_clusters)]
    if outside.size:
        raise ValueError(f"`y` must hold labels from 0 to {n_clusters - 1}, or -1 for unknown. Received: {outside[0]}")
    missing = sorted(set(range(n_clusters)) - set(labels.tolist()))
    if missing:
        raise ValueError(f"`y` must hold at least one label for each class. Received: none for {missing}")
    return labels.astype(np.int32)
