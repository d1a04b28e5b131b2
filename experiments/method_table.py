"""Tables whose cells are runs of the command line."""

import base64
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import zlib

import numpy as np
from tables import CellError, Table, mean_and_std

from tfcluster.analysis.charts import lines, standalone
from tfcluster.experiments.presets import get_method
from tfcluster.metrics import agreements, choose_run

__all__ = ["MethodTable", "chosen_run", "mean_curve"]


_ROOT = pathlib.Path(__file__).resolve().parents[1]


class MethodTable(Table):
    """A table of methods of the command line by data sets.

    Args:
        folder, sets, left_out: As of `Table`.
        rows: Name of a row to method and further options.
        options: Name of a set to the name of its data set, where that is another, and further options.
        published: Figures of others for (row, set), as text with their source.
        start: Whether the accuracy of the first clusters is shown, which a method finds before it refines them.
    """

    fields = ("seed", "n_samples", "criterion", "used_clusters", "acc", "nmi", "ari", "ofm", "seconds")
    curves = ()
    """Columns of `history.csv` of which a cell keeps the values at every evaluation."""

    def __init__(self, folder, rows, sets, options=None, left_out=None, published=None, start=False):
        super().__init__(folder, rows, sets, left_out)
        self.options = options or {}
        self.published = published or {}
        self.start = start
        scores = (*["ACC of the first clusters"] * start, "ACC mean ± std", "NMI", "ARI", "chosen run: ACC / NMI")
        self.columns = ("rows", "runs", *scores, "OFM first, last", "s a run", *["published"][: len(self.published)])

    def command(self, row, name, seed):
        """The command of a cell, without its output folder."""
        method, options = self.rows[row]
        dataset, further = self.options.get(name, (name, []))
        command = ["-m", f"tfcluster.experiments.{method}", "--dataset", dataset, "--runs", "1", "--seed", str(seed)]
        return [*command, *options, *further]

    def run(self, row, name, seed):
        command = self.command(row, name, seed)
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "out"
            command_line = [sys.executable, *command, "--quiet", "--output", str(output)]
            done = subprocess.run(command_line, cwd=_ROOT, check=False)  # the package beside the tables
            if done.returncode:
                raise CellError(f"status {done.returncode}")
            return _cell(command, output, self.curves) | self.further(name, seed, output)

    def further(self, name, seed, output):
        """What else is kept of a run, from its folder. Nothing here."""
        return {}

    def facts(self, run):
        scores = [f"{run[key]:.4f}" for key in ("acc", "nmi", "ari")]
        criterion = "" if run["criterion"] is None else f"{run['criterion']:.6g}"
        ofm = "" if run["ofm"] is None else f"{run['ofm']:.4f}"
        facts = [run["seed"], run["n_samples"], criterion, run["used_clusters"]]
        return [*facts, *scores, ofm, run["seconds"]["total"]]

    def entries(self, row, name, runs):
        scores = [mean_and_std([run[key] for run in runs]) for key in ("acc", "nmi", "ari")]
        if self.start:
            first = [run["before"]["acc"] for run in runs if run.get("before")]
            scores = [mean_and_std(first) if len(first) == len(runs) else "-", *scores]
        best = chosen_run(runs, get_method(self.rows[row][0]).model.selection)
        chosen = "-" if best is None else f"{best['acc']:.3f} / {best['nmi']:.3f}"
        curves = [run["ofm_over_epochs"] for run in runs if run["ofm_over_epochs"]]
        ofm = "-"
        if curves:
            first, last = (sum(curve[i][1] for curve in curves) / len(curves) for i in (0, -1))
            ofm = f"{first:+.2f}, {last:+.2f}"
        entries = [f"{runs[0]['n_samples']}", f"{len(runs)}", *scores, chosen, ofm, self.seconds(runs)]
        return entries + [self.published.get((row, name), "")] * bool(self.published)

    def pictures(self, name, runs):
        """The mismatch over the epochs, mean over the runs, of every row that has any."""
        series = {row.split()[-1]: mean_curve([run["ofm_over_epochs"] for run in found]) for row, found in runs.items()}
        chart = lines("objective-function mismatch (+1 aligned)", series, width=520)
        if not chart:
            return []
        (self.folder / f"ofm_{name}.svg").write_text(standalone(chart) + "\n")
        return ["", f"![mismatch of the companions over the epochs](ofm_{name}.svg)"]

    def seconds(self, runs):
        """Mean duration of the runs on as many cores as any of them had."""
        cpus = max(run["host"]["cpus"] for run in runs)
        timed = [run["seconds"]["total"] for run in runs if run["host"]["cpus"] == cpus]
        return f"{sum(timed) / len(timed):.0f}" + (" (1 core)" if cpus == 1 else "")


def chosen_run(runs, selection):
    """The run that is chosen without labels; None where that cannot be said, as of the agreement of fewer than three.

    A run of a command of one has no agreement: it is that of the table's runs, from their clusters.
    """
    criteria = [run["criterion"] for run in runs]
    if selection == "agreement" and all("assigned" in run for run in runs):
        criteria = agreements([_unpacked(run["assigned"]) for run in runs])
    if None in criteria or (selection == "agreement" and len(runs) < 3):
        return None
    used, k = [run["used_clusters"] for run in runs], runs[0]["settings"]["n_clusters"]
    return runs[choose_run(selection, criteria, used, k)]


def _commit():
    """Hash of the last commit of the package, with a + where files have changed since; "" outside a repository."""
    found = [
        subprocess.run(["git", *command, "tfcluster"], cwd=_ROOT, check=False, capture_output=True, text=True).stdout
        for command in (["log", "-1", "--format=%h"], ["status", "--porcelain"])
    ]
    return found[0].strip() + "+" * bool(found[1].strip())


def _packed(labels):
    """Clusters of all rows as text."""
    return base64.b64encode(zlib.compress(np.asarray(labels, np.uint16).tobytes(), 9)).decode()


def _unpacked(text):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint16)


def mean_curve(curves):
    """Mean over the runs of pairs (epoch, value), as far as all of them go."""
    curves = [curve for curve in curves if curve]
    points = zip(*curves, strict=False)
    return [(at[0][0], sum(value for _, value in at) / len(at)) for at in points]


def _cell(command, output, curves):
    """What is kept of a run."""
    results = json.loads((output / "results.json").read_text())
    config = json.loads((output / "config.json").read_text())
    with open(output / "run-00" / "history.csv") as stream:
        lines = list(csv.DictReader(stream))
    ofm = [[int(line["epoch"]), float(line["ofm"])] for line in lines if line.get("ofm")]
    every = [
        [name, [[int(line["epoch"]), float(line[name])] for line in lines if line["acc"] and line[name]]]
        for name in curves
    ]
    return {
        "command": "python " + " ".join(command),
        "n_samples": results["n_samples"],
        **results["runs"][0],
        "assigned": _packed(np.load(output / "run-00" / "assignments.npz")["labels"]),
        "ofm_over_epochs": ofm,
        **({"curves": dict(every)} if every else {}),
        "settings": config["settings"],
        "defaults": config["defaults"],
        "commit": _commit(),
        "versions": config["versions"],
        "host": config["host"],
    }
