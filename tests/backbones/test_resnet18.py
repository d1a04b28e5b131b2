import numpy as np
import pytest

from tfcluster.backbones import resnet18


def test_published_size():
    model = resnet18((64, 64, 3))
    assert model.count_params() - sum(np.prod(v.shape) for v in model.non_trainable_variables) == 11_176_512
    assert model.output_shape == (None, 512)
    assert model.get_layer("stage4").output.shape[1:] == (2, 2, 512)


def test_cifar_stem_keeps_the_side():
    model = resnet18((32, 32, 3), stem="cifar")
    assert model.get_layer("stage1").output.shape[1:] == (32, 32, 64)
    assert model.get_layer("stage4").output.shape[1:] == (4, 4, 512)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`stem` must be one of"):
        resnet18((32, 32, 3), stem="none")
    with pytest.raises(ValueError, match="takes images"):
        resnet18((32,))
