"""k-means and whitening of many rows against scikit-learn and faiss: time, inertia, memory.

    python experiments/benchmarks/kmeans.py [--peer-python PEER/bin/python] [--cases NAME ...] [--markdown FILE]

PEER is a virtual environment with `pip install faiss-cpu`; without it faiss is left out. Rows are drawn around k / 2
centres. All sides begin with random rows and do as many iterations of every restart, unless one does not move any
more; k-means++ is off. Every measurement is a process of its own, in turn, with as many threads, after a small call
that imports and compiles. The rows lie in a memory map on disk. Memory is what the call takes beside the pages of that
file, at its peak.
`growth` halves n and k in turn, `stream` is tfcluster alone on five million rows.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent

# n, d, k, restarts, iterations
CASES = {
    "small": (70_000, 10, 10, 20, 20),
    "wide": (200_000, 256, 1000, 1, 20),
    "long": (1_000_000, 64, 1000, 1, 20),
    "growth n / 2": (500_000, 64, 1000, 1, 20),
    "growth n / 4": (250_000, 64, 1000, 1, 20),
    "growth k / 2": (1_000_000, 64, 500, 1, 20),
    "growth k / 4": (1_000_000, 64, 250, 1, 20),
    "stream": (5_000_000, 64, 1000, 1, 10),
}
WHITENING = {"whiten": (200_000, 1024, 256), "whiten wide": (50_000, 4096, 256)}


def write_rows(path, n, d, k, seed=0):
    """A memory map of n rows of d around k centres, written in parts."""
    import numpy as np

    rng = np.random.default_rng(seed)
    centres = 2.0 * rng.normal(size=(k, d)).astype(np.float32)
    rows = np.memmap(path, np.float32, "w+", shape=(n, d))
    for start in range(0, n, 100_000):
        part = rows[start : start + 100_000]
        part[:] = centres[rng.integers(k, size=len(part))] + rng.normal(size=part.shape).astype(np.float32)
    rows.flush()


def tfcluster_kmeans(x, k, restarts, iterations):
    from tfcluster.training.scalable_kmeans import scalable_kmeans

    return scalable_kmeans(x, k, restarts, iterations, init="random", tolerance=0.0).inertia


def scikit_learn_kmeans(x, k, restarts, iterations):
    import warnings

    import numpy as np
    from sklearn.cluster import KMeans

    warnings.simplefilter("ignore")
    model = KMeans(k, init="random", n_init=restarts, max_iter=iterations, tol=0.0, random_state=0)
    return float(model.fit(np.asarray(x)).inertia_)


def faiss_kmeans(x, k, restarts, iterations):
    import faiss
    import numpy as np

    model = faiss.Kmeans(x.shape[1], k, niter=iterations, nredo=restarts, max_points_per_centroid=10**9, seed=0)
    model.train(np.asarray(x))
    squares, _ = model.index.search(np.asarray(x), 1)
    return float(squares.sum(dtype=np.float64))


def tfcluster_whitening(x, components):
    from tfcluster.training.whitening import whitening

    return float(abs(whitening(x, components)(x[:1000])).mean())


def scikit_learn_whitening(x, components):
    import numpy as np
    from sklearn.decomposition import PCA

    model = PCA(components, whiten=True, svd_solver="covariance_eigh").fit(np.asarray(x))
    return float(abs(model.transform(np.asarray(x[:1000]))).mean())


def faiss_whitening(x, components):
    import faiss
    import numpy as np

    model = faiss.PCAMatrix(x.shape[1], components, -0.5)
    model.train(np.asarray(x))
    return float(abs(model.apply(np.asarray(x[:1000]))).mean())


def measure(what, path, shape, arguments):
    """Seconds, result and peak memory of a function of this file on the rows of a memory map."""
    import numpy as np

    rows = np.memmap(path, np.float32, "r", shape=tuple(shape))
    function = globals()[what]
    if "kmeans" in what:
        k = arguments[0]
        function(np.asarray(rows[: 20 * k]), k, 1, 2)  # imports, compilation
    else:
        function(np.asarray(rows[:2000]), 8)
    peak, done = [_anonymous()], threading.Event()
    before = peak[0]

    def watch():
        while not done.wait(0.05):
            peak[0] = max(peak[0], _anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    result = function(rows, *arguments)
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    return {"seconds": seconds, "result": result, "memory": peak[0] - before}


def _anonymous():
    """Bytes of memory of this process that are not those of files."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def child(python, what, path, shape, arguments):
    """Run `measure` in a process of its own."""
    threads = str(len(os.sched_getaffinity(0)))
    environment = os.environ | {"OMP_NUM_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        request = json.dumps([what, str(path), shape, arguments])
        command = [python, str(HERE / "kmeans.py"), "--child", request, output.name]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return json.loads(pathlib.Path(output.name).read_text())


def main():
    if sys.argv[1:2] == ["--child"]:
        request, output = sys.argv[2:]
        pathlib.Path(output).write_text(json.dumps(measure(*json.loads(request))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", help="interpreter that has faiss")
    parser.add_argument("--cases", nargs="+", default=[*CASES, *WHITENING], choices=[*CASES, *WHITENING])
    parser.add_argument("--iterations", type=int, help="iterations of k-means in place of those of the case")
    parser.add_argument("--markdown", help="also write the table to this file")
    options = parser.parse_args()
    sides = {"tfcluster": sys.executable, "scikit_learn": sys.executable}
    if options.peer_python:
        sides["faiss"] = options.peer_python
    lines = ["| case | side | s | memory, MB | inertia / tfcluster's |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for case in options.cases:
            path = pathlib.Path(folder) / "rows"
            if case in CASES:
                n, d, k, restarts, iterations = CASES[case]
                arguments, kind = [k, restarts, options.iterations or iterations], "kmeans"
                title = f"k-means, {case}: {n:,} x {d}, k = {k}, {restarts} x {arguments[2]} iterations"
            else:
                n, d, components = WHITENING[case]
                k, arguments, kind = 100, [components], "whitening"
                title = f"whitening: {n:,} x {d} to {components}"
            write_rows(path, n, d, max(2, k // 2))
            own = None
            for side, python in sides.items():
                if case == "stream" and side != "tfcluster":
                    continue
                found = child(python, f"{side}_{kind}", path, [n, d], arguments)
                own = found if own is None else own
                ratio = f"{found['result'] / own['result']:.4f}" if kind == "kmeans" else "-"
                lines.append(f"| {title} | {side} | {found['seconds']:.2f} | {found['memory'] / 1e6:.0f} | {ratio} |")
                print(lines[-1], flush=True)
    if options.markdown:
        head = "# k-means and whitening\n\n`python experiments/benchmarks/kmeans.py --peer-python PEER/bin/python`\n\n"
        pathlib.Path(options.markdown).write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
