"""Everything that determines a run, resolved from preset, data and command line."""

import dataclasses
import hashlib
import json
import logging
import math

from tfcluster.backbones import minimum_side
from tfcluster.data.files import sha256_of
from tfcluster.experiments.hyperparameters import hyperparameters, parse_assignment
from tfcluster.experiments.preparation import AUGMENTATIONS, check_labels
from tfcluster.experiments.presets import get_method
from tfcluster.models.semi_supervised import SemiSupervised
from tfcluster.models.shallow_model import ShallowModel
from tfcluster.training.sources import favoured_rows
from tfcluster.utils import check_choice

__all__ = ["RUN_SETTINGS", "Settings", "resolve"]

logger = logging.getLogger("tfcluster")

RUN_SETTINGS = {
    "evaluate_every": (4, "Epochs between evaluations."),
    "ofm": ("none", "Objective-function mismatch to log: simple, pairwise or none. A cosine, +1 aligned."),
    "ofm_batches": (10, "Fixed batches that it is averaged over; None for all."),
    "scaling": (
        "auto",
        "How values are scaled: standardize, each column to mean 0 and deviation 1 (auto for csv:); range, by the "
        "smallest and largest value (auto for images); rms, by one factor for all columns (auto for other vectors); "
        "none.",
    ),
    "image_side": (
        None,
        "Side in pixels that images are resized to; None enlarges only what the backbone cannot take.",
    ),
}
"""Settings beside the model's that `--set` takes: name to (default, meaning)."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """A resolved request.

    Attributes:
        method: Name of the method.
        dataset: Name of the data set.
        preset: Name of the preset.
        split: Which part of the data.
        n_clusters: Number of clusters.
        model: Arguments of the model; layers by their names.
        epochs: Epochs of refinement.
        batch_size: Rows in a step.
        runs: Number of runs.
        seed: Seed of the first run.
        precision: Keras dtype policy.
        target_range: What images are scaled to.
        extra: Values of `RUN_SETTINGS`, and the number of `labels` of methods that learn from them.
        data_sha256: Checksum of the data file.
        rows_sha256: Checksum of the rows in use, whatever selected or resized them.
    """

    method: str
    dataset: str
    preset: str
    split: str
    n_clusters: int
    model: dict
    epochs: int
    batch_size: int
    runs: int
    seed: int
    precision: str
    target_range: tuple
    extra: dict
    data_sha256: str | None
    rows_sha256: str

    def fingerprint(self):
        """A string that two settings share if their runs of one seed are the same."""
        facts = dataclasses.asdict(self)
        del facts["runs"], facts["seed"]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()

    def defaults(self):
        """The further arguments of the model, which are as its class has them, by name."""
        known = hyperparameters(get_method(self.method).model)
        return {name: default for name, (default, _) in known.items() if name not in self.model}


def resolve(method, data, preset="default", overrides=(), n_clusters=None, **given):
    """Settings of a request.

    Args:
        method: Name of a method.
        data: The loaded `ClusteringData`.
        preset: Name of a preset.
        overrides: Texts `name=value`.
        n_clusters: Number of clusters, None for the number of classes that the data set states.
        **given: `epochs`, `batch_size`, `runs`, `seed`, `precision`, `split`, `labels`; None takes the preset's, and 10
            labels of each class.

    Raises:
        ValueError: For names or values that are not known.
    """
    entry = get_method(method)
    check_choice("preset", preset, entry.presets)
    recipe = entry.presets[preset].for_set(data.info.name)
    known = hyperparameters(entry.model)
    extra = {name: default for name, (default, _) in RUN_SETTINGS.items()}
    extra |= {"evaluate_every": recipe.evaluate_every, "ofm": recipe.ofm, "image_side": recipe.image_side}
    model = {}
    if "backbone" in known:
        model["backbone"] = "cnn_small" if data.info.kind == "image" else "mlp"
    model |= recipe.model
    large = data.info.kind == "image" and min(data.x.shape[1:3]) >= minimum_side("alexnet")
    for name, value in model.items():
        if isinstance(value, dict):
            model[name] = value["large" if large and "large" in value else data.info.kind]
    if recipe.image_pretrain_steps and data.info.kind == "image":
        rows = model.get("pretrain_batch_size", known["pretrain_batch_size"][0])
        least = math.ceil(recipe.image_pretrain_steps / math.ceil(len(data) / rows))
        model["pretrain_epochs"] = max(model["pretrain_epochs"], least)
    asked = dict(parse_assignment(text, known | RUN_SETTINGS) for text in overrides)
    for name, value in asked.items():
        (extra if name in RUN_SETTINGS else model)[name] = value
    _check_asked(data, asked)
    if entry.images_only and data.info.kind != "image":
        raise ValueError(f"{method} takes images. Received: {data.info.name}, rows of shape {data.x.shape[1:]}")
    if data.info.kind != "image" and minimum_side(model.get("backbone")) > 1:
        raise ValueError(
            f"{method} has the backbone {model['backbone']}, which takes images. For vectors take --set backbone=mlp"
            f"{'' if 'backbone' in asked else ', or a method such as idec'}. "
            f"Received: {data.info.name}, rows of shape {data.x.shape[1:]}"
        )
    check_choice("ofm", extra["ofm"], ("simple", "pairwise", "none"))
    if extra["ofm"] != "none" and issubclass(entry.model, ShallowModel):
        raise ValueError(f"`ofm` compares gradients, and {method} has none. Received: ofm={extra['ofm']}")
    n_clusters = data.info.n_clusters if n_clusters is None else n_clusters
    if n_clusters is None:
        raise ValueError(f"--clusters is needed: {data.info.name} has no labels to take the number of clusters from.")
    if n_clusters < 2:
        raise ValueError(f"--clusters must be at least 2. Received: {n_clusters}")
    if issubclass(entry.model, SemiSupervised):
        extra["labels"] = 10 * n_clusters if given.get("labels") is None else given["labels"]
        check_labels(data.y, extra["labels"], n_clusters)
    batch_size = recipe.batch_size if given.get("batch_size") is None else given["batch_size"]
    new = max(batch_size, 1)  # rows of a batch that the epoch has not seen
    if issubclass(entry.model, SemiSupervised):
        labelled = int((data.y >= 0).sum()) if (data.y < 0).any() else extra["labels"]
        wanted = model.get("labelled_per_batch", known.get("labelled_per_batch", (0,))[0])
        new -= favoured_rows(wanted, labelled, new)
    steps = max(1, len(data) // new + (not entry.model.drop_remainder))  # in an epoch
    least, largest = recipe.steps
    epochs = max(1, int(min(max(recipe.epochs, math.ceil(least / steps)), largest / steps)))
    epochs = epochs if given.get("epochs") is None else given["epochs"]
    runs = recipe.runs if given.get("runs") is None else given["runs"]
    values = {"epochs": epochs, "batch_size": batch_size, "runs": runs}
    for name, value in (values | {"evaluate_every": extra["evaluate_every"]}).items():
        if value < 1:
            raise ValueError(f"`{name}` must be at least 1. Received: {value}")
    seed = given.get("seed") or 0
    if not 0 <= seed < 2**31 - values["runs"]:
        raise ValueError(f"`seed` must be at least 0 and below 2**31 - runs. Received: {seed}")
    least = 2 if entry.model.drop_remainder else 1
    if batch_size < least:
        raise ValueError(f"`batch_size` must be at least {least}. Received: {batch_size}")
    if extra["ofm_batches"] is not None and extra["ofm_batches"] < 1:
        raise ValueError(f"`ofm_batches` must be at least 1, or None for all. Received: {extra['ofm_batches']}")
    without_effect = [name for name in ("epochs", "batch_size") if given.get(name) is not None]
    if without_effect and issubclass(entry.model, ShallowModel):
        logger.warning("%s is not refined in epochs: %s without effect", method, " and ".join(without_effect))
    return Settings(
        method=method,
        dataset=data.info.name,
        preset=preset,
        split=given.get("split") or "all",
        n_clusters=n_clusters,
        model=model,
        seed=seed,
        precision=given.get("precision") or "float32",
        target_range=recipe.range,
        extra=extra,
        data_sha256=data.info.sha256,
        rows_sha256=sha256_of(data.x),
        **values,
    )


def _check_asked(data, asked):
    """Refuse, by a ValueError, what `--set` asks for and the rows cannot have."""
    side, distortion = asked.get("image_side"), asked.get("augmentation")
    if side is not None and (type(side) is not int or side < 1):
        raise ValueError(f"`image_side` must be an integer of at least 1, or None. Received: {side!r}")
    if distortion is not None:
        check_choice("augmentation", str(distortion), AUGMENTATIONS)
    for name in ("image_side", "augmentation"):
        if asked.get(name) not in (None, "none") and data.info.kind != "image":
            raise ValueError(f"`{name}` is for images. Received: {data.info.name}, rows of shape {data.x.shape[1:]}")
