"""The clustering layer of DEC."""

import keras
import tensorflow as tf

from tfcluster.ops.student_t import student_t_log_assignments
from tfcluster.utils import check_count

__all__ = ["ClusteringLayer"]


@keras.saving.register_keras_serializable(package="tfcluster")
class ClusteringLayer(keras.layers.Layer):
    """Soft assignments of embeddings to trainable centroids by a Student-t kernel (Xie et al. 2016, equation 1).

    ```
    q_aj = u_aj / sum_i u_ai,    u_aj = (1 + |z_a - mu_j|^2 / alpha)^(-(alpha + 1) / 2)
    ```

    Computation is float32 or better under any dtype policy.

    Args:
        n_clusters: Number of clusters k.
        alpha: Degrees of freedom, above 0.
        seed: Seed of the initial centroids; clustering sets them from k-means.

    Input: embeddings of shape (n, d). Output: soft assignments of shape (n, k), float32.

    Raises:
        ValueError: If `n_clusters` is no number of clusters, `alpha` is not above 0, or the input is not of rank 2.
    """

    def __init__(self, n_clusters, alpha=1.0, seed=0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        check_count("n_clusters", n_clusters)
        if not alpha > 0:
            raise ValueError(f"`alpha` must be above 0. Received: {alpha}")
        self.n_clusters = int(n_clusters)
        self.alpha = alpha
        self.seed = seed

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(f"ClusteringLayer takes embeddings of shape (n, d). Received: {tuple(input_shape)}")
        self.centroids = self.add_weight(
            name="centroids",
            shape=(self.n_clusters, input_shape[-1]),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
        )

    def call(self, inputs):
        return tf.exp(self.log_assignments(inputs))

    def log_assignments(self, z):
        """Log q of shape (n, k)."""
        return student_t_log_assignments(z, self.centroids, self.alpha)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.n_clusters)

    def get_config(self):
        return {
            **super().get_config(),
            "n_clusters": self.n_clusters,
            "alpha": self.alpha,
            "seed": self.seed,
        }
