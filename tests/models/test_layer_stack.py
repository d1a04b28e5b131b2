import keras
import numpy as np
import pytest

from tfcluster.models import StackedAutoencoder
from tfcluster.training.configured_model import dtype_policy


def relu(h):
    return np.maximum(h, 0.0)


def sigmoid(h):
    return 1.0 / (1.0 + np.exp(-h))


def linear(h):
    return h


@pytest.mark.parametrize(
    ("options", "forth", "back"),
    [
        ({"activation": "relu"}, (relu, linear), (relu, linear)),
        ({"activation": "sigmoid"}, (sigmoid, sigmoid), (sigmoid, sigmoid)),
        ({"activation": "sigmoid", "linear_code": True}, (sigmoid, linear), (sigmoid, sigmoid)),
    ],
)
def test_codes_and_reconstructions(options, forth, back, rng):
    x = rng.uniform(size=(4, 2, 3)).astype(np.float32)
    stack = StackedAutoencoder((5, 2), initial_scale=1.0, preprocessing=keras.layers.Rescaling(2.0), **options)
    stack.build((None, 2, 3))
    for layer in (*stack.encoders, *stack.decoders):
        layer.bias.assign(rng.normal(size=layer.bias.shape))
    h = 2.0 * x.reshape(4, 6)
    for layer, activation in zip(stack.encoders, forth, strict=True):
        h = activation(h @ layer.kernel.numpy() + layer.bias.numpy())
    np.testing.assert_allclose(stack.encode(x), h, rtol=1e-4, atol=1e-5)
    for layer, activation in zip(reversed(stack.decoders), back, strict=True):
        h = activation(h @ layer.kernel.numpy() + layer.bias.numpy())
    np.testing.assert_allclose(stack(x), h, rtol=1e-4, atol=1e-5)


def test_initial_weights():
    stack = StackedAutoencoder((400, 3), initial_scale=0.01)
    stack.build((None, 300))
    kernels = [layer.kernel.numpy() for layer in (*stack.encoders, *stack.decoders)]
    assert [kernel.shape for kernel in kernels] == [(300, 400), (400, 3), (400, 300), (3, 400)]
    np.testing.assert_allclose([kernel.std() for kernel in kernels], 0.01, rtol=0.1)
    assert not np.array_equal(kernels[0], kernels[2].T)
    stack = StackedAutoencoder((400, 3), initial_scale=None)
    stack.build((None, 300))
    assert 0.95 < np.abs(stack.encoders[0].kernel).max() / np.sqrt(6 / 700) <= 1.0


def test_sigmoid_decoders_are_exact_under_mixed_precision():
    with dtype_policy("mixed_bfloat16"):
        stack = StackedAutoencoder((16, 12, 4), activation="sigmoid")
        stack.build((None, 8))
    assert [layer.compute_dtype for layer in (*stack.encoders, *stack.decoders)] == ["bfloat16"] * 3 + ["float32"] * 3
