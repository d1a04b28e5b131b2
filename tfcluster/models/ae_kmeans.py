"""k-means on the embeddings of an autoencoder."""

import keras

from tfcluster.models.kmeans import KMeans
from tfcluster.models.pretrained_model import PretrainedModel

__all__ = ["AEKMeans"]


@keras.saving.register_keras_serializable(package="tfcluster")
class AEKMeans(PretrainedModel, KMeans):
    """k-means on the embeddings of an autoencoder.

    ```
    min mean |x - g(z)|^2,    then    min sum_a min_j |z_a - mu_j|^2
    ```

    See `PretrainedModel` for the autoencoder and `KMeans` for k-means, and for the arguments.
    Of several runs that is chosen which agrees most with the others: each has its criterion in an embedding of its own.
    """

    selection = "agreement"
    without_effect = ("clipnorm", "learning_rate", "momentum")

    def build_network(self, input_shape):
        super().build_network(input_shape)
        self.make_weights(self.embedding_width)

    def features(self, x, training):
        return self.encode(x, training)["embedding"]
