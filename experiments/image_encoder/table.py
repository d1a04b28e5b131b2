"""The table of image encoders under one KL phase: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/image_encoder/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there. The data set `cifar10.npz` is looked for in `$TFCLUSTER_DATA_DIR`; classifiers are kept
in `runs/image_encoder`.
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tables import CellError, Table  # noqa: E402

from tfcluster.experiments.image_encoder import ARMS, COLUMNS, answers, entries  # noqa: E402
from tfcluster.experiments.prepared_folder import environment  # noqa: E402

OUTPUT = pathlib.Path("runs/image_encoder")


class EncoderTable(Table):
    """A table of encoders by data sets, whose cells are those of the command."""

    columns = COLUMNS
    fields = (
        "seed",
        "n_samples",
        *(f"{score}_{when}" for when in ("before", "after") for score in ("acc", "nmi", "ari")),
    )

    def command(self, row, name, seed):
        """The command of a cell; it makes those of earlier seeds too, where they are missing."""
        command = ["-m", "tfcluster.experiments.image_encoder", "--dataset", name, "--arms", row]
        return [*command, "--runs", str(seed + 1), "--output", str(OUTPUT)]

    def run(self, row, name, seed):
        if subprocess.run([sys.executable, *self.command(row, name, seed)], check=False).returncode:
            raise CellError("the command failed")
        return json.loads((OUTPUT / f"{self.rows[row]}-{seed}.json").read_text()) | environment()

    def facts(self, run):
        scores = [run[when][score] for when in ("before", "after") for score in ("acc", "nmi", "ari")]
        return [run["seed"], run["n_samples"], *(f"{score:.4f}" for score in scores)]

    def entries(self, row, name, runs):
        return entries(runs)

    def pictures(self, name, runs):
        return ["", *answers(runs)]


TABLE = EncoderTable(HERE, rows={arm: arm for arm in ARMS}, sets={"cifar10": 3})

if __name__ == "__main__":
    TABLE.main(__doc__)
