"""What the tables share: one JSON a cell, CSV and Markdown made from them."""

import argparse
import csv
import dataclasses
import json
import math
import pathlib
import subprocess
import sys
import tempfile

__all__ = ["Table"]

_FIELDS = ["row", "dataset", "seed", "n_samples", "criterion", "used_clusters", "acc", "nmi", "ari", "ofm", "seconds"]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of methods by data sets.

    Attributes:
        folder: Its folder: `HEAD.md`, `cells/`, and what is made of them, `README.md` and `results.csv`.
        rows: Name of a row to method of the command line and further options.
        sets: Name of a data set to the number of its seeds.
        options: Further options of a data set.
        left_out: Pairs (row, data set) that there are none of, with the reason.
        published: Figures of others for (row, data set), as text with their source.
    """

    folder: pathlib.Path
    rows: dict
    sets: dict
    options: dict = dataclasses.field(default_factory=dict)
    left_out: dict = dataclasses.field(default_factory=dict)
    published: dict = dataclasses.field(default_factory=dict)

    def main(self, doc):
        """The command line of a table."""
        parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--render", action="store_true", help="only make the tables from the cells that are there")
        parser.add_argument("--sets", nargs="+", default=list(self.sets), choices=list(self.sets))
        parser.add_argument("--rows", nargs="+", default=list(self.rows), choices=list(self.rows))
        options = parser.parse_args()
        if not options.render:
            self.fill(options.sets, options.rows)
        self.render()

    def command(self, row, name, seed):
        """The command of a cell, without its output folder."""
        method, options = self.rows[row]
        return [
            *("-m", f"tfcluster.experiments.{method}", "--dataset", name, "--runs", "1", "--seed", str(seed)),
            *(*options, *self.options.get(name, ())),
        ]

    def cell_path(self, row, name, seed):
        """Where the JSON of a cell is."""
        return self.folder / "cells" / f"{row.lower().replace(' ', '-')}_{name}_{seed}.json"

    def fill(self, sets, rows):
        """Run what is missing, a seed of every set before the next seed: stopped, a table has something of each."""
        (self.folder / "cells").mkdir(exist_ok=True)
        for seed in range(max(self.sets.values())):
            for name in sets:
                for row in rows:
                    path = self.cell_path(row, name, seed)
                    if seed < self.sets[name] and (row, name) not in self.left_out and not path.exists():
                        print(f"{row}, {name}, seed {seed}", flush=True)
                        self._run_cell(row, name, seed, path)
                        self.render()

    def _run_cell(self, row, name, seed, path):
        command = self.command(row, name, seed)
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "out"
            done = subprocess.run([sys.executable, *command, "--quiet", "--output", str(output)], check=False)
            if done.returncode:
                print(f"  failed with status {done.returncode}", flush=True)
            else:
                path.write_text(json.dumps(_cell(command, output), indent=1) + "\n")

    def render(self):
        """`results.csv` and `README.md` from the cells."""
        found = {
            (row, name): [
                json.loads(path.read_text())
                for seed in range(self.sets[name])
                if (path := self.cell_path(row, name, seed)).exists()
            ]
            for row in self.rows
            for name in self.sets
        }
        with open(self.folder / "results.csv", "w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(_FIELDS)
            writer.writerows(_facts(row, name, run) for (row, name), runs in found.items() for run in runs)
        lines = [*(self.folder / "HEAD.md").read_text().splitlines(), ""]
        for name in self.sets:
            lines += [f"## {name}", ""]
            if any(found[row, name] for row in self.rows):
                published = " published |" if self.published else ""
                lines += [
                    "| | rows | runs | ACC mean ± std | NMI | ARI | chosen run: ACC / NMI | OFM first, last | s a run |"
                    + published,
                    "|---|---|---|---|---|---|---|---|---|" + ("---|" if self.published else ""),
                    *(self._line(row, name, found[row, name]) for row in self.rows),
                    "",
                ]
            else:
                lines += ["Not run yet.", ""]
        (self.folder / "README.md").write_text("\n".join(lines))

    def _line(self, row, name, runs):
        reason = self.left_out.get((row, name), "not run yet")
        line = _scores(row, runs) if runs else f"| {row} | {reason} | | | | | | | |"
        return line + (f" {self.published.get((row, name), '')} |" if self.published else "")


def _cell(command, output):
    """What is kept of a run."""
    results = json.loads((output / "results.json").read_text())
    config = json.loads((output / "config.json").read_text())
    with open(output / "run-00" / "history.csv") as stream:
        ofm = [[int(line["epoch"]), float(line["ofm"])] for line in csv.DictReader(stream) if line.get("ofm")]
    return {
        "command": "python " + " ".join(command),
        "n_samples": results["n_samples"],
        **results["runs"][0],
        "ofm_over_epochs": ofm,
        "settings": config["settings"],
        "versions": config["versions"],
        "host": config["host"],
    }


def _facts(row, name, run):
    """A line of `results.csv`."""
    scores = [f"{run[key]:.4f}" for key in ("acc", "nmi", "ari")]
    criterion = "" if run["criterion"] is None else f"{run['criterion']:.6g}"
    ofm = "" if run["ofm"] is None else f"{run['ofm']:.4f}"
    facts = [row, name, run["seed"], run["n_samples"], criterion, run["used_clusters"]]
    return [*facts, *scores, ofm, run["seconds"]["total"]]


def _scores(row, runs):
    """A row of the Markdown."""
    k = runs[0]["settings"]["n_clusters"]
    cells = []
    for key in ("acc", "nmi", "ari"):
        values = [run[key] for run in runs]
        mean = sum(values) / len(values)
        cells.append(f"{mean:.3f} ± {math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)):.3f}")
    chosen = "-"
    if runs[0]["criterion"] is not None:
        best = min(runs, key=lambda run: (run["used_clusters"] < k, run["criterion"]))
        chosen = f"{best['acc']:.3f} / {best['nmi']:.3f}"
    curves = [run["ofm_over_epochs"] for run in runs if run["ofm_over_epochs"]]
    ofm = "-"
    if curves:
        first, last = (sum(curve[i][1] for curve in curves) / len(curves) for i in (0, -1))
        ofm = f"{first:+.2f}, {last:+.2f}"
    seconds = sum(run["seconds"]["total"] for run in runs) / len(runs)
    return f"| {row} | {runs[0]['n_samples']} | {len(runs)} | {' | '.join(cells)} | {chosen} | {ofm} | {seconds:.0f} |"
