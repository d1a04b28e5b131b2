"""Gaussian mixture on the embeddings of an autoencoder."""

import keras

from tfcluster.models.ae_features import AEFeatures
from tfcluster.models.gmm import GMM

__all__ = ["AEGMM"]


@keras.saving.register_keras_serializable(package="tfcluster")
class AEGMM(AEFeatures, GMM):
    """Gaussian mixture on the embeddings of an autoencoder.

    ```
    min mean |x - g(z)|^2,    then    max mean ln sum_j pi_j N(z; mu_j, diag s_j^2)
    ```

    See `PretrainedModel` for the autoencoder and `GMM` for a Gaussian mixture, and for the arguments.
    Of several runs that is chosen which agrees most with the others: each has its criterion in an embedding of its own.
    """
