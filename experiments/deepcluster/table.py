"""The table of DeepCluster on photographs: one JSON a cell, CSV and Markdown made from them.

    IMAGENETTE=FOLDER make tables            (= python experiments/deepcluster/table.py)

FOLDER holds train/ and val/ with a folder of images for each of ten classes; CIFAR-10 is the registered set. Fills
the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables from
the cells that are there.
"""

import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from method_table import MethodTable, mean_curve  # noqa: E402
from tables import mean_and_std  # noqa: E402

from tfcluster.analysis.charts import lines, standalone  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("IMAGENETTE", "data/imagenette")).absolute()
LIMIT = 10_000
_CURVES = {
    "nmi_previous": "NMI of the pseudo-labels to those before",
    "nmi": "NMI of the clusters to the classes",
}
NEEDS_GPU = "not run: needs a GPU"


class DeepClusterTable(MethodTable):
    """Clusters of the training part, and what linear probes say of the layers on the other part.

    The probes of the same network as it began stand beside those of the trained one.
    """

    fields = (*MethodTable.fields, "nmi_previous", "best_layer", "probe", "random_best_layer", "random_probe")
    curves = ("nmi", "nmi_previous")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        probes = ("best probe", "of the untrained network")
        self.columns = ("rows", "runs", "ACC", "NMI", "NMI to the labels before: first, last", *probes, "s a run")

    def run(self, row, name, seed):
        return json.loads(json.dumps(super().run(row, name, seed)).replace(str(FOLDER), "IMAGENETTE"))

    def further(self, name, seed, output):
        import keras
        import numpy as np

        import tfcluster  # noqa: F401 - registers what the file is made of
        from tfcluster.analysis import probe_layers
        from tfcluster.backbones import default_taps

        train, test = parts(name)
        trained = keras.models.load_model(output / "run-00" / "model.keras")
        untrained = type(trained).from_config(trained.get_config())
        untrained.build((None, *train.x.shape[1:]))
        adapt_norms(untrained, train.x[np.random.default_rng(seed).permutation(len(train))[:500]])
        layers = default_taps(trained.backbone)
        probes = [probe_layers(model, layers, train.x, train.y, test.x, test.y) for model in (trained, untrained)]
        return {"probes": probes[0], "random_probes": probes[1], "n_probed": [len(train), len(test)]}

    def facts(self, run):
        best = [max(run[key], key=run[key].get) for key in ("probes", "random_probes")]
        values = [run["probes"][best[0]], run["random_probes"][best[1]]]
        last = "".join(f"{value:.4f}" for _, value in run["curves"]["nmi_previous"][-1:])
        return [*super().facts(run), last, best[0], f"{values[0]:.4f}", best[1], f"{values[1]:.4f}"]

    def pictures(self, name, runs):
        shown = []
        for key, title in _CURVES.items():
            curves = {
                row.replace("k = ", "").replace(", ", "-"): mean_curve([run["curves"][key] for run in found])
                for row, found in runs.items()
            }
            if chart := lines(title, curves, width=520):
                (self.folder / f"{key}_{name}.svg").write_text(standalone(chart) + "\n")
                shown += ["", f"![{title}]({key}_{name}.svg)"]
        return shown

    def entries(self, row, name, runs):
        scores = [mean_and_std([run[key] for run in runs]) for key in ("acc", "nmi")]
        curves = [[value for _, value in run["curves"]["nmi_previous"]] for run in runs]
        agreement = "-"
        if all(curves):
            first, last = (sum(curve[i] for curve in curves) / len(curves) for i in (0, -1))
            agreement = f"{first:.2f}, {last:.2f}"
        probes = []
        for key in ("probes", "random_probes"):
            means = {layer: sum(run[key][layer] for run in runs) / len(runs) for layer in runs[0][key]}
            best = max(means, key=means.get)
            probes.append(f"{best}: {means[best]:.3f}")
        counts = [f"{runs[0]['n_samples']}", f"{len(runs)}"]
        return [*counts, *scores, agreement, *probes, self.seconds(runs)]


def parts(name):
    """The rows of a set that are trained on, and those that the probes are tested on."""
    from tfcluster.data import load

    if name == "imagenette":
        return load(f"folder:{FOLDER / 'train'}"), load(f"folder:{FOLDER / 'val'}")
    return load(name, split="train").sample(LIMIT), load(name, split="test")


def adapt_norms(model, rows):
    """Let the batch normalisation of an untrained model see rows: its moving averages would be no statistics of any."""
    for start in range(0, 100 * 50, 50):  # of a momentum of 0.9 nothing is left of how they began
        model(rows[start % len(rows) :][:50], training=True, everything=True)


TABLE = DeepClusterTable(
    HERE,
    rows={
        **{f"k = {k}": ("deepcluster", ["--set", f"n_prototypes={k}"]) for k in (10, 30, 100, 300, 1000)},
        "v2, k = 100": ("deepcluster_v2", ["--set", "n_prototypes=100"]),
    },
    sets={"imagenette": 1, "cifar10": 1},
    options={
        "imagenette": (f"folder:{FOLDER / 'train'}", []),
        "cifar10": ("cifar10", ["--split", "train", "--limit", str(LIMIT)]),
    },
    left_out={("v2, k = 100", "imagenette"): NEEDS_GPU},
)

if __name__ == "__main__":
    TABLE.main(__doc__)
