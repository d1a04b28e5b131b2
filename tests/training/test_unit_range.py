import keras
import numpy as np
import pytest

from tfcluster.training.rows import Rows
from tfcluster.training.unit_range import check_unit_range


def test_rows_in_the_unit_interval():
    x = np.linspace(0.0, 255.0, 2400, dtype=np.float32).reshape(600, 4)
    check_unit_range(Rows(x, None, 1), keras.layers.Rescaling(1 / 255))
    with pytest.raises(ValueError, match=r"`likelihood='cross_entropy'` takes .* Received: values from 0 to 212.5"):
        check_unit_range(Rows(x, None, 1))
    with pytest.raises(ValueError, match=r"`reconstruction='reversed_cross_entropy'` .* use reconstruction='mse'"):
        check_unit_range(Rows(x - 1.0, None, 1), None, "reconstruction", "reversed_cross_entropy")
