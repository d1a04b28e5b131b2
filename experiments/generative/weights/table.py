"""The table of the weights of GumbelVAE's bound: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/generative/weights/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from method_table import MethodTable, mean_curve  # noqa: E402

from tfcluster.analysis.charts import lines, standalone  # noqa: E402

_EPOCHS = ["--preset", "paper", "--epochs", "100", "--set"]
_UNIT = (1, 1, 1)


def _weights(reconstruction, category, gaussian):
    weights = {"reconstruction": reconstruction, "category": category, "gaussian": gaussian}
    options = [part for name, value in weights.items() for part in ("--set", f"{name}_weight={value}.0")]
    every = 1 if (reconstruction, category, gaussian) == _UNIT else 5
    return "gumbel_vae", [*_EPOCHS, f"evaluate_every={every}", *options]


class WeightTable(MethodTable):
    """A table that shows how the scores went, and what is left of the latent and of the categories."""

    curves = ("acc", "nmi", "category", "gaussian", "reconstruction")

    def entries(self, row, name, runs):
        shown = []
        for key in ("acc", "nmi"):
            curves = [dict(run["curves"][key]) for run in runs]
            means = [sum(curve[epoch] for curve in curves) / len(curves) for epoch in (5, 20, 50, 100)]
            shown.append(" ".join(f"{value:.2f}" for value in means))
        _, options = self.rows[row]
        for key in ("category", "gaussian"):
            weight = next(float(option.partition("=")[2]) for option in options if option.startswith(f"{key}_weight"))
            values = [run["curves"][key][-1][1] / weight for run in runs]
            shown.append(f"{sum(values) / len(values):.2f}")
        return [f"{runs[0]['n_samples']}", f"{len(runs)}", *shown]

    def pictures(self, name, runs):
        """The scores after every epoch at unit weights, mean over the runs."""
        found = runs[_name(*_UNIT)]
        series = {key.upper(): mean_curve([run["curves"][key] for run in found]) for key in ("acc", "nmi")}
        chart = lines("weights of 1: scores over the epochs", series, width=520)
        if not chart:
            return []
        (self.folder / "unit_weights.svg").write_text(standalone(chart) + "\n")
        return ["", "![accuracy and NMI over the epochs at unit weights](unit_weights.svg)"]


def _name(reconstruction, category, gaussian):
    return f"{reconstruction}, {category}, {gaussian}"


_ONE_AT_A_TIME = [_UNIT] + [
    tuple(value if index == which else 1 for index in range(3)) for which in range(3) for value in (3, 5, 7, 9)
]

TABLE = WeightTable(
    HERE,
    rows={_name(*weights): _weights(*weights) for weights in _ONE_AT_A_TIME},
    sets={"mnist_10k": 2},
    options={"mnist_10k": ("mnist", ["--limit", "10000"])},
)
TABLE.columns = ("rows", "runs", "ACC at 5, 20, 50, 100", "NMI at 5, 20, 50, 100", "L_C (nats)", "L_G (nats)")

if __name__ == "__main__":
    TABLE.main(__doc__)
