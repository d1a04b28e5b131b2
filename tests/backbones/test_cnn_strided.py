import numpy as np
import pytest

from tfcluster.backbones import cnn_strided, cnn_strided_decoder


@pytest.mark.parametrize(("side", "inner"), [(28, 3), (16, 2), (8, 1), (20, 2)])
def test_sides(side, inner):
    encoder = cnn_strided((side, side, 1))
    assert encoder.output_shape == (None, inner, inner, 128)
    decoder = cnn_strided_decoder(encoder.output_shape[1:], (side, side, 1))
    assert decoder(np.zeros((2, inner, inner, 128))).shape == (2, side, side, 1)


def test_too_small():
    with pytest.raises(ValueError, match="at least 8 pixels"):
        cnn_strided((4, 4, 1))
