"""The table of learning from a few labels: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/generative/few_labels/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from method_table import MethodTable  # noqa: E402
from tables import mean_and_std  # noqa: E402


class ErrorTable(MethodTable):
    """A table of errors, in per cent."""

    fields = ("seed", "n_samples", "error", "test_error", "seconds")

    def facts(self, run):
        errors = ["" if run[key] is None else f"{run[key]:.4f}" for key in ("error", "test_error")]
        return [run["seed"], run["n_samples"], *errors, run["seconds"]["total"]]

    def entries(self, row, name, runs):
        errors = [
            "-" if runs[0][key] is None else mean_and_std([100 * run[key] for run in runs], 2)
            for key in ("error", "test_error")
        ]
        return [
            f"{runs[0]['n_samples']}",
            f"{runs[0]['settings']['extra']['labels']}",
            f"{len(runs)}",
            *errors,
            self.seconds(runs),
            self.published.get((row, name), ""),
        ]


TABLE = ErrorTable(
    HERE,
    rows={
        "M1 + linear SVM": ("m1", []),
        "M2": ("m2", []),
        "M1+M2": ("m1_m2", []),
        "ADGM": ("adgm", []),
        "SDGM": ("sdgm", []),
        "AuxiliaryTaskVAE": ("auxiliary_task_vae", []),
    },
    sets={"mnist": 3, "svhn": 3},
    options={"mnist": ("mnist", ["--labels", "100"]), "svhn": ("svhn", ["--labels", "1000"])},
    # test error in per cent
    published={
        ("M1 + linear SVM", "mnist"): "11.82 ± .25 (transductive, kernel)",
        ("M2", "mnist"): "11.97 ± 1.71",
        ("M1+M2", "mnist"): "3.33 ± .14",
        ("ADGM", "mnist"): "0.96 ± .02",
        ("SDGM", "mnist"): "1.32 ± .07",
        ("M1 + linear SVM", "svhn"): "54.33 ± .11 (transductive, colour)",
        ("M1+M2", "svhn"): "36.02 ± .10 (colour)",
        ("ADGM", "svhn"): "22.86 (colour)",
        ("SDGM", "svhn"): "16.61 ± .24 (colour)",
        ("AuxiliaryTaskVAE", "svhn"): "21.74 ± .41 (colour)",
    },
)
TABLE.columns = ("rows", "labels", "runs", "error on the rows without a label", "test error", "s a run", "published")

if __name__ == "__main__":
    TABLE.main(__doc__)
