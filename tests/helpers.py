import contextlib

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.eager import context

from tfcluster.cli import main
from tfcluster.models import DDC


def gradient(function, *inputs):
    """Gradients of a scalar function of tensors."""
    variables = [tf.constant(value) for value in inputs]
    with tf.GradientTape() as tape:
        for variable in variables:
            tape.watch(variable)
        value = function(*variables)
    return [g.numpy() for g in tape.gradient(value, variables)]


def assert_gradient(function, x, count=12, step=1e-6, rtol=1e-5):
    """The gradient of a scalar function at a float64 array equals central differences in some entries."""
    (found,) = gradient(function, x)
    scale = np.abs(found).max()
    for flat in np.random.default_rng(0).choice(x.size, size=min(count, x.size), replace=False):
        index = np.unravel_index(flat, x.shape)
        shift = np.zeros_like(x)
        shift[index] = step
        expected = (float(function(tf.constant(x + shift))) - float(function(tf.constant(x - shift)))) / (2 * step)
        np.testing.assert_allclose(found[index], expected, rtol=rtol, atol=rtol * scale)


def exported_operations(folder):
    """Types of all operations of a SavedModel, those inside its functions among them."""
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    return {node.op for node in nodes}


@contextlib.contextmanager
def optimized_graphs():
    """A list that holds, afterwards, the nodes of every graph that ran inside, as TensorFlow optimised it."""
    graphs = []
    context.enable_run_metadata()
    try:
        yield graphs
        for run in context.export_run_metadata().function_graphs:
            graph = run.post_optimization_graph
            graphs += [graph.node, *(function.node_def for function in graph.library.function)]
    finally:
        context.disable_run_metadata()


def sums_without_order(nodes):
    """Names of the `AddN` whose order of summation depends on which operation happens to end first.

    `AddN` sums into the first of its inputs that nobody else still reads and starts with that one. With two inputs the
    order does not matter.
    """
    kinds = {node.name: node.op for node in nodes}

    def inputs(node):
        return [i if ":" in i else f"{i}:0" for i in node.input if not i.startswith("^")]

    found = []
    for node in nodes:
        if node.op == "AddN" and len(inputs(node)) > 2:
            shared = {i for other in nodes if other.name != node.name for i in inputs(other)} & set(inputs(node))
            if any(kinds.get(i.split(":")[0]) != "Const" for i in shared):
                found.append(node.name)
    return found


def outputs_of(model, x):
    """All outputs of a model, built for these rows, at inference."""
    model.build((None, *x.shape[1:]))
    return model(x, training=False, everything=True)


def assert_every_weight_learns(model, x, targets=None):
    """The loss of a batch has a gradient with respect to every trainable weight."""
    model.build((None, *x.shape[1:]))
    with tf.GradientTape() as tape:
        outputs = model(x, training=True, everything=True)
        loss = tf.add_n(list(model.loss_terms(x, outputs, True, targets).values()))
    weights = model.trainable_variables
    for variable, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        assert gradient is not None, variable.path
        assert np.any(gradient), variable.path


def small_convnet(shape):
    """A convolution and a dense layer of fixed weights, which give 16 features."""
    fixed = keras.initializers.GlorotUniform
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(8, 5, 2, kernel_initializer=fixed(1), activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(16, kernel_initializer=fixed(2)),
        ]
    )


def tiny_run(folder, *options):
    """Folder of a run of two epochs, inside this one, made by the command with these options."""
    output = folder / "run"
    tiny = ["--dataset", "digits", "--limit", "200", "--preset", "fast", "--epochs", "2", "--quiet", "--no-report"]
    assert main(["run", "ddc", *tiny, "--output", str(output), *options]) == 0
    return output


def write_image(path, side, value, channels=3):
    """Write a PNG of one value, or of an array of values, at a path whose folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(np.full((side, side, channels), value, np.uint8)).numpy())


def assert_draws_in_training_only(model, x, *names):
    """What a model gives by these names is the same every time at inference, and another draw each time in training.

    A name may be that of a list.
    """
    if not model.built:
        model.build((None, *x.shape[1:]))
    for training in (False, True):
        pair = [model(x, training=training, everything=True) for _ in range(2)]
        for name in names:
            for first, second in zip(*(tf.nest.flatten(outputs[name]) for outputs in pair), strict=True):
                assert bool(np.abs(first - second).max() > 1e-6) == training, (name, training)


def small_ddc(**arguments):
    """A DDC for rows of eight values, on one layer whose weights are always the same."""
    first = keras.layers.Dense(16, "relu", kernel_initializer=keras.initializers.GlorotUniform(seed=7), name="first")
    return DDC(3, backbone=keras.Sequential([keras.Input((8,)), first]), **arguments)
