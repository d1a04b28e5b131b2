"""Time and memory of `tfcluster predict` on a large table.

    python experiments/benchmarks/predict.py

Trains AE + k-means on 5,000 rows of 30 columns, then labels 1,000,000 from npz and from csv, each in its own process.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

COLUMNS, CLUSTERS, TRAINED = 30, 5, 5000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    shape = (options.rows, COLUMNS)
    rows = (rng.normal(size=shape) + 3 * rng.integers(0, CLUSTERS, size=(options.rows, 1))).astype(np.float32)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        np.savez(folder / "rows.npz", x=rows)
        np.savetxt(folder / "rows.csv", rows, fmt="%.6g", delimiter=",")
        np.savetxt(folder / "few.csv", rows[:TRAINED], fmt="%.6g", delimiter=",")
        request = ["--dataset", f"csv:{folder / 'few.csv'}", "--clusters", str(CLUSTERS), "--preset", "fast", "--quiet"]
        tfcluster("run", "ae_kmeans", *request, "--output", str(folder / "run"))
        print("| from | rows | s | peak GB |\n|---|---|---|---|")
        for kind in ("npz", "csv"):
            output = folder / f"labels-{kind}.csv"
            seconds, peak = tfcluster("predict", folder / "run", folder / f"rows.{kind}", "-o", output)
            print(f"| {kind} | {options.rows} | {seconds:.1f} | {peak:.2f} |")


def tfcluster(*arguments):
    """Run the command; seconds, and largest resident memory in GB."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "tfcluster.cli", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - started, usage.ru_maxrss / 1e6


if __name__ == "__main__":
    main()
