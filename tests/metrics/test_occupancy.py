import math

import numpy as np

from tfcluster.metrics import changed_share, occupancy


def test_occupancy():
    equal = occupancy(np.array([0, 1, 2, 0, 1, 2]), 3)
    assert equal["used_clusters"] == 3
    assert abs(equal["occupancy_entropy"] - 1.0) < 1e-12
    assert occupancy(np.array([1, 1]), 4) == {"used_clusters": 1, "occupancy_entropy": 0.0}
    half = occupancy(np.array([0, 0, 3, 3]), 4)
    assert half["used_clusters"] == 2
    assert abs(half["occupancy_entropy"] - 0.5) < 1e-12


def test_changed_share():
    assert math.isnan(changed_share(np.array([0, 1]), None))
    assert changed_share(np.array([0, 1, 1, 1]), np.array([0, 1, 0, 0])) == 0.5
