"""DEC with unsupervised companion objectives (tk-uco)."""

import keras

from tfcluster.models.companions import CompanionObjectives
from tfcluster.models.dec import DEC

__all__ = ["DECUCO"]


@keras.saving.register_keras_serializable(package="tfcluster")
class DECUCO(CompanionObjectives, DEC):
    """Deep embedded clustering with unsupervised companion objectives in the refinement.

    ```
    L = KL(P || Q) + lambda sum_b w_b d(Q, K_b)
    ```

    See `DEC` for the first part and `CompanionObjectives` for the second, and for the arguments. The paper has naive
    kernels on `"mlp"` (DEC-UCO) and tensor kernels on `"cnn_small"` (CDEC-UCO).
    """

    couples_rows = True
    least_clusters = 2  # the divergence compares clusters
    drop_remainder = True
