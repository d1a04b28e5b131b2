import numpy as np
import pytest

from tfcluster.backbones import vgg16


def test_published_size():
    model = vgg16((224, 224, 3))
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    assert shapes["relu_2"] == (224, 224, 64)
    assert shapes["relu_13"] == (14, 14, 512)
    assert shapes["flatten"] == (25_088,)
    norms = sum(2 * layer.gamma.shape[0] for layer in model.layers if layer.name.startswith("norm"))
    trained = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert trained - norms == 138_357_544 - 4_097_000  # VGG-16 without its classifier of 1000 classes


def test_the_smallest_side():
    assert vgg16((32, 32, 1), units=8)(np.zeros((2, 32, 32, 1))).shape == (2, 8)
    with pytest.raises(ValueError, match="at least 32 pixels"):
        vgg16((31, 32, 1))
