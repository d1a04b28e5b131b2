"""Tensor kernels: ours against the original's algorithm, at the paper's taps.

    python experiments/benchmarks/tensor_kernel.py [--rounds 5] [--markdown FILE]

Measured in one process, in turn: forward and backward of the companion loss d(A, K) of one tap (n = 120, all modes,
full rank), and one whole training step of DDC-UCO. "Original" is written from the formulas of tk-uco: float32 Gram
matrices and eigendecompositions with the masked eigen-gap gradient, unfoldings that are never transposed, the
products V_a' V_b of all pairs as a tensor of n*n*I*I numbers and their squares by a batched multiplication. The
distance is 2 (I - S) there and S_aa + S_bb - 2 S_ab here. Gradient errors are relative to the same distance in
float64, each method to its own. Taps are those of the untrained backbone on real images if $TFCLUSTER_DATA_DIR has
them, else on random ones.
"""

import argparse
import statistics
import time

import keras
import numpy as np
import tensorflow as tf

from tfcluster import ops
from tfcluster.backbones import cnn_small, with_taps
from tfcluster.data import load
from tfcluster.models import DDCUCO

N, K = 120, 10
SETS = {"mnist": (28, 1), "usps": (32, 1), "coil100": (64, 3)}
TAPS = ("block1_out", "block2_pool")


def original_eigh(gram, mask=1e-8):
    """Eigendecomposition with the original's gradient: F_ij = 1 / (l_j - l_i), zero where the gap is below `mask`."""

    @tf.custom_gradient
    def decompose(gram):
        values, vectors = tf.linalg.eigh(gram)

        def gradient(d_values, d_vectors):
            gaps = values[:, None, :] - values[:, :, None]
            f = tf.where(tf.abs(gaps) < mask, tf.zeros_like(gaps), 1.0 / tf.where(gaps == 0, tf.ones_like(gaps), gaps))
            inner = tf.linalg.diag(d_values) + f * tf.matmul(vectors, d_vectors, transpose_a=True)
            outer = tf.matmul(vectors, tf.matmul(inner, vectors, transpose_b=True))
            return 0.5 * (outer + tf.linalg.matrix_transpose(outer))

        return (values, vectors), gradient

    return decompose(gram)


def original_distances(tap, epsilon=1e-6):
    """The published code's distances of one tap, written from its formulas."""
    total = 0.0
    for mode in range(1, tap.shape.rank):
        x = ops.mode_unfolding(tap, mode, min_side=False)
        rows = x.shape[1]
        values, vectors = original_eigh(tf.matmul(x, x, transpose_b=True))
        scale = tf.maximum(values, 0.0) + tf.cast(epsilon, x.dtype)
        v = tf.matmul(x, vectors, transpose_a=True) / tf.sqrt(scale)[:, None, :]  # (n, P, I)
        z = tf.einsum("api,bpj->abij", v, v)  # (n, n, I, I)
        squares = tf.matmul(z, z, transpose_a=True)  # (n, n, I, I)
        total += tf.maximum(2.0 * (rows - tf.linalg.trace(squares)), 0.0)
    return total


def loss_of(distances):
    def loss(tap, assignments):
        return ops.cauchy_schwarz_similarity(assignments, ops.gaussian_kernel(distances(tap)))

    return loss


def gradient_of(loss):
    @tf.function(autograph=False)
    def gradient(tap, assignments):
        with tf.GradientTape() as tape:
            tape.watch(tap)
            value = loss(tap, assignments)
        return tape.gradient(value, tap)

    return gradient


METHODS = {
    "original": original_distances,
    "eigh": ops.tensor_distances,
    "cholesky": lambda tap: ops.tensor_distances(tap, solver="cholesky"),
}


def images(name):
    """A batch of real images in the paper's size and range, or random ones."""
    side, channels = SETS[name]
    try:
        data = load(name, download=False)
        rows = data.x[np.random.default_rng(0).permutation(len(data))[:N]].astype(np.float32)
        low, high = data.info.range
        rows = 2.0 * (rows - low) / (high - low) - 1.0
        return tf.image.resize(rows, (side, side)), "real images"
    except FileNotFoundError:
        return tf.random.stateless_uniform((N, side, side, channels), (0, 0), -1.0, 1.0), "random images"


def milliseconds(functions, arguments, rounds):
    """Median time of each function, run in turn."""
    for function in functions.values():
        tf.nest.map_structure(lambda t: t.numpy(), function(*arguments))
    seen = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            started = time.perf_counter()
            tf.nest.map_structure(lambda t: t.numpy(), function(*arguments))
            seen[name].append(1000.0 * (time.perf_counter() - started))
    return {name: statistics.median(values) for name, values in seen.items()}


def relative_error(found, truth):
    return float(tf.linalg.norm(tf.cast(found, tf.float64) - truth) / tf.linalg.norm(truth))


def train_step(distances, name):
    """One compiled training step of DDC-UCO (paper's recipe) whose companions use `distances`."""
    side, channels = SETS[name]
    model = DDCUCO(K if name != "coil100" else 100)
    model.build((None, side, side, channels))
    for companion in model.companions:
        companion.companion_loss = lambda tap, a: 0.01 * loss_of(distances)(tf.cast(tap, tf.float32), a)
    model.compile(model.default_optimizer())
    model.optimizer.build(model.trainable_variables)
    return tf.function(lambda x: model.train_step((x,))["loss"], autograph=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--markdown", help="also write the table to this file")
    options = parser.parse_args()
    lines = [
        f"TensorFlow {tf.__version__}, Keras {keras.__version__}, CPU, float32, n = {N}, medians of {options.rounds}.",
        "",
        "| what | original ms | eigh ms (ratio) | cholesky ms (ratio) | gradient error: original | eigh | cholesky |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for name in options.sets:
        batch, kind = images(name)
        taps = with_taps(cnn_small(batch.shape[1:], seed=1), TAPS)(batch, training=True)[1:]
        assignments = tf.nn.softmax(tf.random.stateless_normal((N, K), (1, 1)))
        for tap in taps:
            functions = {key: gradient_of(loss_of(distances)) for key, distances in METHODS.items()}
            times = milliseconds(functions, (tap, assignments), options.rounds)
            errors = {}
            for key in METHODS:
                truth = gradient_of(loss_of(ops.tensor_distances if key != "original" else original_in_double))
                exact = truth(tf.cast(tap, tf.float64), tf.cast(assignments, tf.float64))
                errors[key] = relative_error(functions[key](tap, assignments), exact)
            shape = "x".join(map(str, tap.shape[1:]))
            emit(lines, f"kernel forward+backward, {name} tap {shape} ({kind})", times, errors)
        functions = {key: train_step(distances, name) for key, distances in METHODS.items()}
        emit(lines, f"training step, {name}", milliseconds(functions, (batch,), options.rounds), None)
    if options.markdown:
        with open(options.markdown, "w") as stream:
            stream.write(
                "# Tensor kernels\n\n`python experiments/benchmarks/tensor_kernel.py`\n\n" + "\n".join(lines) + "\n"
            )


def original_in_double(tap):
    """The original's distances by the Cholesky form in float64."""
    return ops.tensor_distances(tap, solver="cholesky", original_distances=True)


def emit(lines, what, times, errors):
    base = times["original"]
    cells = [f"{base:.1f}", *(f"{times[key]:.1f} ({base / times[key]:.1f}x)" for key in ("eigh", "cholesky"))]
    cells += ["-"] * 3 if errors is None else [f"{errors[key]:.1e}" for key in METHODS]
    lines.append(f"| {what} | " + " | ".join(cells) + " |")
    print(lines[-1], flush=True)


if __name__ == "__main__":
    main()
