import numpy as np
import pytest

from tfcluster.backbones import cnn_valid, cnn_valid_decoder, make_decoder, make_encoder


@pytest.mark.parametrize(("side", "inner"), [(28, 3), (32, 4), (20, 1), (23, 1)])
def test_sides(side, inner):
    encoder = cnn_valid((side, side, 1))
    assert encoder.output_shape == (None, inner, inner, 128)
    decoder = cnn_valid_decoder(encoder.output_shape[1:], (side, side, 1))
    assert decoder(np.zeros((2, inner, inner, 128))).shape == (2, side, side, 1)


def test_five_layers_for_svhn():
    encoder = make_encoder("cnn_valid_deep", (32, 32, 3), 0)
    assert [layer.output.shape[1] for layer in encoder.layers if layer.name.startswith("conv")] == [28, 24, 20, 18, 8]
    assert encoder.output_shape == (None, 8, 8, 256)
    decoder = make_decoder("cnn_valid_deep", (8, 8, 256), (32, 32, 3), 0)
    sides = [layer.output.shape[1:] for layer in decoder.layers if layer.name.startswith("transposed")]
    assert sides == [(18, 18, 128), (20, 20, 64), (24, 24, 32), (28, 28, 16), (32, 32, 3)]


def test_too_small():
    with pytest.raises(ValueError, match="at least 20 pixels"):
        cnn_valid((16, 16, 1))
