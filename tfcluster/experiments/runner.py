"""The one runner of all methods."""

import contextlib
import gc
import json
import logging
import os
import pathlib
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf

from tfcluster.analysis import EmbeddingPictures, generated_pictures, write_png
from tfcluster.experiments.first_clusters import FirstClusters
from tfcluster.experiments.output_file import write_json
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

__all__ = ["RunFailedError", "run_experiment"]

logger = logging.getLogger("tfcluster")

_LONGEST = 600  # characters of an error shown
_PHASES = ("pretrain", "initialize", "fit")
_SAVE_SECONDS = float(os.environ.get("TFCLUSTER_SAVE_SECONDS", "15"))


class RunFailedError(RuntimeError):
    """A run broke off; says what happened and where its last state is."""


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
    write_json(folder / "results.json", results)
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
    result["sizes"] = np.bincount(assigned, minlength=settings.n_clusters).tolist()
    result["confidence"] = float(probabilities.max(axis=1).mean())  # of the largest soft assignment
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
    write_json(folder / "result.json", result)
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
