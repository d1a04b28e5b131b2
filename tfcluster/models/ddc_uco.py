"""DDC with unsupervised companion objectives (tk-uco)."""

import keras

from tfcluster.models.companions import CompanionObjectives
from tfcluster.models.ddc import DDC

__all__ = ["DDCUCO"]


@keras.saving.register_keras_serializable(package="tfcluster")
class DDCUCO(CompanionObjectives, DDC):
    """Deep divergence-based clustering with unsupervised companion objectives.

    ```
    L = L_DDC + lambda sum_b w_b d(A, K_b)
    ```

    See `DDC` for the first part and `CompanionObjectives` for the second, and for the arguments. With augmentation the
    taps of the rows as they are meet the assignments of the distorted ones.
    """
