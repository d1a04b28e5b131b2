import numpy as np
import pytest

from tfcluster.backbones import cnn_valid, cnn_valid_decoder


@pytest.mark.parametrize(("side", "inner"), [(28, 3), (32, 4), (20, 1), (23, 1)])
def test_sides(side, inner):
    encoder = cnn_valid((side, side, 1))
    assert encoder.output_shape == (None, inner, inner, 128)
    decoder = cnn_valid_decoder(encoder.output_shape[1:], (side, side, 1))
    assert decoder(np.zeros((2, inner, inner, 128))).shape == (2, side, side, 1)


def test_too_small():
    with pytest.raises(ValueError, match="at least 20 pixels"):
        cnn_valid((16, 16, 1))
