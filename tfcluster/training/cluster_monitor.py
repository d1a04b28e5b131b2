"""Evaluation of a clustering during `fit`."""

import logging
import math

import keras
import numpy as np

from tfcluster.metrics import changed_share, clustering_scores, occupancy

__all__ = ["ClusterMonitor"]

logger = logging.getLogger("tfcluster")


class ClusterMonitor(keras.callbacks.Callback):
    """Assigns all rows every few epochs and puts what it sees into the logs of that epoch.

    Logs `criterion` (the mean total loss on fixed random batches in inference mode), `changed` (share of rows whose
    cluster changed since the last evaluation, if the rows come in one order), `used_clusters`, `occupancy_entropy`, and
    `acc`, `nmi`, `ari` if there are labels. Epochs without an evaluation have NaN; see `around`. Warns at the end if
    the last one left clusters empty.

    Args:
        source: The rows, as the loop sees them.
        y: Labels for scoring, or None.
        every: Epochs between evaluations; the last of the epochs asked for, and one in which the model ends training
            by itself, is always evaluated.
        with_loss: Whether to compute the criterion.
    """

    def __init__(self, source, y=None, every=1, with_loss=True):
        super().__init__()
        self.source = source
        self.y = y
        self.every = every
        self.with_loss = with_loss
        self.labels = None
        self.evaluated = False
        self.watched = False
        self.names = [*(["criterion"] if with_loss else []), *(["changed"] if source.repeats else [])]
        self.names += ["used_clusters", "occupancy_entropy"]
        self.names += [] if y is None else ["acc", "nmi", "ari"]
        self.logged, self.last = {}, {}  # in the last epoch, at the last evaluation

    def on_epoch_end(self, epoch, logs=None):
        self.evaluated = False
        logs = {} if logs is None else logs
        self.logged = self._evaluate(epoch)
        logs.update(self.logged)

    def around(self, callbacks):
        """The callbacks of a caller; those that monitor what this logs see the last evaluation in place of NaN.

        Keras's callbacks take the first value for the best so far, and find none better than NaN. So that there is one
        from the beginning, the first epoch is then evaluated too.
        """
        watching = [callback for callback in callbacks if getattr(callback, "monitor", None) in self.names]
        if not watching:
            return callbacks
        self.watched = True

        def show(epoch, logs):
            for name, value in self.last.items():
                logs.pop(name) if math.isnan(value) else logs.update({name: value})

        def hide(epoch, logs):
            logs.update(self.logged)

        first, last = (keras.callbacks.LambdaCallback(on_epoch_end=each) for each in (show, hide))
        return [*(callback for callback in callbacks if callback not in watching), first, *watching, last]

    def on_train_end(self, logs=None):
        if not self.evaluated:  # a callback of the caller has ended training: some models find their clusters here
            self.labels, _ = self.model.assess(self.source, False)
        k = self.model.n_clusters
        used = k if self.labels is None else len(np.unique(self.labels))
        if used < k:
            logger.warning(
                "%d of %d clusters are empty in the last evaluation: use several runs (on the command line --runs), "
                "fewer clusters, or "
                "scale the input if it was not",
                k - used,
                k,
            )

    def _evaluate(self, epoch):
        last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        if (epoch + 1) % self.every and not last and (self.last or not self.watched):
            return dict.fromkeys(self.names, math.nan)
        own = self.model.assess(self.source, self.with_loss)
        labels, criterion = (self.model.of_first_worker(value) for value in own)  # which all workers go by
        self.evaluated = True
        found = {"criterion": float(criterion)} if self.with_loss else {}
        if self.source.repeats:
            found["changed"] = changed_share(labels, self.labels)
        found |= occupancy(labels, self.model.n_clusters)
        if self.y is not None:
            found |= clustering_scores(self.y, labels)
        self.labels, self.last = labels, found
        return found
