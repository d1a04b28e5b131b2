import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import exported_operations, gradient
from tfcluster import ops
from tfcluster.layers import TensorKernelUCO


def functional_model(**arguments):
    """A user's model with the layer on a convolutional and on a vector tap."""
    inputs = keras.Input((8, 8, 1), name="images")
    maps = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
    features = keras.layers.Dense(16, activation="relu")(keras.layers.Flatten()(maps))
    outputs = keras.layers.Dense(3, activation="softmax")(features)
    outputs = TensorKernelUCO(weight=0.5, **arguments)([maps, outputs])
    outputs = TensorKernelUCO(weight=0.5, **arguments)([features, outputs])
    return keras.Model(inputs, outputs)


@pytest.fixture
def images(rng):
    return rng.normal(size=(60, 8, 8, 1)).astype(np.float32)


def test_loss_is_the_formula(rng):
    tap = rng.normal(size=(6, 3, 3, 4)).astype(np.float32)
    a = tf.nn.softmax(rng.normal(size=(6, 3)).astype(np.float32))
    expected = ops.cauchy_schwarz_similarity(a, ops.gaussian_kernel(ops.tensor_distances(tf.constant(tap))))
    layer = TensorKernelUCO(weight=0.3)
    np.testing.assert_allclose(layer([tap, a], training=True), a)
    np.testing.assert_allclose(layer.losses, [0.3 * float(expected)], rtol=1e-6)
    layer([tap, a], training=False)
    assert [float(loss) for loss in layer.losses] == [0.0]


def test_naive_kernel_flattens(rng):
    tap = rng.normal(size=(6, 3, 3, 4)).astype(np.float32)
    a = tf.nn.softmax(rng.normal(size=(6, 3)).astype(np.float32))
    naive = TensorKernelUCO(kernel="naive").companion_loss(tap, a)
    vector = TensorKernelUCO(kernel="tensor").companion_loss(tap.reshape(6, -1), a)
    np.testing.assert_allclose(naive, vector)


def test_detached_assignments_get_no_gradient(rng):
    tap, z = rng.normal(size=(6, 4, 4, 2)), rng.normal(size=(6, 3))
    for detach in (False, True):
        layer = TensorKernelUCO(detach_assignments=detach, dtype="float64")
        with tf.GradientTape() as tape:
            logits = tf.constant(z)
            tape.watch(logits)
            loss = layer.companion_loss(tf.constant(tap), tf.nn.softmax(logits))
        assert (tape.gradient(loss, logits) is None) == detach


def test_solvers_give_the_same_training(images):
    weights = []
    for solver in ops.SOLVERS:
        keras.utils.set_random_seed(1)
        model = functional_model(solver=solver)
        model.compile("adam")
        model.fit(images, batch_size=30, epochs=2, verbose=0)
        weights.append(model.get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_allclose(first, second, atol=2e-4)


def test_trains_in_a_users_functional_model(images, tmp_path):
    model = functional_model()
    model.compile("adam")
    history = model.fit(images, batch_size=30, epochs=5, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert model.evaluate(images, verbose=0) == 0.0
    before = model.predict(images, verbose=0)
    path, rows, out = tmp_path / "model.keras", tmp_path / "x.npy", tmp_path / "out.npy"
    model.save(path)
    np.save(rows, images)
    script = (
        "import sys, numpy, keras, tfcluster\n"
        "model = keras.models.load_model(sys.argv[1])\n"
        "numpy.save(sys.argv[3], model.predict(numpy.load(sys.argv[2]), verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", script, path, rows, out], check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(out), before)


def test_export_builds_no_kernel(images, tmp_path):
    model = functional_model()
    model.export(tmp_path / "served", verbose=False)
    operations = exported_operations(tmp_path / "served")
    assert "Conv2D" in operations
    assert not operations & {"SelfAdjointEigV2", "Cholesky", "MatrixTriangularSolve"}
    served = tf.saved_model.load(tmp_path / "served")
    # Rows do not see each other.
    together, alone = served.serve(images[:5]).numpy(), served.serve(images[:1]).numpy()
    np.testing.assert_allclose(together[:1], alone, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_float32_under_mixed_precision(policy, rng):
    tap = rng.normal(size=(8, 4, 4, 3)).astype(np.float32)
    a = tf.nn.softmax(rng.normal(size=(8, 3)).astype(np.float32))
    keras.config.set_dtype_policy(policy)
    try:
        layer = TensorKernelUCO(weight=1.0)
        low = tf.cast(tap, keras.config.dtype_policy().compute_dtype)
        layer([low, a], training=True)
    finally:
        keras.config.set_dtype_policy("float32")
    assert layer.compute_dtype == "float32"
    expected = TensorKernelUCO(weight=1.0).companion_loss(tf.cast(low, tf.float32), a)
    np.testing.assert_allclose(layer.losses[0], expected, rtol=1e-6)


def test_config_is_complete():
    layer = TensorKernelUCO(
        weight=0.2, kernel="naive", rank=2, modes=(1, 3), bandwidth="quantile", quantile=0.1, detach_assignments=True
    )
    again = TensorKernelUCO.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert not layer.supports_jit
    assert TensorKernelUCO(solver="cholesky").supports_jit


def test_gradient_reaches_the_tap(rng):
    tap = rng.normal(size=(6, 4, 4, 2)).astype(np.float32)
    a = tf.nn.softmax(rng.normal(size=(6, 3)).astype(np.float32))
    (slope,) = gradient(lambda t: TensorKernelUCO(weight=1.0).companion_loss(t, a), tap)
    assert np.abs(slope).max() > 1e-6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": "gaussian"}, "`kernel`"),
        ({"solver": "svd"}, "`solver`"),
        ({"bandwidth": "x"}, "`bandwidth`"),
        ({"weight": -1}, "`weight`"),
    ],
)
def test_wrong_choice(arguments, message):
    with pytest.raises(ValueError, match=message):
        TensorKernelUCO(**arguments)


@pytest.mark.parametrize("shapes", [[(4, 3)], [(4, 3), (4,)], [(4, 3), (4, 1)], [(4,), (4, 3)]])
def test_wrong_inputs(shapes):
    with pytest.raises(ValueError, match=r"takes \[tap, assignments\]"):
        TensorKernelUCO()([tf.ones(shape) for shape in shapes])
