"""The clusters of k-means as a layer."""

import keras
from keras import ops

from tfcluster.ops import cross_squared_distances

__all__ = ["NearestCentroid"]


@keras.saving.register_keras_serializable(package="tfcluster")
class NearestCentroid(keras.layers.Layer):
    """Hard assignments of embeddings to centroids, as in k-means.

    ```
    s(a) = argmin_j |z_a - mu_j|^2
    ```

    The centroids are not trained: whoever uses the layer sets them. Computation is float32 under any dtype policy.

    Args:
        n_clusters: Number of clusters k.

    Input: embeddings of shape (n, d). Output: s as one-hot rows of shape (n, k), float32.

    Raises:
        ValueError: If the input is not of rank 2.
    """

    def __init__(self, n_clusters, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.n_clusters = n_clusters

    def build(self, input_shape):
        if len(input_shape) != 2:
            raise ValueError(f"NearestCentroid takes embeddings of shape (n, d). Received: {tuple(input_shape)}")
        self.centroids = self.add_weight(
            name="centroids",
            shape=(self.n_clusters, input_shape[-1]),
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def call(self, inputs):
        distances = cross_squared_distances(inputs, self.centroids)
        return ops.one_hot(ops.argmin(distances, axis=1), self.n_clusters, dtype="float32")

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.n_clusters)

    def get_config(self):
        return {**super().get_config(), "n_clusters": self.n_clusters}
