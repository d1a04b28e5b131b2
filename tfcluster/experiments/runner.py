"""The one runner of all methods."""

import contextlib
import dataclasses
import gc
import json
import logging
import os
import pathlib
import platform
import shutil
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf

from tfcluster.analysis import EmbeddingPictures, generated_pictures, write_png
from tfcluster.experiments.first_clusters import FirstClusters
from tfcluster.experiments.folder_lock import lock_folder
from tfcluster.experiments.preparation import known_labels, model_arguments, preprocessing_for
from tfcluster.experiments.presets import get_method
from tfcluster.experiments.progress import Progress
from tfcluster.metrics import agreements, choose_run, clustering_scores
from tfcluster.models.semi_supervised import SemiSupervised
from tfcluster.training.distribution import LOST_WORKER, is_chief, wait_for_all
from tfcluster.training.finite_guard import NonFiniteLossError
from tfcluster.training.history_file import HistoryFile
from tfcluster.training.objective_mismatch import ObjectiveMismatch
from tfcluster.training.pretrained_weights import PretrainedWeights
from tfcluster.training.session import Session
from tfcluster.version import __version__

__all__ = ["RunFailedError", "check_shared_folder", "environment", "prepare_folder", "run_experiment"]

logger = logging.getLogger("tfcluster")

_LONGEST = 600  # characters of an error shown
_PHASES = ("pretrain", "initialize", "fit")
_SAVE_SECONDS = float(os.environ.get("TFCLUSTER_SAVE_SECONDS", "15"))


class RunFailedError(RuntimeError):
    """A run broke off; says what happened and where its last state is."""


def prepare_folder(folder, settings, resume=False, overwrite=False, replicas=1, request=None):
    """Make a run's folder and write its `config.json`.

    Args:
        folder: The folder.
        settings: Resolved `Settings`.
        resume: Whether to go on with what is there.
        overwrite: Whether to delete what is there.
        replicas: Number of devices among which batches are split.
        request: What was asked for, as it was, or None: kept for whoever wants to ask again.

    Returns:
        Number of runs that the folder holds the results of.

    Raises:
        ValueError: If the folder is occupied, or `resume` meets another configuration or version, or it is no folder of
            a run, or another process is at work in it.
    """
    folder = pathlib.Path(folder)
    config = folder / "config.json"
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--output takes a folder. Received: {folder}, a file")
    folder.mkdir(parents=True, exist_ok=True)
    lock_folder(folder)
    if any(path.name != "config.part" for path in folder.iterdir()):
        known = _read_config(config)
        if known is None:
            raise ValueError(f"{folder} is not empty and not a run's folder; choose another with --output.")
        if resume:
            found = (known["fingerprint"], known["settings"]["seed"], known.get("replicas", 1))
            if found != (settings.fingerprint(), settings.seed, replicas):
                other = _differing(known["settings"], dataclasses.asdict(settings))
                raise ValueError(
                    f"{folder} holds a run of another configuration, which differs in "
                    f"{', '.join(other) or 'replicas'} (see its config.json); give the same options, or start over "
                    "with --overwrite."
                )
            of = known.get("versions", {}).get("tfcluster", __version__)
            if of != __version__:
                raise ValueError(
                    f"{folder} holds a run of tfcluster {of}, whose defaults may be others than those of this one, "
                    f"{__version__}; go on with that version, or start over with --overwrite."
                )
        elif overwrite:
            _empty(folder)
        else:
            raise ValueError(f"{folder} already holds a run: add --resume, --overwrite or another --output.")
    facts = {
        "settings": dataclasses.asdict(settings),
        "fingerprint": settings.fingerprint(),
        "replicas": replicas,
        "request": request or {},
        **environment(),
    }
    _write_json(config, facts)
    return sum((folder / f"run-{index:02d}" / "result.json").is_file() for index in range(settings.runs))


def _empty(folder):
    """Delete what is in a run's folder; last what says that it is one."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name == "config.json"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _differing(known, wanted):
    """Names of the settings that differ, but for the number of runs."""
    wanted = json.loads(json.dumps(wanted, default=str))  # as it was written
    return [name for name in wanted if name != "runs" and known.get(name) != wanted[name]]


def check_shared_folder(folder, settings):
    """Raise a ValueError unless the folder is that which the first worker has prepared for the same request."""
    known = _read_config(pathlib.Path(folder) / "config.json")
    if known is None or (known["fingerprint"], known["settings"]["seed"]) != (settings.fingerprint(), settings.seed):
        raise ValueError(
            f"All workers need the same options and one --output folder that they share. Received: {folder}, without "
            "the config.json of this request"
        )


def environment():
    """Versions of what computes, and the machine, with the CPUs that this process may use."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "versions": {
            "tfcluster": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "host": {"machine": platform.machine(), "system": platform.system(), "cpus": cpus},
    }


def _read_config(path):
    """A run's `config.json`, or None if the file is not one."""
    try:
        content = json.loads(path.read_text())
        return content if {"fingerprint", "settings"} <= set(content) else None
    except (OSError, ValueError, TypeError):
        return None


def run_experiment(settings, data, folder, quiet=False, pretrained=None, images=None, strategy=None, observers=()):
    """Run all seeds, choose one without labels, write `results.json`.

    A run whose folder holds its result already is taken as it is.

    Args:
        settings: Resolved `Settings`.
        data: The `ClusteringData`.
        folder: A folder made by `prepare_folder`.
        quiet: Whether to show no progress.
        pretrained: Folder of `PretrainedWeights` to share, or None.
        images: Arguments of `EmbeddingPictures` if a generative model of images is to write pictures, or None.
        strategy: The `tf.distribute` strategy to train under, or None.
        observers: Functions of (folder of a run, settings, seed) that return a Keras callback for its refinement.

    Returns:
        The content of `results.json`; None for a worker other than the first, which writes nothing.

    Raises:
        ValueError: If the data or the settings cannot be used; raised before any training.
        RunFailedError: If a run breaks off.
    """
    folder = pathlib.Path(folder)
    method = get_method(settings.method)
    strategy = tf.distribute.get_strategy() if strategy is None else strategy
    chief = is_chief(strategy)
    runs = []
    for index in range(settings.runs):
        run_folder = folder / f"run-{index:02d}"
        result = run_folder / "result.json"
        session = Session(
            run_folder,
            settings.fingerprint() + str(settings.seed + index),
            _SAVE_SECONDS,
            lambda phase, epochs, index=index: [Progress(index, settings.runs, phase, epochs, quiet or not chief)],
            None if pretrained is None else PretrainedWeights(pretrained, writes=chief),
            writes=chief,
        )
        if result.exists() and chief:
            session.clear()  # if the process ended before it could
        if not result.exists():
            if chief:
                run_folder.mkdir(exist_ok=True)
            # All workers do the same, since reading a variable may take all of them; what the others write is dropped.
            with _workers(strategy, settings), contextlib.nullcontext(run_folder) if chief else _scratch() as own:
                _run_once(settings, method, data, own, settings.seed + index, session, images, observers)
                wait_for_all(strategy)
            keras.utils.clear_session()
            gc.collect()
        runs.append(json.loads(result.read_text()) if chief else None)
    if not chief:
        return None
    results = summarize(settings, data, method, runs, folder)
    _write_json(folder / "results.json", results)
    return results


@contextlib.contextmanager
def _workers(strategy, settings):
    """The scope of a strategy, in which the loss of a worker is a `RunFailedError`."""
    try:
        with strategy.scope():
            yield
    except LOST_WORKER as error:
        if strategy.cluster_resolver is None:
            raise
        raise RunFailedError(
            f"{settings.method}: another worker is gone. Start all of them again with the same command and --resume."
        ) from error


@contextlib.contextmanager
def _scratch():
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)


def _run_once(settings, method, data, folder, seed, session, images, observers):
    started = time.perf_counter()
    earlier = sum(session.seconds.get(name, 0.0) for name in _PHASES)
    keras.utils.set_random_seed(seed)
    model = build_model(settings, method, data, seed)
    callbacks = [HistoryFile(folder / "history.csv")]
    every, ofm = settings.extra["evaluate_every"], settings.extra["ofm"]
    if ofm != "none":
        callbacks.insert(0, ObjectiveMismatch(ofm, every, settings.extra["ofm_batches"]))
    if images:
        callbacks.append(EmbeddingPictures(folder / "images", data.x, data.y, **images))
    callbacks += [make(folder, settings, seed) for make in observers if session.writes]
    labels, truth = _labels(settings, model, data, seed)
    first = FirstClusters(folder / "first_clusters.json", data.x, truth)
    callbacks.append(first)
    try:
        history = model.fit(
            data.x,
            **labels,
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            evaluate_every=every,
            callbacks=callbacks,
            verbose=0,
            session=session,
        )
    except (KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        if isinstance(error, LOST_WORKER):
            raise
        last = "there was no good checkpoint yet"
        if (
            session.writes
            and isinstance(error, NonFiniteLossError)
            and model.checkpoint is not None
            and model.checkpoint.weights
        ):
            model.save(folder / "model.keras")
            last = f"the last good checkpoint, of epoch {model.checkpoint.epoch + 1}, is {folder / 'model.keras'}"
        what = f"{type(error).__name__}: {error}"
        what = what if len(what) < _LONGEST else f"{what[:_LONGEST]} ..."  # TensorFlow may add all of a graph
        raise RunFailedError(f"{settings.method}, seed {seed}: {what} ({last})") from error
    criterion = model.kept_criterion(history)
    if criterion is not None and not np.isfinite(criterion):
        raise RunFailedError(f"{settings.method}, seed {seed}: the criterion was not finite at any evaluation")
    assigned, probabilities, embeddings = model.map_rows(data.x, ("labels", "assignments", "embedding"))
    result = _result(assigned, truth, history.history, seed, criterion)
    result |= _errors(model, data, truth, labels["y"], assigned)
    before = first.scores()
    result |= {} if before is None else {"before": before}
    np.savez_compressed(
        folder / "assignments.npz",
        labels=assigned,
        probabilities=probabilities.astype(np.float32),
        embeddings=embeddings,
        **({} if data.names is None else {"names": data.names}),
    )
    model.save(folder / "model.keras")
    phases = {name: round(session.seconds.get(name, 0.0), 2) for name in _PHASES}
    total = max(time.perf_counter() - started + earlier, sum(phases.values()))
    result["seconds"] = phases | {"total": round(total, 2)}
    if images:
        _write_pictures(model, data, settings, folder / "images")
    _write_json(folder / "result.json", result)
    if session.writes:
        session.clear()


def _write_pictures(model, data, settings, folder):
    """Pictures of what a model draws; what goes wrong with them is said and loses no result."""
    try:
        for name, picture in generated_pictures(model, data.x, *settings.target_range).items():
            write_png(folder / f"{name}.png", picture)
    except Exception as error:
        logger.warning("the pictures could not be drawn: %s: %s", type(error).__name__, error)


def build_model(settings, method, data, seed):
    """The model of a run, built for the data; a `ValueError` here is one of the request."""
    backbone, scaling = settings.model.get("backbone"), settings.extra["scaling"]
    if settings.model.get("augmentation") == "crop_color" and scaling not in ("auto", "range"):
        raise ValueError(
            "`augmentation=crop_color` keeps values in the range that images are scaled to: it needs scaling=range or "
            f"auto. Received: scaling={scaling}"
        )
    scale = preprocessing_for(data, backbone, settings.target_range, settings.extra["image_side"], scaling)
    model = method.model(
        settings.n_clusters,
        preprocessing=scale,
        seed=seed,
        dtype=settings.precision,
        **model_arguments(settings.model, data, seed, settings.target_range, scale),
    )
    model.build((None, *data.x.shape[1:]))
    model.row_facts = {name: getattr(data.info, name) for name in ("columns", "range", "label_names")}
    return model


def _labels(settings, model, data, seed):
    """What `fit` is given of the labels, and those of all rows for scores, or None."""
    if not isinstance(model, SemiSupervised):
        return {"y": data.y}, data.y
    known = known_labels(data.y, settings.extra["labels"], settings.n_clusters, seed)
    truth = None if known is data.y else data.y  # the user's own, of which some are not known
    return {"y": known, "y_true": truth}, truth


def _errors(model, data, truth, known, assigned):
    """Share of wrong labels of a method that learns from labels: where they were not known, and on test rows."""
    if not isinstance(model, SemiSupervised) or truth is None:
        return {}
    unknown = known < 0
    test = data.test
    return {
        "error": float(np.mean(assigned[unknown] != truth[unknown])) if unknown.any() else None,
        "test_error": None if test is None else model.error(test.x, test.y),
    }


def _result(assigned, truth, history, seed, criterion):
    ofm = [value for value in history.get("ofm", []) if not np.isnan(value)]
    return {
        "seed": seed,
        "criterion": criterion,
        "loss": float(history["loss"][-1]) if "loss" in history else None,
        **clustering_scores(truth, assigned),
        "used_clusters": len(np.unique(assigned)),
        "ofm": ofm[-1] if ofm else None,
    }


def summarize(settings, data, method, runs, folder):
    """The content of `results.json` from its runs: the choice without labels, means and standard deviations."""
    if method.model.selection == "agreement":
        labels = [np.load(folder / f"run-{index:02d}" / "assignments.npz")["labels"] for index in range(len(runs))]
        runs = [run | {"criterion": value} for run, value in zip(runs, agreements(labels), strict=True)]
    criteria, used = ([run[name] for run in runs] for name in ("criterion", "used_clusters"))
    best = choose_run(method.model.selection, criteria, used, settings.n_clusters)
    scores = ("acc", "nmi", "ari")
    known = {name: [run[name] for run in runs] for name in scores if runs[0][name] is not None}
    return {
        "method": settings.method,
        "dataset": settings.dataset,
        "n_samples": len(data),
        "n_clusters": settings.n_clusters,
        "preset": settings.preset,
        "selection": method.selection,
        "runs": runs,
        "best_run": best,
        **{name: runs[best][name] for name in scores},
        "mean": {name: float(np.mean(known[name])) if name in known else None for name in scores},
        "std": {name: float(np.std(known[name])) if name in known else None for name in scores},
    }


def _write_json(path, content):
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, default=str) + "\n")
    os.replace(part, path)
