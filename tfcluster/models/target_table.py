"""Targets of all rows, renewed from time to time."""

import logging

import tensorflow as tf

from tfcluster.metrics import changed_share
from tfcluster.models.clustering_model import ClusteringModel
from tfcluster.ops.student_t import target_distribution
from tfcluster.utils import check_not_negative

__all__ = ["TargetTable"]

logger = logging.getLogger("tfcluster")


class TargetTable(ClusteringModel):
    """A clustering model trained towards targets that are computed from all rows.

    ```
    p_aj = (q_aj^2 / f_j) / sum_i (q_ai^2 / f_i),    f_j = sum_a q_aj
    ```

    Every row has its row of the table by its index, in whatever order the batches come, and the table stays as it is
    for `target_interval()` steps. Training ends when a new table comes with fewer than `tolerance` changed labels. A
    method's `loss_terms` gets the rows of a batch as `targets`. To be named first among the bases of a class.

    Args:
        n_clusters: Number of clusters k.
        tolerance: Share of changed labels below which training ends; 0 for never.
        **kwargs: Arguments of the other bases.
    """

    stops_early = True
    needs_order = True

    def __init__(self, n_clusters, tolerance=1e-3, **kwargs):
        super().__init__(n_clusters, **kwargs)
        check_not_negative("tolerance", tolerance)
        self.tolerance = tolerance
        self.targets = None
        self._refreshed = {}  # the table and the labels that came with it

    def target_interval(self):
        """Steps between two tables; None for no table."""
        raise NotImplementedError

    def first_targets(self, assignments):
        """The table at the beginning, from the soft assignments of all rows, an array of shape (n, k)."""
        return target_distribution(tf.constant(assignments)).numpy()

    def start_refinement(self):
        self.refresh_interval = self.target_interval()
        if self.refresh_interval is None:
            return
        with self.distribute_strategy.scope():
            self.targets = tf.Variable(tf.zeros((self.source.n, self.n_clusters)), trainable=False, name="targets")
        self.source.attach(self.targets)
        if not self._refreshed:
            q = self.of_first_worker(self.map_source(self.source, "assignments"))
            self._refreshed = {"labels": q.argmax(axis=1), "targets": self.first_targets(q)}
        self.targets.assign(self._refreshed["targets"])

    def refresh(self):
        """Compute the table anew; end training if few labels have changed since the last time."""
        q = self.of_first_worker(self.map_source(self.source, "assignments"))
        labels = q.argmax(axis=1)
        changed = changed_share(labels, self._refreshed["labels"])
        self._refreshed = {"labels": labels, "targets": target_distribution(tf.constant(q)).numpy()}
        self.targets.assign(self._refreshed["targets"])
        if changed < self.tolerance and self.may_end():
            self.stop_training = True
            logger.info("training ends: %.3f %% of the labels have changed", 100 * changed)

    def may_end(self):
        """Whether training may end now if few labels have changed."""
        return True

    def loop_state(self):
        return dict(self._refreshed)

    def restore_loop_state(self, arrays):
        self._refreshed = arrays

    def end_loop(self):
        self.targets, self._refreshed = None, {}
