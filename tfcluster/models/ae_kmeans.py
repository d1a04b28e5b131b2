"""k-means on the embeddings of an autoencoder."""

import keras

from tfcluster.models.ae_features import AEFeatures
from tfcluster.models.kmeans import KMeans

__all__ = ["AEKMeans"]


@keras.saving.register_keras_serializable(package="tfcluster")
class AEKMeans(AEFeatures, KMeans):
    """k-means on the embeddings of an autoencoder.

    ```
    min mean |x - g(z)|^2,    then    min sum_a min_j |z_a - mu_j|^2
    ```

    See `PretrainedModel` for the autoencoder and `KMeans` for k-means, and for the arguments.
    Of several runs that is chosen which agrees most with the others: each has its criterion in an embedding of its own.
    """
