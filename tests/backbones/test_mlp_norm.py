import numpy as np

from tfcluster.backbones import mlp_norm, mlp_norm_decoder


def test_encoder():
    model = mlp_norm((28, 28, 1), norm_momentum=0.8)
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [512, 256]
    assert model.output.shape == (None, 256)
    assert {layer.momentum for layer in model.layers if hasattr(layer, "momentum")} == {0.8}
    assert mlp_norm((7,)).output.shape == (None, 256)


def test_decoder():
    model = mlp_norm_decoder((256,), (28, 28, 1))
    assert model.output.shape == (None, 28, 28, 1)
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [512, 784]


def test_seed():
    kernels = [mlp_norm((5,), seed=seed).get_layer("dense_1").kernel.numpy() for seed in (1, 1, 2)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert np.abs(kernels[0] - kernels[2]).max() > 0
