"""The table of DDC and its companions: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/ddc_uco/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import argparse
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CELLS = HERE / "cells"

_OFM = ["--set", "ofm=simple"]

# row of the table: method of the command line, further options
ROWS = {
    "k-means": ("kmeans", []),
    "DDC": ("ddc", []),
    "DDC-AE": ("ddc_ae", _OFM),
    "DDC-UCO naive": ("ddc_uco", ["--set", "kernel=naive", *_OFM]),
    "DDC-UCO tensor": ("ddc_uco", _OFM),
}
# data set: seeds; five where a run takes under ten minutes
SETS = {"digits": 5, "usps": 5, "mnist": 3, "fashion_mnist": 3, "coil100": 3}


def command(row, name, seed, output):
    """The command of a cell."""
    method, options = ROWS[row]
    return [
        *("-m", f"tfcluster.experiments.{method}", "--dataset", name, "--runs", "1", "--seed", str(seed)),
        *(*options, "--quiet", "--output", str(output)),
    ]


def cell_path(row, name, seed):
    return CELLS / f"{row.lower().replace(' ', '-')}_{name}_{seed}.json"


def fill(only_sets, only_rows):
    """Run what is missing, a seed of every set before the next seed: a table that is stopped has something of each."""
    CELLS.mkdir(exist_ok=True)
    for seed in range(max(SETS.values())):
        for name in only_sets:
            if seed < SETS[name]:
                for row in only_rows:
                    if not (path := cell_path(row, name, seed)).exists():
                        print(f"{row}, {name}, seed {seed}", flush=True)
                        run_cell(row, name, seed, path)
                        render()


def run_cell(row, name, seed, path):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "out"
        arguments = command(row, name, seed, output)
        done = subprocess.run([sys.executable, *arguments], check=False)
        if done.returncode:
            print(f"  failed with status {done.returncode}", flush=True)
        else:
            path.write_text(json.dumps(cell(arguments, output), indent=1) + "\n")


def cell(arguments, output):
    """What is kept of a run."""
    results = json.loads((output / "results.json").read_text())
    config = json.loads((output / "config.json").read_text())
    with open(output / "run-00" / "history.csv") as stream:
        ofm = [[int(line["epoch"]), float(line["ofm"])] for line in csv.DictReader(stream) if line.get("ofm")]
    shown = arguments[:-2]
    return {
        "command": "python " + " ".join(shown),
        "n_samples": results["n_samples"],
        **results["runs"][0],
        "ofm_over_epochs": ofm,
        "settings": config["settings"],
        "versions": config["versions"],
        "host": config["host"],
    }


def render():
    """`results.csv` and `README.md` from the cells."""
    found = {
        (row, name): [
            json.loads(path.read_text()) for seed in range(SETS[name]) if (path := cell_path(row, name, seed)).exists()
        ]
        for row in ROWS
        for name in SETS
    }
    with open(HERE / "results.csv", "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["row", "dataset", "seed", "n_samples", "criterion", "used_clusters", "acc", "nmi", "ari", "ofm", "seconds"]
        )
        for (row, name), runs in found.items():
            for run in runs:
                scores = [f"{run[key]:.4f}" for key in ("acc", "nmi", "ari")]
                ofm = "" if run["ofm"] is None else f"{run['ofm']:.4f}"
                facts = [row, name, run["seed"], run["n_samples"], f"{run['criterion']:.6g}", run["used_clusters"]]
                writer.writerow([*facts, *scores, ofm, run["seconds"]["total"]])
    lines = [*(HERE / "HEAD.md").read_text().splitlines(), ""]
    for name in SETS:
        if not any(found[row, name] for row in ROWS):
            lines += [f"## {name}", "", "Not run yet.", ""]
            continue
        lines += [
            f"## {name}",
            "",
            "| | rows | runs | ACC mean ± std | NMI | ARI | chosen run: ACC / NMI | OFM first, last | s a run |",
        ]
        lines += ["|---|---|---|---|---|---|---|---|---|"]
        lines += [table_row(row, found[row, name]) for row in ROWS] + [""]
    (HERE / "README.md").write_text("\n".join(lines))


def table_row(row, runs):
    if not runs:
        return f"| {row} | not run yet | | | | | | | |"
    k = runs[0]["settings"]["n_clusters"]
    best = min(runs, key=lambda run: (run["used_clusters"] < k, run["criterion"]))
    cells = []
    for key in ("acc", "nmi", "ari"):
        values = [run[key] for run in runs]
        mean = sum(values) / len(values)
        cells.append(f"{mean:.3f} ± {math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)):.3f}")
    curves = [run["ofm_over_epochs"] for run in runs if run["ofm_over_epochs"]]
    ofm = "-"
    if curves:
        first, last = (sum(curve[i][1] for curve in curves) / len(curves) for i in (0, -1))
        ofm = f"{first:+.2f}, {last:+.2f}"
    seconds = sum(run["seconds"]["total"] for run in runs) / len(runs)
    chosen = f"{best['acc']:.3f} / {best['nmi']:.3f}"
    return f"| {row} | {runs[0]['n_samples']} | {len(runs)} | {' | '.join(cells)} | {chosen} | {ofm} | {seconds:.0f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--render", action="store_true", help="only make the tables from the cells that are there")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=list(ROWS))
    options = parser.parse_args()
    if not options.render:
        fill(options.sets, options.rows)
    render()


if __name__ == "__main__":
    main()
