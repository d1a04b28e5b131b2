import numpy as np
import pytest

from tfcluster.backbones import alexnet


def test_shapes_of_the_paper():
    model = alexnet((224, 224, 2))
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    assert shapes["relu_1"] == (55, 55, 96)
    assert shapes["relu_2"] == (27, 27, 256)
    assert shapes["flatten"] == (9216,)
    assert model.output_shape == (None, 4096)


def test_the_smallest_side():
    assert alexnet((63, 63, 1), units=8)(np.zeros((2, 63, 63, 1))).shape == (2, 8)
    with pytest.raises(ValueError, match="at least 63 pixels"):
        alexnet((62, 63, 1))
