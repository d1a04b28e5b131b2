"""What becomes of pseudo-labels."""

import keras
import numpy as np

__all__ = ["PseudoLabelMonitor"]


class PseudoLabelMonitor(keras.callbacks.Callback):
    """Logs `nmi_previous`, the NMI of the pseudo-labels to those before, and `used_prototypes`, how many have rows.

    Args:
        state: Function that returns that NMI and the pseudo-labels.
    """

    def __init__(self, state):
        super().__init__()
        self.state = state

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            agreement, labels = self.state()
            logs["nmi_previous"] = agreement
            logs["used_prototypes"] = float(len(np.unique(labels)))
