"""Does a good image encoder beat the autoencoder of DEC? `python -m tfcluster.experiments.image_encoder`.

The same KL phase (DEC) on the same rows of CIFAR-10, on a ResNet-18 trained as a classifier on five of the classes, on
one with random weights, and on autoencoders d-500-500-2000-10 on pixels and on histograms of oriented gradients, each
pretrained as a whole (ae) or layer by layer (sae). The rate of SGD is 0.001 for the ResNet-18, DEC's 0.01 for these.
What is clustered are rows of the other five classes, so that no label of them has reached an encoder. With `--weights`
the trained ResNet-18 comes from a file instead, such as torchvision's for ImageNet.
"""

import argparse
import hashlib
import json
import os
import pathlib
import sys
import time

from tfcluster.command_parser import CommandParser
from tfcluster.experiments.output_file import write_json
from tfcluster.utils import digest_of_rows

__all__ = ["ARMS", "COLUMNS", "answers", "entries", "main", "table"]

AUTOENCODERS = ("ae-pixels", "ae-hog", "sae-pixels", "sae-hog")
ARMS = ("resnet18", "resnet18-random", *AUTOENCODERS)
"""Encoders by name; those of `sae` are pretrained layer by layer, those of `ae` as a whole."""

COLUMNS = (
    *("runs", "ACC before KL", "ACC after", "NMI before", "NMI after", "ARI after", "weights"),
    "s: classifier, pretraining, KL",
)
"""What the table says of an encoder."""

KNOWN, NEW = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9)
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as for torchvision's weights


def main(arguments=None):
    """Run the missing cells of the grid and print the table; returns the exit status."""
    parser = CommandParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--dataset", default="cifar10", help="images with at least ten classes, the first five for the classifier")
    add("--data-dir", help="folder to look for data files in first")
    add("--runs", type=int, default=3, help="number of seeds")
    add("--rows", type=int, default=10_000, help="rows to cluster, a fixed random choice")
    add("--arms", nargs="+", default=list(ARMS), choices=ARMS)
    add(
        "--weights",
        help="weights of the trained ResNet-18: .weights.h5, or torchvision's arrays as .npz (how to save them: "
        "tfcluster.backbones.load_resnet_weights)",
    )
    add(
        "--stem",
        choices=("imagenet", "cifar"),
        default="imagenet",
        help="first layers of the ResNet-18: for small images cifar",
    )
    add("--image-size", type=int, help="side that the ResNet-18 sees (default: that of the data)")
    add("--classifier-epochs", type=int, default=10)
    add("--pretrain-epochs", type=int, default=50, help="epochs of the autoencoders, or of each pair of their layers")
    add("--epochs", type=int, default=20, help="epochs of the KL phase at most")
    add(
        "--output",
        default="runs/image_encoder",
        help="folder of the results; cells that it holds are taken as they are",
    )
    add("--overwrite", action="store_true", help="run cells anew that the folder holds with other settings")
    options = parser.parse_args(arguments)
    try:
        grid = _load(options)
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    folder = pathlib.Path(options.output)
    settings = _settings(options, grid)
    paths = {(seed, arm): folder / f"{arm}-{seed}.json" for seed in range(options.runs) for arm in options.arms}
    stale = {}
    for path in filter(pathlib.Path.exists, paths.values()):
        found = json.loads(path.read_text())["settings"]
        stale[path] = [name for name in settings if found.get(name) != settings[name]]
    other = next((path for path in stale if stale[path]), None)
    if other and not options.overwrite:
        print(
            f"error: {other} is of other settings, which differ in {', '.join(stale[other])}; give the same options, "
            "--overwrite, or another --output.",
            file=sys.stderr,
        )
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(options.runs):
        for arm in options.arms:
            path = paths[seed, arm]
            if path.exists() and not stale[path]:
                continue
            print(f"{arm}, seed {seed}", file=sys.stderr, flush=True)
            try:
                cell = _cell(arm, seed, grid, options, folder)
            except Exception as error:
                print(f"failed: {arm}, seed {seed}: {type(error).__name__}: {error}", file=sys.stderr)
                return 1
            write_json(path, cell | {"settings": settings})
    print(table(folder, options, settings))
    return 0


def _settings(options, grid):
    """What a cell depends on beside arm and seed; of the data, digests of rows and labels."""
    settings = {
        name: value
        for name, value in vars(options).items()
        if name not in ("output", "overwrite", "arms", "runs", "data_dir")
    }
    if options.weights:  # the file, whatever its name
        with open(options.weights, "rb") as file:
            settings["weights"] = hashlib.file_digest(file, "sha256").hexdigest()
    return settings | {f"{part}_sha256": _digest(*grid[part]) for part in grid}


def _digest(x, y):
    return digest_of_rows(x).hexdigest()[:32] + digest_of_rows(y).hexdigest()[:32]


def _load(options):
    """Rows and labels of the known classes, and those of the new ones to cluster."""
    import numpy as np

    from tfcluster.backbones import load_resnet_weights, resnet18
    from tfcluster.data import load

    for name, least in (("runs", 1), ("rows", 50), ("epochs", 1), ("classifier_epochs", 1), ("pretrain_epochs", 1)):
        if getattr(options, name) < least:
            raise ValueError(f"--{name.replace('_', '-')} must be at least {least}. Received: {getattr(options, name)}")
    if options.image_size is not None and not 16 <= options.image_size <= 1024:
        raise ValueError(f"--image-size must be from 16 to 1024. Received: {options.image_size}")

    data = load(options.dataset, options.data_dir)
    if data.y is None or data.y.max() < max(NEW) or data.x.ndim != 4 or data.x.shape[-1] != 3:
        raise ValueError(f"--dataset must hold colour images of ten classes. Received: {options.dataset}")
    if options.weights and not pathlib.Path(options.weights).exists():
        raise FileNotFoundError(f"--weights: there is no file {options.weights}")
    if options.weights:
        any_side = resnet18((32, 32, 3), stem=options.stem)  # the weights do not depend on it
        load_resnet_weights(any_side, options.weights)
    rng = np.random.default_rng(0)
    known = np.flatnonzero(np.isin(data.y, KNOWN))
    new = rng.permutation(np.flatnonzero(np.isin(data.y, NEW)))[: options.rows]
    return {"known": (data.x[known], data.y[known]), "new": (data.x[new], data.y[new] - min(NEW))}


def _cell(arm, seed, grid, options, folder):
    """Scores before and after the KL phase, size and time of one arm."""
    import keras
    import numpy as np

    from tfcluster.metrics import clustering_scores
    from tfcluster.models import DEC
    from tfcluster.training.session import Session

    keras.utils.set_random_seed(seed)
    x, y = grid["new"]
    shared = {"seed": seed, "n_clusters": len(NEW)}
    if arm.startswith("resnet18"):
        encoder, preprocessing, classifier_seconds = _resnet(arm, seed, grid, options, folder)
        prepared = time.perf_counter()
        backbone = _scaled(encoder, preprocessing, x, seed)
        fixed = {"embedding_dim": None, "pretrain_epochs": 0, "learning_rate": 1e-3}
        model = DEC(backbone=backbone, preprocessing=preprocessing, **fixed, **shared)
    else:
        prepared, classifier_seconds = time.perf_counter(), 0.0
        pretraining = {"pretrain_epochs": options.pretrain_epochs}
        pretraining["pretraining"] = "greedy" if arm.startswith("sae") else "end_to_end"
        model = DEC(backbone="mlp", preprocessing=_feature_layers(arm, x), **pretraining, **shared)
    session = Session(callbacks=lambda phase, epochs: [_progress(phase, epochs, seed, options)])
    model.pretrain(x, session)
    model.initialize(x, session)
    before = model.cluster(x)
    initialized = time.perf_counter()
    last = {"evaluate_every": options.epochs, "session": session, "verbose": 0}
    history = model.fit(x, y, epochs=options.epochs, batch_size=256, **last)
    after = model.cluster(x)
    ended = time.perf_counter()
    return {
        "arm": arm,
        "seed": seed,
        "n_samples": len(x),
        "before": clustering_scores(y, before),
        "after": clustering_scores(y, after),
        "used_clusters": len(np.unique(after)),
        "epochs": len(history.epoch),
        "parameters": int(sum(np.prod(v.shape) for v in model.trainable_variables)),
        "seconds": {
            "classifier": classifier_seconds,
            "pretrain": round(initialized - prepared, 1),
            "kl": round(ended - initialized, 1),
        },
    }


def _progress(phase, epochs, seed, options):
    from tfcluster.experiments.progress import Progress

    return Progress(seed, options.runs, phase, epochs)


def _resnet(arm, seed, grid, options, folder):
    """The encoder, its preprocessing, and seconds of its training: None where it was taken from the folder."""
    import keras

    from tfcluster.backbones import load_resnet_weights, resnet18

    x, y = grid["known"]
    side = options.image_size or x.shape[1]
    resize = [] if x.shape[1:3] == (side, side) else [keras.layers.Resizing(side, side, dtype="float32")]
    scale = keras.layers.Rescaling([1 / (255 * s) for s in _STD], [-m / s for m, s in zip(_MEAN, _STD, strict=True)])
    preprocessing = keras.Sequential([*resize, scale])
    encoder = resnet18((side, side, 3), stem=options.stem, seed=seed, norm_momentum=0.9)
    if arm == "resnet18-random":
        return encoder, preprocessing, 0.0
    if options.weights:
        load_resnet_weights(encoder, options.weights)
        return encoder, preprocessing, None
    made_of = json.dumps([options.dataset, _digest(x, y), side, options.stem, options.classifier_epochs, seed])
    path = folder / f"resnet18-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}.weights.h5"
    if path.exists():
        encoder.load_weights(path)
        return encoder, preprocessing, None
    started = time.perf_counter()
    _train_classifier(encoder, preprocessing, x, y, seed, options)
    part = path.with_name(f"part-{path.name}")
    encoder.save_weights(part)
    os.replace(part, path)
    return encoder, preprocessing, round(time.perf_counter() - started, 1)


def _train_classifier(encoder, preprocessing, x, y, seed, options):
    """Train the encoder to tell the known classes apart."""
    import keras

    augmentation = [
        keras.layers.RandomFlip("horizontal", seed=seed),
        keras.layers.RandomTranslation(0.125, 0.125, seed=seed),
    ]
    head = keras.layers.Dense(len(KNOWN), dtype="float32")
    classifier = keras.Sequential([keras.Input(x.shape[1:]), preprocessing, *augmentation, encoder, head])
    steps = options.classifier_epochs * -(-len(x) // 128)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    progress = _progress("classifier", options.classifier_epochs, seed, options)
    classifier.fit(x, y, batch_size=128, epochs=options.classifier_epochs, callbacks=[progress], verbose=0)


def _scaled(encoder, preprocessing, x, seed):
    """The encoder with its features scaled so that rows are at squared distance 1 from their centroid in the mean.

    512 features as they come are far apart, which makes all Student-t assignments alike. Its BatchNormalization stays
    as it is: the KL phase sees the same statistics as `predict`.
    """
    import keras
    import numpy as np

    from tfcluster.training.initial_centroids import best_kmeans

    for layer in encoder.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    features = keras.Sequential([keras.Input(x.shape[1:]), preprocessing, encoder]).predict(x, 500, verbose=0)
    inertia = best_kmeans(features, len(NEW), 5, seed).inertia_
    scale = keras.layers.Rescaling(float(1.0 / np.sqrt(inertia / len(x))))
    return keras.Sequential([keras.Input(encoder.input_shape[1:]), encoder, scale])


def _feature_layers(arm, x):
    """Preprocessing of the autoencoders: pixels in [0, 1], or HOG of mean square 1."""
    import keras
    import numpy as np

    from tfcluster.layers import HOG

    scale = keras.layers.Rescaling(1 / 255.0)
    if arm.endswith("pixels"):
        return scale
    hog = HOG(cell=8)
    rms = float(np.sqrt(np.mean(np.square(hog(x[:2000] / 255.0)))))
    return keras.Sequential([scale, hog, keras.layers.Rescaling(1.0 / rms)])


def table(folder, options, settings):
    """The cells of a folder that have these `settings` as Markdown, and what they answer."""
    cells = {}
    for arm in options.arms:
        paths = [folder / f"{arm}-{seed}.json" for seed in range(options.runs)]
        found = [json.loads(path.read_text()) for path in paths if path.exists()]
        cells[arm] = [cell for cell in found if cell["settings"] == settings]
    lines = [f"| encoder | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {arm} | {' | '.join(entries(found))} |" for arm, found in cells.items() if found]
    return "\n".join([*lines, "", *answers(cells)])


def entries(cells):
    """The values of `COLUMNS` for the cells of an arm; what was there already has no time, None in its cell."""
    import numpy as np

    shown = [f"{len(cells)}"]
    for when, score in (("before", "acc"), ("after", "acc"), ("before", "nmi"), ("after", "nmi"), ("after", "ari")):
        values = [cell[when][score] for cell in cells]
        shown.append(f"{np.mean(values):.3f} ± {np.std(values):.3f}" if len(values) > 1 else f"{values[0]:.3f}")
    taken = [[cell["seconds"][key] for cell in cells] for key in ("classifier", "pretrain", "kl")]
    timed = [[value for value in values if value is not None] for values in taken]
    seconds = [f"{np.mean(values):.0f}" if values else "-" for values in timed]
    return [*shown, f"{cells[0]['parameters'] / 1e6:.1f} M", ", ".join(seconds)]


def answers(cells):
    """Whether the trained encoder beats the autoencoder of higher ACC, and the random one, as lines; from cells by arm.

    A difference is that of the means over the seeds, with its standard error where there are several.
    """
    import numpy as np

    def values(arm, when, score):
        return np.array([cell[when][score] for cell in cells[arm]])

    def difference(rival, when, score):
        a, b = values("resnet18", when, score), values(rival, when, score)
        shown = f"{a.mean() - b.mean():+.3f}"
        if min(len(a), len(b)) > 1:
            shown += f" ± {np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)):.3f}"
        return f"{shown} {when}"

    autoencoders = [arm for arm in AUTOENCODERS if cells.get(arm)]
    rivals = [max(autoencoders, key=lambda arm: values(arm, "after", "acc").mean())] if autoencoders else []
    rivals += ["resnet18-random"] if cells.get("resnet18-random") else []
    return [
        f"- {score.upper()} of resnet18 above that of {rival}: "
        f"{difference(rival, 'before', score)}, {difference(rival, 'after', score)} the KL phase."
        for rival in (rivals if cells.get("resnet18") else [])
        for score in ("acc", "nmi")
    ]


if __name__ == "__main__":
    sys.exit(main())
