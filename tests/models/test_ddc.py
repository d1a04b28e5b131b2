import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient
from tfcluster.layers import RandomAffine
from tfcluster.models import DDC


def by_hand(hidden, a, kernel_of=None):
    """The three terms in NumPy, straight from the docstring's equations (bandwidth: the paper's median)."""
    n, k = a.shape
    d = ((hidden[:, None] - hidden[None]) ** 2).sum(2)
    kernel = np.exp(-d / (2 * 0.15 * np.median(d)))

    def similarity(m):
        overlap = m.T @ kernel @ m
        pairs = [overlap[i, j] / np.sqrt(overlap[i, i] * overlap[j, j]) for i in range(k) for j in range(i + 1, k)]
        return 2 / (k * (k - 1)) * sum(pairs)

    inner = sum(a[i] @ a[j] for i in range(n) for j in range(i + 1, n))
    m = np.exp(-((a[:, None] - np.eye(k)[None]) ** 2).sum(2))
    return [similarity(a), 2 / (n * (n - 1)) * inner, similarity(m)]


@pytest.fixture
def outputs(rng):
    a = rng.uniform(size=(8, 3))
    a /= a.sum(1, keepdims=True)
    return {"embedding": rng.normal(size=(8, 5)).astype(np.float32), "assignments": a.astype(np.float32)}


def tensors(outputs):
    return {name: tf.constant(value) for name, value in outputs.items()}


def test_terms_are_the_equations(outputs):
    model = DDC(3, backbone="mlp", term_weights=(1.0, 2.0, 3.0))
    terms = model.loss_terms(None, tensors(outputs), training=True)
    expected = by_hand(outputs["embedding"], outputs["assignments"])
    for index, weight in enumerate((1.0, 2.0, 3.0)):
        np.testing.assert_allclose(terms[f"ddc_{index + 1}"], weight * expected[index], rtol=1e-4)
    assert list(terms) == model.loss_names()


def test_views_cross_kernels_and_assignments(outputs):
    # Rows 0..3 are a batch, rows 4..7 the same batch distorted.
    model = DDC(3, backbone="mlp", augmentation=RandomAffine())
    terms = model.loss_terms(None, tensors(outputs), training=True)
    (h1, h2), (a1, a2) = (np.split(outputs[name], 2) for name in ("embedding", "assignments"))
    expected = (np.array(by_hand(h1, a2)) + by_hand(h2, a1)) / 2
    np.testing.assert_allclose([terms[f"ddc_{i}"] for i in (1, 2, 3)], expected, rtol=1e-4)
    # Outside of training there is one view.
    plain = model.loss_terms(None, tensors(outputs), training=False)
    np.testing.assert_allclose(plain["ddc_1"], by_hand(outputs["embedding"], outputs["assignments"])[0], rtol=1e-4)


def test_balance_is_a_term_of_its_own(outputs):
    model = DDC(3, backbone="mlp", balance=0.5)
    terms = model.loss_terms(None, tensors(outputs), training=True)
    shares = outputs["assignments"].mean(0)
    np.testing.assert_allclose(terms["balance"], 0.5 * (np.log(3) + (shares * np.log(shares)).sum()), rtol=1e-4)
    assert list(terms) == model.loss_names()


def test_gradient_reaches_hidden_and_assignments(rng):
    model = DDC(3, backbone="mlp")
    hidden = rng.normal(size=(6, 4))
    with tf.GradientTape(persistent=True) as tape:
        h, z = tf.Variable(hidden), tf.Variable(rng.normal(size=(6, 3)))
        outputs = {"embedding": tf.cast(h, tf.float32), "assignments": tf.cast(tf.nn.softmax(z), tf.float32)}
        terms = model.loss_terms(None, outputs, training=True)
    assert np.abs(tape.gradient(terms["ddc_1"], h)).max() > 0
    assert np.abs(tape.gradient(terms["ddc_1"], z)).max() > 0
    assert tape.gradient(terms["ddc_2"], h) is None
    from tfcluster.losses import ddc_terms

    assert_gradient(lambda z: ddc_terms(tf.nn.softmax(z), np.eye(6) + 0.2)[2], rng.normal(size=(6, 3)))


def test_head_of_the_paper():
    model = DDC(10)
    model.build((None, 28, 28, 1))
    head = [*model.hidden.trainable_weights, *model.hidden_norm.trainable_weights, *model.head.trainable_weights]
    assert sum(int(np.prod(w.shape)) for w in head) == 30110
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == 30110 + 45088


def test_default_optimizer_clips_each_variable():
    optimizer = DDC(3, learning_rate=0.5).default_optimizer()
    assert optimizer.clipnorm == 10.0
    assert float(optimizer.learning_rate) == 0.5


def test_embedding_is_the_hidden_layer(easy_images):
    model = DDC(3, preprocessing=keras.layers.Rescaling(1 / 127.5, -1.0))
    model.build((None, 20, 20, 1))
    assert model.embed(easy_images[0][:4]).shape == (4, 100)


def test_unknown_bandwidth():
    with pytest.raises(ValueError, match="`bandwidth` must be one of"):
        DDC(3, bandwidth="mean")
