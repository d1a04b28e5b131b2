"""Command line of the methods: `python -m tfcluster.experiments.<method>` and `tfcluster run <method>`."""

import argparse
import contextlib
import dataclasses
import functools
import hashlib
import logging
import pathlib
import shlex
import sys
import textwrap

import numpy as np

from tfcluster.analysis.embedding_pictures import PICTURED_EPOCHS
from tfcluster.analysis.pictures import PROJECTIONS
from tfcluster.analysis.tensorboard import EventFile, write_projector
from tfcluster.analysis.weights_and_biases import WandbRun, check_access
from tfcluster.command_parser import CommandParser
from tfcluster.experiments.export_command import export_run
from tfcluster.experiments.folder_lock import folder_locks
from tfcluster.experiments.hyperparameters import hyperparameters
from tfcluster.experiments.presets import METHODS, PRESETS, get_method
from tfcluster.quiet import find_devices
from tfcluster.training.distribution import DISTRIBUTIONS, LOST_WORKER, is_chief, make_strategy, wait_for_all
from tfcluster.utils import counted

__all__ = ["main", "make_parser"]

logger = logging.getLogger("tfcluster")

_ONCE = ("--resume", "--overwrite")  # of the command as it was given, no part of how to repeat it
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


def make_parser(method, prog):
    """The parser of one method, its hyper-parameters in the help."""
    from tfcluster.experiments.settings import RUN_SETTINGS
    from tfcluster.models.generative_model import GenerativeModel
    from tfcluster.models.pretrained_model import PretrainedModel
    from tfcluster.models.semi_supervised import SemiSupervised

    entry = get_method(method)
    lines = ["hyper-parameters for --set name=value (defaults of the class; presets, below, override some):"]
    for name, (default, meaning) in (hyperparameters(entry.model) | RUN_SETTINGS).items():
        wrapped = textwrap.wrap(f"{name}={default!r}  {meaning}", 110, subsequent_indent="      ")
        lines += [f"  {wrapped[0]}", *wrapped[1:]]
    lines += ["", "presets:"]
    for name, preset in entry.presets.items():
        lines += textwrap.wrap(
            f"{name}: {counted(preset.runs, 'run')}, {preset.duration()}; {preset.model}",
            110,
            initial_indent="  ",
            subsequent_indent="      ",
        )
    parser = CommandParser(
        prog=prog,
        description=f"{entry.summary} A run is chosen by: {entry.selection}. {entry.paper}",
        epilog="\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--dataset",
        default="digits",
        help="a name (tfcluster list), or npz:FILE, npy:FILE, csv:FILE, h5:FILE, folder:DIR, tfds:NAME",
    )
    add("--data-dir", help="folder to look for data files in first")
    learns = issubclass(entry.model, SemiSupervised)
    add(
        "--split",
        default="auto" if learns else "all",
        choices=("all", "train", "test"),
        help="which part of the data (default: "
        + ("train, with the error on test, if there is such a part)" if learns else "all, as the papers do)"),
    )
    if learns:
        add("--labels", type=int, help="rows with a label, as many of each class (default: 10 of each class)")
    add("--limit", type=int, help="use this many random rows (fixed choice)")
    add("--clusters", type=int, help="number of clusters (default: the number of classes of the data set)")
    add(
        "--image-size",
        type=int,
        help="side in pixels that the images of folder: become (other images: --set image_side=)",
    )
    add("--preset", default="default", choices=PRESETS, help="recipe")
    add("--runs", type=int, help="number of runs, with consecutive seeds")
    add("--epochs", type=int, help="epochs of training, a pretraining not counted")
    add("--batch-size", type=int, help="rows in a step")
    add("--seed", type=int, default=0, help="seed of the first run")
    add("--output", help="folder of the results (default: runs/<method>-<dataset>)")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--resume", action="store_true", help="go on with a run that was stopped")
    group.add_argument("--overwrite", action="store_true", help="delete what the output folder holds")
    add("--precision", default="float32", choices=PRECISIONS, help="Keras dtype policy")
    if issubclass(entry.model, PretrainedModel):
        add("--pretrained", metavar="DIR", help="folder of pretrained autoencoders, shared among methods and runs")
    if issubclass(entry.model, GenerativeModel):
        add(
            "--images",
            nargs="?",
            const=PROJECTIONS[0],
            choices=PROJECTIONS,
            help="write pictures of what a model of images draws, and of the embedding at some epochs and the last, "
            "projected in this way (pca if none is said), to images/",
        )
        add("--image-epochs", type=int, nargs="+", default=PICTURED_EPOCHS, help="the epochs of the pictures")
    add(
        "--distribute",
        choices=DISTRIBUTIONS,
        help="train on all GPUs of this machine, or on the workers that TF_CONFIG names, which all start this command "
        "with one shared output folder; batches are split among them",
    )
    add("--export", action="store_true", help="write the chosen model as a SavedModel for TF Serving, to serving/")
    add("--no-report", action="store_true", help="write no report.html")
    add(
        "--tensorboard",
        action="store_true",
        help="write scalars and the embedding for TensorBoard to run-*/tensorboard/",
    )
    add("--wandb", metavar="PROJECT", help="log to a project of Weights & Biases (extra wandb)")
    add("--quiet", action="store_true", help="show results only")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="overrides",
        help="a hyper-parameter, see below",
    )
    return parser


@contextlib.contextmanager
def _said_once():
    """Every warning once, however many runs meet it."""
    seen = set()

    def new(record):
        message = record.getMessage()
        return record.levelno < logging.WARNING or not (message in seen or seen.add(message))

    logger.addFilter(new)
    try:
        yield
    finally:
        logger.removeFilter(new)


def main(method, arguments=None, prog=None):
    """Run a method from the command line.

    Returns:
        Exit status: 0 done, 1 the run failed, 2 the request is wrong, 130 interrupted.
    """
    with _said_once(), folder_locks():
        return _main(method, arguments, prog)


def _main(method, arguments, prog):
    prog = prog or f"python -m tfcluster.experiments.{method}"
    options = make_parser(method, prog).parse_args(arguments)
    from tfcluster.analysis import write_report
    from tfcluster.experiments.prepared_folder import check_shared_folder, prepare_folder
    from tfcluster.experiments.runner import RunFailedError, build_model, run_experiment
    from tfcluster.experiments.settings import resolve

    find_devices()
    try:
        strategy = make_strategy(options.distribute)
        chief = is_chief(strategy)
        data = _load(options)
        settings = resolve(
            method,
            data,
            options.preset,
            options.overrides,
            n_clusters=options.clusters,
            labels=getattr(options, "labels", None),
            **{name: getattr(options, name) for name in ("epochs", "batch_size", "runs", "seed", "precision", "split")},
        )
        from tfcluster.training.rows import Rows

        rows = Rows(data.x, data.y, settings.n_clusters)
        build_model(settings, get_method(method), data, settings.seed).check(rows)
        if getattr(options, "images", None) and (data.info.kind != "image" or data.x.shape[-1] not in (1, 3)):
            raise ValueError(
                f"`--images` takes images of 1 or 3 channels. Received: {data.info.name}, rows of shape "
                f"{data.x.shape[1:]}"
            )
        shared = getattr(options, "pretrained", None)
        if shared is not None and pathlib.Path(shared).exists() and not pathlib.Path(shared).is_dir():
            raise ValueError(f"`--pretrained` takes a folder. Received: {shared}, a file")
        observers = _observers(options)
        folder = pathlib.Path(options.output or f"runs/{method}-{_safe(options.dataset)}")
        replicas, least = strategy.num_replicas_in_sync, 2 if get_method(method).model.drop_remainder else 1
        if settings.batch_size < least * replicas:
            raise ValueError(
                f"`batch_size` must be at least {least} for each of {replicas} replicas. "
                f"Received: {settings.batch_size}"
            )
        if chief:
            request = {name: getattr(options, name) for name in ("dataset", "data_dir", "image_size", "limit")}
            given = [text for text in (sys.argv[1:] if arguments is None else arguments) if text not in _ONCE]
            request["command"] = shlex.join([*prog.split(), *given])
            done = prepare_folder(folder, settings, options.resume, options.overwrite, replicas, request)
        wait_for_all(strategy)  # the folder is as the first worker leaves it
        check_shared_folder(folder, settings)
    except (ValueError, TypeError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except LOST_WORKER:
        print("failed: another worker did not start, see what it says", file=sys.stderr)
        return 1
    if chief and not options.quiet:
        _announce(settings, data, folder, done if options.resume else None)
    try:
        images = getattr(options, "images", None) and {"kind": options.images, "epochs": options.image_epochs}
        results = run_experiment(settings, data, folder, options.quiet, shared, images, strategy, observers)
    except RunFailedError as error:
        print(f"failed: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped; go on with the same command and --resume ({folder})", file=sys.stderr)
        return 130
    if not chief:
        return 0
    print(table(results))
    done = [
        *([_said(folder, "projector", _write_projectors, data)] if options.tensorboard else []),
        *([] if options.no_report else [_said(folder, "report", write_report, data)]),
        *([_said(folder, "export", export_run)] if options.export else []),
    ]
    return 0 if all(done) else 1


def _said(folder, name, write, *arguments):
    """Write what is made of a run's results, and say where it is; False if it failed, which the results outlive."""
    try:
        path = write(folder, *arguments)
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"failed: {name}: {what}; the results are in {folder}", file=sys.stderr)
        return False
    if path is not None:
        print(f"{name}: {path}")
    return True


def _announce(settings, data, folder, done):
    """Say what is going to be run, and of a run that is resumed how much of it is there."""
    known = settings.extra.get("labels")
    known = int((data.y >= 0).sum()) if known and (data.y < 0).any() else known  # the user's own
    most = "at most " if get_method(settings.method).model.stops_early else ""
    facts = [
        f"{settings.method} on {data.info.name}: {len(data)} rows of {data.x.shape[1:]}",
        f"{settings.n_clusters} clusters",
        *([f"{known} labels"] if known else []),
        f"preset {settings.preset}",
        f"{counted(settings.runs, 'run')} of {most}{counted(settings.epochs, 'epoch')}",
    ]
    print(f"{', '.join(facts)} -> {folder}")
    if done is not None:
        had = f"{done} of {counted(settings.runs, 'run')} had been done there"
        print(had if (folder / "run-00").is_dir() else "nothing had been done there: it begins anew")


def _observers(options):
    """What follows the training of every run beside its own files."""
    found = []
    if options.tensorboard:
        found.append(lambda folder, settings, seed: EventFile(folder / "tensorboard"))
    if options.wandb:
        check_access()
        found.append(functools.partial(WandbRun, options.wandb))
    return found


def _write_projectors(folder, data):
    for run in sorted(folder.glob("run-*")):
        with np.load(run / "assignments.npz") as file:
            write_projector(run / "tensorboard", file["labels"], file["embeddings"], data)


def _load(options):
    if options.image_size is not None and not options.dataset.startswith(("folder:", "tfds:")):
        raise ValueError(
            "`--image-size` is the side that the images of folder:DIR and tfds:NAME become; others are resized "
            f"inside the model, by --set image_side={options.image_size}. Received: --dataset {options.dataset}"
        )
    data = _load_split(options)
    if options.limit is None:
        return data
    if options.limit < 1:
        raise ValueError(f"`--limit` must be at least 1. Received: {options.limit}")
    return data.sample(options.limit)


def _load_split(options):
    """The part of the data that was asked for; with labels, the training part brings the test part with it."""
    from tfcluster.data import has_split, load

    if options.split == "auto":
        options.split = "train" if has_split(options.dataset, options.data_dir) else "all"
    data = load(options.dataset, options.data_dir, options.split, options.image_size)
    if options.split != "train" or not hasattr(options, "labels"):
        return data
    return dataclasses.replace(data, test=load(options.dataset, options.data_dir, "test"))


def _safe(name):
    """A name for a folder; of a long one the end, and what tells it from others of the same end."""
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return safe if len(safe) <= 60 else f"{safe[-50:]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def table(results):
    """The runs as text, the chosen one marked, mean and standard deviation below."""

    def number(value, digits=3):
        return "-" if value is None else f"{value:.{digits}f}"

    errors = [name for name in ("error", "test_error") if results["runs"][0].get(name) is not None]
    lines = [
        f"{'run':>4} {'seed':>5} {'criterion':>11} {'clusters':>9} {'acc':>7} {'nmi':>7} {'ari':>7} {'seconds':>8}"
        + "".join(f" {name:>10}" for name in errors)
    ]
    for index, run in enumerate(results["runs"]):
        mark = "*" if index == results["best_run"] else " "
        scores = " ".join(f"{number(run[name]):>7}" for name in ("acc", "nmi", "ari"))
        criterion = "-" if run["criterion"] is None else f"{run['criterion']:.5g}"
        lines.append(
            f"{mark}{index:>3} {run['seed']:>5} {criterion:>11} {run['used_clusters']:>9} {scores} "
            f"{run['seconds']['total']:>8.1f}" + "".join(f" {number(run[name], 4):>10}" for name in errors)
        )
    lines.append(f"* chosen without labels: {results['selection']}; a run with unused clusters ranks last")
    if results["acc"] is not None and len(results["runs"]) > 1:
        pairs = (f"{name} {results['mean'][name]:.3f} +- {results['std'][name]:.3f}" for name in ("acc", "nmi", "ari"))
        lines.append("mean +- std over runs: " + ", ".join(pairs))
    before = [run["before"] for run in results["runs"] if "before" in run]
    if before:
        means = (f"{name} {sum(scores[name] for scores in before) / len(before):.3f}" for name in ("acc", "nmi", "ari"))
        lines.append("before the refinement, mean over runs: " + ", ".join(means))
    return "\n".join(lines)


def methods():
    """Names and one-line descriptions."""
    return {name: entry.summary for name, entry in METHODS.items()}
