"""DEC end to end, and a step of its autoencoder: ours against ClustPy and PyTorch.

    python experiments/benchmarks/dec.py --peer-python PEER/bin/python [--sets usps] [--rounds 1] [--epochs 100 150]

PEER is a virtual environment with `pip install clustpy torch`. Equal work on both sides: the autoencoder
d-500-500-2000-10 for 100 epochs of Adam(1e-3), k-means, 150 epochs (or as many as asked for) of Adam(1e-4) on the KL
divergence with the target distribution of each batch, which is what ClustPy has; batches of 256, all rows. Every
measurement is a process of its own, in turn, with as many threads; imports are not counted. The step is that of the
autoencoder 784-500-500-2000-10 on random rows, mean of 200: ours in the loop of `fit`, PyTorch's eagerly with its
default and with its fused Adam. "contractive" is one step of a shallow autoencoder 784-500 with the contraction,
"plain" without. "bfloat16" is ours under the policy mixed_bfloat16 and PyTorch's under autocast.
"""

import argparse
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BATCH, STEPS, WARM = 256, 200, 20
POLICIES = ("float32", "mixed_bfloat16")


def ours_end_to_end(path, autoencoder_epochs, kl_epochs, policy):
    """Seconds and labels of our DEC."""
    import keras
    import numpy as np

    from tfcluster.models import DEC

    keras.config.set_dtype_policy(policy)
    x = np.load(path)
    started = time.perf_counter()
    pretraining = {"pretrain_epochs": int(autoencoder_epochs), "pretrain_batch_size": BATCH}
    model = DEC(10, target="batch", learning_rate=1e-4, momentum=None, **pretraining)
    model.fit(x, epochs=int(kl_epochs), batch_size=BATCH, evaluate_every=int(kl_epochs), verbose=0)
    labels = model.cluster(x)
    return {"seconds": time.perf_counter() - started, "labels": labels.tolist()}


def ours_steps(policy, *wanted):
    """Milliseconds of a step of each autoencoder that is wanted."""
    import keras
    import numpy as np

    from tfcluster.backbones import mlp, mlp_decoder
    from tfcluster.models import Autoencoder, ShallowAutoencoder

    def deep():
        features = mlp((784,))
        encoder = keras.Sequential([features, keras.layers.Dense(10)])
        decoder = keras.Sequential([keras.Input((10,)), keras.layers.Dense(2000, "relu"), mlp_decoder((2000,), (784,))])
        return Autoencoder(encoder, decoder)

    def shallow(contraction):
        encoder = keras.Sequential([keras.Input((784,)), keras.layers.Dense(500, "sigmoid")])
        decoder = keras.Sequential([keras.Input((500,)), keras.layers.Dense(784, "sigmoid")])
        return ShallowAutoencoder(encoder, decoder, contraction=contraction)

    class Timer(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = time.perf_counter() - self.started

    keras.config.set_dtype_policy(policy)
    x = np.random.default_rng(0).uniform(size=(STEPS * BATCH, 784)).astype(np.float32)
    found = {}
    made = {"ours": deep, "plain": lambda: shallow(0.0), "contractive": lambda: shallow(0.1)}
    for name in wanted:
        timer = Timer()
        made[name]().fit(x, epochs=11, batch_size=BATCH, callbacks=[timer], verbose=0)  # the last epoch counts
        found[name] = 1000.0 * timer.seconds / STEPS
    return found


def peer_end_to_end(path, autoencoder_epochs, kl_epochs):
    """Seconds and labels of ClustPy's DEC."""
    import numpy as np
    import torch
    from clustpy.deep import DEC
    from clustpy.deep.neural_networks import FeedforwardAutoencoder

    x = np.load(path)
    torch.manual_seed(0)
    started = time.perf_counter()
    network = FeedforwardAutoencoder([x.shape[1], 500, 500, 2000, 10], activation_fn=torch.nn.ReLU)
    model = DEC(
        10,
        batch_size=BATCH,
        pretrain_epochs=int(autoencoder_epochs),
        clustering_epochs=int(kl_epochs),
        neural_network=network,
        device=torch.device("cpu"),
        random_state=0,
    )
    labels = model.fit_predict(x)
    return {"seconds": time.perf_counter() - started, "labels": np.asarray(labels).tolist()}


def peer_steps():
    """Milliseconds of a step of the same autoencoder in PyTorch."""
    import torch

    x = torch.rand(STEPS * BATCH, 784)
    found = {}
    for name, options in (("torch", {}), ("torch fused", {"fused": True}), ("torch fused, bfloat16", {"fused": True})):
        widths = [784, 500, 500, 2000, 10, 2000, 500, 500, 784]
        layers = []
        for index, (a, b) in enumerate(itertools.pairwise(widths)):
            layers += [torch.nn.Linear(a, b), *([torch.nn.ReLU()] if index not in (3, 7) else [])]
        network = torch.nn.Sequential(*layers)
        optimizer = torch.optim.Adam(network.parameters(), **options)
        for step in range(WARM + STEPS):
            if step == WARM:
                started = time.perf_counter()
            start = step % STEPS * BATCH
            batch = x[start : start + BATCH]
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=name.endswith("bfloat16")):
                output = network(batch)
            torch.nn.functional.mse_loss(output.float(), batch).backward()
            optimizer.step()
        found[name] = 1000.0 * (time.perf_counter() - started) / STEPS
    return found


def child(python, what, *arguments):
    """Run a function of this file in a process of its own."""
    threads = str(os.cpu_count())
    environment = os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        command = [python, str(HERE / "dec.py"), "--child", what, output.name, *arguments]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.loads(pathlib.Path(output.name).read_text())


def main():
    if sys.argv[1:2] == ["--child"]:
        what, output, *arguments = sys.argv[2:]
        pathlib.Path(output).write_text(json.dumps(globals()[what](*arguments)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", required=True, help="interpreter that has clustpy and torch")
    parser.add_argument("--sets", nargs="*", default=["usps", "mnist"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--epochs", type=int, nargs=2, default=(100, 150), help="of the autoencoder and of the KL phase"
    )
    parser.add_argument("--markdown", help="also write the tables to this file")
    options = parser.parse_args()
    lines = []
    emit(lines, "| step, batch 256 | ms | ratio to PyTorch |\n|---|---|---|")
    rounds = []
    for _ in range(3):
        found = child(sys.executable, "ours_steps", POLICIES[0], "ours", "plain", "contractive")
        found["ours, bfloat16"] = child(sys.executable, "ours_steps", POLICIES[1], "ours")["ours"]
        rounds.append(found | child(options.peer_python, "peer_steps"))
    steps = {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}
    for name in ("ours", "ours, bfloat16", "torch", "torch fused", "torch fused, bfloat16"):
        ratio = steps[name] / steps["torch"]
        emit(lines, f"| autoencoder 784-500-500-2000-10, {name} | {steps[name]:.1f} | {ratio:.2f} |")
    for name in ("plain", "contractive"):
        emit(lines, f"| shallow autoencoder 784-500, {name}, ours | {steps[name]:.1f} | - |")
    epochs = " + ".join(map(str, options.epochs))
    emit(lines, f"\n| DEC, {epochs} epochs | seconds | ACC | NMI | times faster |\n|---|---|---|---|---|")
    for name in options.sets:
        end_to_end(lines, name, options)
    if options.markdown:
        text = (
            "# DEC\n\n`python experiments/benchmarks/dec.py --peer-python PEER/bin/python`\n\n"
            + "\n".join(lines)
            + "\n"
        )
        pathlib.Path(options.markdown).write_text(text)


def end_to_end(lines, name, options):
    import numpy as np

    from tfcluster.data import load
    from tfcluster.metrics import clustering_scores

    data, epochs = load(name), [str(count) for count in options.epochs]
    low, high = data.info.range
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file.name, ((data.x.reshape(len(data), -1) - low) / (high - low)).astype(np.float32))
        found = {"tfcluster": [], "tfcluster, bfloat16": [], "ClustPy": []}
        for _ in range(options.rounds):
            for side, policy in zip(found, POLICIES, strict=False):
                found[side].append(child(sys.executable, "ours_end_to_end", file.name, *epochs, policy))
            found["ClustPy"].append(child(options.peer_python, "peer_end_to_end", file.name, *epochs))
    seconds = {side: statistics.median(run["seconds"] for run in runs) for side, runs in found.items()}
    for side, runs in found.items():
        scores = clustering_scores(data.y, np.array(runs[0]["labels"]))
        ratio = seconds["ClustPy"] / seconds[side]
        emit(
            lines, f"| {name}, {side} | {seconds[side]:.1f} | {scores['acc']:.3f} | {scores['nmi']:.3f} | {ratio:.1f} |"
        )


def emit(lines, line):
    lines.append(line)
    print(line, flush=True)


if __name__ == "__main__":
    main()
