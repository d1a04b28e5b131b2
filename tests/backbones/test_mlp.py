from tfcluster.backbones import mlp, mlp_decoder


def test_encoder():
    model = mlp((28, 28, 1))
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [500, 500, 2000]
    assert model.output.shape == (None, 2000)
    assert mlp((7,)).output.shape == (None, 2000)


def test_decoder():
    model = mlp_decoder((2000,), (28, 28, 1))
    assert model.output.shape == (None, 28, 28, 1)
    assert [layer.units for layer in model.layers if hasattr(layer, "units")] == [500, 500, 784]
