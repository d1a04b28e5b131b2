"""Deep embedded clustering (Xie, Girshick, Farhadi, ICML 2016)."""

import math

import keras
import tensorflow as tf

from tfcluster.layers.clustering_layer import ClusteringLayer
from tfcluster.models.centroid_model import CentroidModel
from tfcluster.models.pretrained_model import PretrainedModel
from tfcluster.models.target_table import TargetTable
from tfcluster.ops.student_t import kl_to_target, target_distribution
from tfcluster.training.keras_compat import reset_momenta
from tfcluster.utils import check_choice, check_count

__all__ = ["DEC"]

_ROWS_SEEN = 512  # for each cluster, in steps with one P


@keras.saving.register_keras_serializable(package="tfcluster")
class DEC(TargetTable, CentroidModel, PretrainedModel):
    """Deep embedded clustering.

    ```
    q_aj = u_aj / sum_i u_ai,    u_aj = (1 + |z_a - mu_j|^2 / alpha)^(-(alpha + 1) / 2)        (1)
    L = KL(P || Q) = (1/n) sum_a sum_j p_aj ln(p_aj / q_aj)                                     (2)
    p_aj = (q_aj^2 / f_j) / sum_i (q_ai^2 / f_i),    f_j = sum_a q_aj                           (3)
    ```

    z is the embedding of a pretrained autoencoder, whose decoder is dropped; mu starts as the k-means centroids of the
    embeddings and is trained with the encoder. P is computed from all rows, belongs to each row by its index, and
    stays as it is for `update_interval` steps. Training ends when a new P comes with fewer than `tolerance` changed
    labels. The term is `kl` in History; `val_kl` has the P of each batch of validation rows, so that the two do not
    compare. Total collapse has zero loss, so the last checkpoint is kept, and of several
    runs the one that agrees most with the others.

    With augmentation, distorted rows are trained towards the targets of the rows as they are (ConvDEC-DA, Guo et al.
    2018).

    Args:
        n_clusters: Number of clusters k.
        alpha: Degrees of freedom of the Student-t kernel.
        target: `"global"`, or `"batch"` for a P of each batch from itself (a noisier method that needs no table, so
            that it takes streamed rows in any order; it does not stop by itself).
        update_interval: Steps between two P; None for half an epoch, but at least as many as see 512 rows for each
            cluster.
        reset_momentum: Whether the momentum is set to 0 with every P (Xie et al.'s code); of Adam that is the mean of
            the gradients, not that of their squares, whose loss would make the steps after it several times as long.
        learning_rate: Of the refinement.
        momentum: None refines with Adam, a number with SGD of that momentum.
        clipnorm: Largest norm of each variable's gradient, None for no limit.
        **kwargs: Arguments of `TargetTable`, `CentroidModel` and `PretrainedModel`.
    """

    least_clusters = 1

    def __init__(
        self,
        n_clusters,
        alpha=1.0,
        target="global",
        update_interval=None,
        reset_momentum=False,
        learning_rate=0.01,
        momentum=0.9,
        clipnorm=None,
        **kwargs,
    ):
        super().__init__(n_clusters, learning_rate=learning_rate, momentum=momentum, clipnorm=clipnorm, **kwargs)
        check_choice("target", target, ("global", "batch"))
        if update_interval is not None:
            check_count("update_interval", update_interval)
        self.alpha = alpha
        self.target = target
        self.update_interval = update_interval
        self.reset_momentum = reset_momentum

    def build_network(self, input_shape):
        super().build_network(input_shape)
        self.clustering = ClusteringLayer(self.n_clusters, self.alpha, seed=self.seed, name="clustering")

    def network(self, x, training):
        outputs = self.encode(x, training)
        return {**outputs, "rows": x, "assignments": self.clustering(outputs["embedding"])}

    def loss_names(self):
        return ["kl"]

    @property
    def couples_rows(self):
        return self.target == "batch"

    @property
    def needs_order(self):
        return self.target != "batch"

    def loss_terms(self, x, outputs, training, targets=None):
        log_q = self.clustering.log_assignments(outputs["embedding"])
        targets = target_distribution(tf.exp(log_q)) if targets is None else targets
        return {"kl": kl_to_target(targets, log_q)}

    def target_interval(self):
        if self.target == "batch":
            return None
        seen = math.ceil(_ROWS_SEEN * self.n_clusters / self.source.batch_size)
        return self.update_interval or max(seen, self.source.steps // 2)

    def refresh(self):
        super().refresh()
        if self.reset_momentum:
            reset_momenta(self.optimizer, self.trainable_variables)
