"""`tfcluster knn`: nearest neighbours on a model's embedding, beside those on the rows as they are."""

import json
import pathlib
import sys

from tfcluster.command_parser import CommandParser

__all__ = ["main"]


def main(arguments=None):
    """Run the command; returns the exit status: 0 done, 2 the request is wrong."""
    parser = CommandParser(
        prog="tfcluster knn",
        description="Errors of a vote among the k nearest rows, raw and embedded: of the official test part by the "
        "training part, or of a random fifth by the others.",
    )
    parser.add_argument("model", help="folder of a run, or a .keras file")
    parser.add_argument("--dataset", help="data set with labels (default: that of the run)")
    parser.add_argument("--data-dir", help="folder to look for data files in first (default: that of the run)")
    parser.add_argument("--neighbors", type=int, nargs="+", default=(3, 5, 10), help="values of k")
    options = parser.parse_args(arguments)
    import numpy as np

    from tfcluster.analysis import knn_error
    from tfcluster.data import has_split, load
    from tfcluster.experiments.run_folder import load_model, model_path

    try:
        if min(options.neighbors) < 1:
            raise ValueError(f"`--neighbors` must be at least 1. Received: {min(options.neighbors)}")
        config = _config(model_path(options.model))
        settings, request = config.get("settings", {}), config.get("request", {})
        name = options.dataset or request.get("dataset") or settings.get("dataset")
        if name is None:
            raise ValueError("A .keras file needs --dataset, the data set that it is measured on.")
        data_dir = options.data_dir or request.get("data_dir")
        side = request.get("image_size")
        official = has_split(name, data_dir)
        if official:
            train, test = (load(name, data_dir, part, side) for part in ("train", "test"))
        else:
            data = load(name, data_dir, image_size=side)
            order = np.random.default_rng(0).permutation(len(data))
            train, test = (data.take(part) for part in (order[len(data) // 5 :], order[: len(data) // 5]))
        if train.y is None or test.y is None:
            raise ValueError(f"--dataset must have labels. Received: {name}")
        model = load_model(options.model)
        errors = {
            "raw rows": knn_error(train.x, train.y, test.x, test.y, options.neighbors),
            "embedding": knn_error(model.embed(train.x), train.y, model.embed(test.x), test.y, options.neighbors),
        }
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    which = "test rows" if official else "rows, a random fifth,"
    print(f"{name}: error in % on {len(test)} {which} by the {len(train)} {'training rows' if official else 'others'}")
    print("".join([f"{'k':>10}", *(f"{k:>8}" for k in options.neighbors)]))
    for what, found in errors.items():
        print("".join([f"{what:>10}", *(f"{100 * found[k]:8.2f}" for k in options.neighbors)]))
    if settings.get("split") == "all" and name in (settings["dataset"], request.get("dataset")):
        rows = "these rows too" if request.get("limit") is None else f"{request['limit']} of all these rows"
        labels = settings["extra"].get("labels")
        known = "without their labels" if labels is None else f"with {labels} of their labels"
        remedy = "; a run with --split train leaves the test rows out" if official else ""
        print(f"The model was trained on {rows}, {known}{remedy}.")
    return 0


def _config(path):
    """What is known of the run that a model is of; nothing for a file by itself."""
    config = pathlib.Path(path).parent.parent / "config.json"
    return json.loads(config.read_text()) if config.is_file() else {}
