import numpy as np
import pytest

from tfcluster.backbones import cnn_small, cnn_small_decoder


@pytest.mark.parametrize(
    ("shape", "tap", "features", "parameters"),
    [
        ((28, 28, 1), (20, 20, 32), (3, 3, 32), 45088),
        ((32, 32, 1), (24, 24, 32), (4, 4, 32), 45088),
        ((64, 64, 3), (56, 56, 32), (12, 12, 32), 46688),
    ],
)
def test_shapes_and_parameters_of_the_paper(shape, tap, features, parameters):
    model = cnn_small(shape)
    assert model.get_layer("block1_out").output.shape[1:] == tap
    assert model.output.shape[1:] == features
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == parameters


@pytest.mark.parametrize(("shape", "parameters"), [((28, 28, 1), 44993), ((64, 64, 3), 46595)])
def test_decoder(shape, parameters):
    features = cnn_small(shape).output.shape[1:]
    model = cnn_small_decoder(features, shape)
    assert model.output.shape[1:] == shape
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == parameters


def test_decoder_restores_odd_sides():
    features = cnn_small((25, 22, 1)).output.shape[1:]
    assert cnn_small_decoder(features, (25, 22, 1)).output.shape[1:] == (25, 22, 1)


def test_seed_determines_the_weights():
    first, again, other = (cnn_small((20, 20, 1), seed=seed).get_weights() for seed in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.abs(first[0] - other[0]).max() > 0
    assert np.abs(first[0]).max() <= np.sqrt(6 / (25 + 800))  # Glorot uniform


@pytest.mark.parametrize("shape", [(19, 28, 1), (28, 28), (None, 28, 1)])
def test_refuses_small_images_and_vectors(shape):
    with pytest.raises(ValueError, match="at least 20 pixels"):
        cnn_small(shape)
