"""Milliseconds of a training step in one process and in two workers on this machine.

    python experiments/benchmarks/workers.py [--rounds 3] [--markdown FILE]

The batch is the same for all: two workers have half of it each and add up their gradients through the loopback
device. "1 core" is one process on one core, "2 cores" one process on two, "2 workers" two processes on one core each.
A round starts all three in turn; a step is the mean of the last of four epochs of 40 in the loop of `fit`, the figure
the median of the rounds. Rows are random. The gradients of the autoencoder have 13 MB.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

STEPS, EPOCHS = 40, 4
CASES = {
    "autoencoder 784-500-500-2000-10, batch 256": ("autoencoder", 256),
    "autoencoder 784-500-500-2000-10, batch 2048": ("autoencoder", 2048),
    "DDC on 28 x 28 images, batch 240": ("ddc", 240),
}
SIDES = {"1 core": [{0}], "2 cores": [{0, 1}], "2 workers": [{0}, {1}]}


def autoencoder():
    import keras

    from tfcluster.backbones import mlp, mlp_decoder
    from tfcluster.models import Autoencoder

    encoder = keras.Sequential([mlp((784,)), keras.layers.Dense(10)])
    decoder = keras.Sequential([keras.Input((10,)), keras.layers.Dense(2000, "relu"), mlp_decoder((2000,), (784,))])
    return Autoencoder(encoder, decoder), (784,)


def ddc():
    from tfcluster.models import DDC

    return DDC(10), (28, 28, 1)


def measure(name, output):
    """Milliseconds of a step, written by every worker to a file of its own."""
    import keras
    import numpy as np

    from tfcluster.training.distribution import make_strategy

    class Timer(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):  # an evaluation after the steps does not count
            self.seconds = time.perf_counter() - self.started

    what, batch = CASES[name]
    strategy = make_strategy("multiworker" if "TF_CONFIG" in os.environ else None)
    with strategy.scope():
        model, shape = globals()[what]()
        timer = Timer()
        x = np.random.default_rng(0).uniform(size=(STEPS * batch, *shape)).astype(np.float32)
        model.fit(x, epochs=EPOCHS, batch_size=batch, callbacks=[timer], verbose=0)
    pathlib.Path(output).write_text(json.dumps(1000.0 * timer.seconds / STEPS))


def start(name, cores, folder):
    """Milliseconds of a step with a process for each set of cores."""
    sockets = [socket.socket() for _ in cores]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    children, outputs = [], []
    for index, own in enumerate(cores):
        environment = dict(os.environ)
        if len(cores) > 1:
            config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            environment["TF_CONFIG"] = json.dumps(config)
        outputs.append(pathlib.Path(folder) / f"{index}.json")
        line = [sys.executable, __file__, "--child", name, str(outputs[-1])]
        # TensorFlow counts the cores that a process may use.
        pinned = ["taskset", "-c", ",".join(map(str, sorted(own))), *line]
        children.append(subprocess.Popen(pinned, env=environment, stderr=subprocess.DEVNULL))
    codes = [child.wait() for child in children]
    if any(codes):
        raise SystemExit(f"{name}: a process failed")
    return max(json.loads(output.read_text()) for output in outputs)


def main():
    if sys.argv[1:2] == ["--child"]:
        measure(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", help="also write the table to this file")
    options = parser.parse_args()
    lines = ["| step | " + " | ".join(f"{side}, ms" for side in SIDES) + " |", "|---" * (1 + len(SIDES)) + "|"]
    print("\n".join(lines), flush=True)
    for name in CASES:
        found = {side: [] for side in SIDES}
        for _ in range(options.rounds):
            for side, cores in SIDES.items():
                with tempfile.TemporaryDirectory() as folder:
                    found[side].append(start(name, cores, folder))
        medians = {side: statistics.median(times) for side, times in found.items()}
        one = medians["1 core"]
        cells = [
            f"{value:.1f}" + ("" if side == "1 core" else f" ({one / value:.2f}x)") for side, value in medians.items()
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    if options.markdown:
        pathlib.Path(options.markdown).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
