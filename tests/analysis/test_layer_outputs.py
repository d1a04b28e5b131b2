import keras
import numpy as np
import pytest

from tfcluster.analysis import layer_features, layer_outputs
from tfcluster.models import DDC, DeepCluster, KMeans


@pytest.fixture(scope="module")
def model():
    scale = keras.layers.Rescaling(1 / 255)
    model = DeepCluster(3, "cnn_small", preprocessing=scale)
    model.build((None, 20, 20, 1))
    return model


def test_outputs_of_layers_as_the_model_computes_them(model, easy_images):
    x = easy_images[0][:4]
    first, pooled = layer_outputs(model, ["block1_pool", "block2_pool"])(x)
    inner = keras.Model(model.encoder.inputs, model.encoder.get_layer("block1_pool").output)
    np.testing.assert_allclose(first, inner(model.edges(x / np.float32(255))), rtol=1e-5, atol=1e-6)
    assert pooled.shape[0] == 4


def test_pools_to_the_limit(model, easy_images):
    x = easy_images[0][:3]
    whole = layer_features(model, "block1_pool", x)
    inner = layer_outputs(model, ["block1_pool"])(x)[0].numpy()
    np.testing.assert_array_equal(whole, inner.reshape(3, -1))
    height, width, channels = inner.shape[1:]
    small = layer_features(model, "block1_pool", x, limit=channels)
    np.testing.assert_allclose(small, inner.mean(axis=(1, 2)), rtol=1e-5)
    halves = layer_features(model, "block1_pool", x, limit=channels * -(-height // 2) * -(-width // 2))
    np.testing.assert_allclose(halves[:, :channels], inner[:, :2, :2].mean(axis=(1, 2)), rtol=1e-5)


def test_a_functional_model(easy_rows):
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(3, name="hidden")(inputs)
    network = keras.Model(inputs, keras.layers.Dense(2)(hidden))
    x = easy_rows[0][:5]
    np.testing.assert_allclose(layer_features(network, "hidden", x), network.layers[1](x), rtol=1e-6)


def test_a_backbone_with_taps(easy_rows):
    model = DDC(3, backbone="mlp")
    model.build((None, 8))
    name = model.encoder.layers[1].name
    assert layer_features(model, name, easy_rows[0][:5]).shape == (5, model.encoder.layers[1].units)


def test_refused(model):
    with pytest.raises(ValueError, match=r"has the layers: .*block1_pool"):
        layer_outputs(model, ["block9"])
    shallow = KMeans(3)
    with pytest.raises(ValueError, match="KMeans must be built before"):
        layer_outputs(shallow, ["a"])
    shallow.build((None, 4))
    with pytest.raises(ValueError, match="Received: KMeans, which has none"):
        layer_outputs(shallow, ["a"])
