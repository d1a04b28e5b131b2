"""The table of nearest neighbours on embeddings: one JSON a cell, CSV and Markdown made from them.

    make tables            (= python experiments/generative/neighbours/table.py)

Fills the cells that are missing, one after the other; it can be stopped at any time. `--render` only makes the tables
from the cells that are there.
"""

import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tables import Table, mean_and_std  # noqa: E402

_NEIGHBOURS = (3, 5, 10)


class NeighbourTable(Table):
    """Errors of k nearest neighbours on embeddings that were learned without labels from the training part."""

    fields = ("seed", *(f"error_{k}" for k in _NEIGHBOURS), "seconds")
    columns = ("runs", *(f"k = {k}: error in %" for k in _NEIGHBOURS), "s a run", "published")

    def run(self, row, name, seed):
        import keras

        from tfcluster.analysis import knn_error
        from tfcluster.data import load
        from tfcluster.experiments.prepared_folder import environment
        from tfcluster.experiments.presets import get_method
        from tfcluster.experiments.runner import build_model
        from tfcluster.experiments.settings import resolve

        keras.utils.clear_session()
        train, test = (load(name, split=split) for split in ("train", "test"))
        started = time.perf_counter()
        embeddings, facts = (train.x, test.x), {}
        if self.rows[row] is not None:
            settings = resolve(self.rows[row], train, split="train")
            model = build_model(settings, get_method(settings.method), train, seed)
            model.fit(train.x, epochs=settings.epochs, batch_size=settings.batch_size, verbose=0, evaluate_every=10)
            embeddings = [model.embed(part.x) for part in (train, test)]
            facts = {"model": settings.model, "epochs": settings.epochs, "batch_size": settings.batch_size}
        errors = knn_error(embeddings[0], train.y, embeddings[1], test.y, _NEIGHBOURS)
        seconds = round(time.perf_counter() - started, 1)
        return {
            "seed": seed,
            **{f"error_{k}": errors[k] for k in _NEIGHBOURS},
            "seconds": seconds,
            **facts,
            **environment(),
        }

    def facts(self, run):
        return [run[field] for field in self.fields]

    def entries(self, row, name, runs):
        errors = [mean_and_std([100 * run[f"error_{k}"] for run in runs], 2) for k in _NEIGHBOURS]
        seconds = f"{sum(run['seconds'] for run in runs) / len(runs):.0f}"
        return [f"{len(runs)}", *errors, seconds, _PUBLISHED.get((row, name), "")]


_PUBLISHED = {
    ("VaDE", "mnist"): "2.20 / 2.14 / 2.22",
    ("GumbelVAE", "mnist"): "3.46 / 3.30 / 3.44",
}

TABLE = NeighbourTable(
    HERE,
    {"raw pixels": None, "VaDE": "vade", "GumbelVAE": "gumbel_vae"},
    sets={"usps": 3, "mnist": 1},
    left_out={},
)

if __name__ == "__main__":
    TABLE.main(__doc__)
