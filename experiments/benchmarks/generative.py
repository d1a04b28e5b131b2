"""An epoch of VaDE against ClustPy's, and of GumbelVAE against the same network in PyTorch.

    python experiments/benchmarks/generative.py --peer-python PEER/bin/python [--rounds 3] [--markdown FILE]

PEER is a virtual environment with `pip install clustpy torch`. Equal networks, batches and rows on both sides: VaDE
with 784-500-500-2000-10, GumbelVAE with 784-512-256-150, heads of 150 units and a latent of 100; batches of 256, 10,240
random rows, Adam without clipping. Every measurement is a process of its own, in turn, with as many threads. ClustPy's
epoch is the difference of a fit with 12 epochs and one with 2, by 10: autoencoder, mixture and imports are not counted.
Ours is the mean of the last 10 of 13 in the loop of `fit`, which compiles in the first two.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROWS, BATCH, EPOCHS, WARM = 40 * 256, 256, 10, 3


def rows():
    import numpy as np

    return np.random.default_rng(0).uniform(size=(ROWS, 784)).astype(np.float32)


def ours():
    """Seconds of an epoch of each model."""
    import keras

    from tfcluster.models import GumbelVAE, VaDE

    class Timer(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.started)

    found = {}
    models = {
        "VaDE": VaDE(10, pretrain_epochs=1, learning_rate=1e-4, clipnorm=None, n_init=1),
        "GumbelVAE": GumbelVAE(10, clipnorm=None),
    }
    for name, model in models.items():
        timer = Timer()
        epochs = WARM + EPOCHS
        model.fit(rows(), epochs=epochs, batch_size=BATCH, evaluate_every=epochs, callbacks=[timer], verbose=0)
        # A callback of the caller comes after the evaluation, which is in the last epoch only.
        found[name] = statistics.mean(timer.seconds[WARM:-1])
    return found


def clustpy_vade():
    """Seconds of an epoch of ClustPy's VaDE."""
    import torch
    from clustpy.deep import VaDE
    from clustpy.deep.vade import _VaDE_VAE

    seconds = []
    for epochs in (2, 2 + EPOCHS):
        torch.manual_seed(0)
        network = _VaDE_VAE([784, 500, 500, 2000, 10], activation_fn=torch.nn.ReLU)
        model = VaDE(
            10,
            batch_size=BATCH,
            pretrain_epochs=1,
            clustering_epochs=epochs,
            neural_network=network,
            initial_clustering_params={"n_init": 1, "covariance_type": "diag"},
            device=torch.device("cpu"),
            random_state=0,
        )
        started = time.perf_counter()
        model.fit(rows())
        seconds.append(time.perf_counter() - started)
    return {"VaDE": (seconds[1] - seconds[0]) / EPOCHS}


def torch_gumbel_vae():
    """Seconds of an epoch of the network of GumbelVAE in PyTorch, eager."""
    import torch
    from torch import nn
    from torch.nn import functional

    def block(a, b):
        return nn.Sequential(nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU())

    parts = nn.ModuleDict(
        {
            "encoder": nn.Sequential(block(784, 512), block(512, 256), nn.Linear(256, 150)),
            "category": nn.Sequential(block(150, 150), nn.Linear(150, 10)),
            "gaussian": block(150, 150),
            "mean": nn.Linear(150, 100),
            "log_variance": nn.Linear(150, 100),
            "from_category": nn.Linear(10, 150),
            "from_latent": nn.Linear(100, 150),
            "decoder": nn.Sequential(
                nn.BatchNorm1d(150), nn.ReLU(), block(150, 256), block(256, 512), nn.Linear(512, 784)
            ),
        }
    )
    optimizer = torch.optim.Adam(parts.parameters(), 1e-3)
    x = torch.tensor(rows())
    seconds = []
    for _ in range(WARM + EPOCHS):
        started = time.perf_counter()
        for indices in torch.randperm(ROWS).split(BATCH):
            batch = x[indices]
            f = parts["encoder"](batch)
            logits, hidden = parts["category"](f), parts["gaussian"](f)
            mean, log_variance = parts["mean"](hidden), parts["log_variance"](hidden).clamp(-10.0, 10.0)
            c = functional.gumbel_softmax(logits, tau=1.0)
            z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
            decoded = parts["decoder"](parts["from_category"](c) + parts["from_latent"](z))
            log_q = functional.log_softmax(logits, dim=1)
            loss = functional.binary_cross_entropy_with_logits(decoded, batch, reduction="sum")
            loss = loss + (log_q.exp() * log_q).sum()
            loss = loss - 2.5 * (1.0 + log_variance - mean**2 - log_variance.exp()).sum()
            optimizer.zero_grad()
            (loss / len(batch)).backward()
            optimizer.step()
        seconds.append(time.perf_counter() - started)
    return {"GumbelVAE": statistics.mean(seconds[WARM:])}


def child(python, what):
    """Run a function of this file in a process of its own."""
    threads = str(len(os.sched_getaffinity(0)))
    environment = os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        command = [python, str(HERE / "generative.py"), "--child", what, output.name]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.loads(pathlib.Path(output.name).read_text())


def main():
    if sys.argv[1:2] == ["--child"]:
        what, output = sys.argv[2:]
        pathlib.Path(output).write_text(json.dumps(globals()[what]()))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", required=True, help="interpreter that has clustpy and torch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", help="also write the table to this file")
    options = parser.parse_args()
    own, peer = {}, {}
    for _ in range(options.rounds):
        for found, results in (
            (own, child(sys.executable, "ours")),
            (peer, child(options.peer_python, "clustpy_vade")),
            (peer, child(options.peer_python, "torch_gumbel_vae")),
        ):
            for name, seconds in results.items():
                found.setdefault(name, []).append(seconds)
    lines = [
        f"| epoch of {ROWS} rows, batch {BATCH} | tfcluster, ms | peer, ms | ratio to the peer |",
        "|---|---|---|---|",
    ]
    for name, rival in (("VaDE", "ClustPy"), ("GumbelVAE", "PyTorch")):
        a, b = 1000 * statistics.median(own[name]), 1000 * statistics.median(peer[name])
        lines.append(f"| {name}, {rival} | {a:.0f} | {b:.0f} | {a / b:.2f} |")
    print("\n".join(lines))
    if options.markdown:
        head = "# Generative models\n\n`python experiments/benchmarks/generative.py --peer-python PEER/bin/python`\n\n"
        pathlib.Path(options.markdown).write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
