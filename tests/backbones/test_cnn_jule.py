import pytest

from tfcluster.backbones import cnn_jule


@pytest.mark.parametrize(("side", "expected"), [(20, (2, 2, 50)), (28, (4, 4, 50)), (32, (5, 5, 50))])
def test_two_blocks(side, expected):
    assert cnn_jule((side, side, 1)).output_shape[1:] == expected


def test_the_smallest_side():
    with pytest.raises(ValueError, match="at least 20 pixels"):
        cnn_jule((19, 20, 1))
