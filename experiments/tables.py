"""What the tables share: one JSON a cell, CSV and Markdown made from them."""

import argparse
import csv
import json
import math
import pathlib
import re

__all__ = ["CellError", "Table", "mean_and_std"]


class CellError(RuntimeError):
    """A cell that could not be run."""


class Table:
    """A table of rows by data sets by seeds, filled cell by cell; a kind of table says what a cell is.

    Args:
        folder: Its folder: `HEAD.md`, `cells/`, and what is made of them, `README.md` and `results.csv`.
        rows: Name of a row to what is run for it.
        sets: Name of a data set to the number of its seeds.
        left_out: Pairs (row, data set) that there are none of, with the reason.
    """

    columns = ()
    fields = ()

    def __init__(self, folder, rows, sets, left_out=None):
        self.folder = pathlib.Path(folder)
        self.rows = rows
        self.sets = sets
        self.left_out = left_out or {}

    def run(self, row, name, seed):
        """Run a cell; returns what is kept of it as a dict. A `CellError` leaves it out."""
        raise NotImplementedError

    def facts(self, run):
        """The values of `fields` of a cell, for `results.csv`."""
        raise NotImplementedError

    def entries(self, row, name, runs):
        """The values of `columns` for the runs of a row, for the Markdown."""
        raise NotImplementedError

    def pictures(self, name, runs):
        """Write the pictures of a set, from the runs of each row; lines of Markdown that show them. None here."""
        return []

    def main(self, doc):
        """The command line of a table."""
        parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--render", action="store_true", help="only make the tables from the cells that are there")
        parser.add_argument("--sets", nargs="+", default=list(self.sets), choices=list(self.sets))
        parser.add_argument("--rows", nargs="+", default=list(self.rows), choices=list(self.rows))
        parser.add_argument("--seeds", type=int, default=max(self.sets.values()), help="no more seeds than this")
        options = parser.parse_args()
        if not options.render:
            self.fill(options.sets, options.rows, options.seeds)
        self.render()

    def cell_path(self, row, name, seed):
        """Where the JSON of a cell is."""
        return self.folder / "cells" / f"{re.sub('[^a-z0-9]+', '-', row.lower())}_{name}_{seed}.json"

    def fill(self, sets, rows, seeds):
        """Run what is missing, a seed of every set before the next seed: stopped, a table has something of each."""
        (self.folder / "cells").mkdir(exist_ok=True)
        for seed in range(seeds):
            for name in sets:
                for row in rows:
                    path = self.cell_path(row, name, seed)
                    if seed < self.sets[name] and (row, name) not in self.left_out and not path.exists():
                        print(f"{row}, {name}, seed {seed}", flush=True)
                        try:
                            cell = self.run(row, name, seed)
                        except (CellError, OSError, ValueError) as error:
                            print(f"  not run: {error}", flush=True)
                            continue
                        part = path.with_suffix(".part")
                        part.write_text(json.dumps(cell, indent=1) + "\n")
                        part.replace(path)
                        self.render()

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
            writer.writerow(["row", "dataset", *self.fields])
            writer.writerows([row, name, *self.facts(run)] for (row, name), runs in found.items() for run in runs)
        lines = [*(self.folder / "HEAD.md").read_text().splitlines(), ""]
        for name in self.sets:
            lines += [f"## {name}", ""]
            if any(found[row, name] for row in self.rows):
                lines += [_line("", self.columns), "|" + "---|" * (len(self.columns) + 1)]
                lines += [_line(row, self._entries(row, name, found[row, name])) for row in self.rows]
                lines += self.pictures(name, {row: found[row, name] for row in self.rows})
            else:
                lines += ["Not run yet."]
            lines += [""]
        (self.folder / "README.md").write_text("\n".join(lines))

    def _entries(self, row, name, runs):
        if runs:
            return self.entries(row, name, runs)
        return [self.left_out.get((row, name), "not run yet"), *[""] * (len(self.columns) - 1)]


def mean_and_std(values, digits=3):
    """Mean and standard deviation (of the values, not of a population they come from) as text; a single value alone."""
    mean = sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.{digits}f}"
    std = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return f"{mean:.{digits}f} ± {std:.{digits}f}"


def _line(first, entries):
    return f"| {' | '.join([first, *entries])} |"
