import numpy as np

from tfcluster.training.pseudo_label_monitor import PseudoLabelMonitor


def test_logs_what_it_is_given():
    monitor = PseudoLabelMonitor(lambda: (0.25, np.array([0, 4, 4, 2])))
    logs = {"loss": 1.0}
    monitor.on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "nmi_previous": 0.25, "used_prototypes": 3.0}
    monitor.on_epoch_end(1)
