"""What a recipe is made of."""

import dataclasses
import math

from tfcluster.utils import counted

__all__ = ["AGREEMENT", "PRESETS", "UNTIL_IT_ENDS", "Method", "Preset"]

UNTIL_IT_ENDS = 10**6
"""Epochs of a method that ends by itself."""

PRESETS = ("default", "paper", "fast")
AGREEMENT = "highest mean NMI to the other runs (the first of fewer than three)"
"""How a run is chosen where `selection` is `"agreement"`."""


@dataclasses.dataclass(frozen=True)
class Preset:
    """A recipe: what the model, the training and the preparation of the data are given.

    Attributes:
        model: Arguments of the model; `augmentation` is one of `AUGMENTATIONS` here. A value may be a dict with one for
            data of kind `"image"` and one for `"features"`, and one for `"large"` images, of 63 pixels and more.
        epochs: Epochs of refinement.
        batch_size: Rows in a step.
        runs: Number of runs, with consecutive seeds.
        evaluate_every: Epochs between evaluations.
        steps: Least and largest number of steps in all: a small set gets more epochs, a large one fewer.
        image_pretrain_steps: Least number of steps of pretraining on images, beside `pretrain_epochs` of `model`: a
            small set gets more epochs. What distortion leaves is not learnt in fewer.
        ofm: `"simple"`, `"pairwise"` or `"none"`.
        range: What the values of images are scaled to.
        image_side: Side that images are resized to; None enlarges only those that the backbone cannot take.
        sets: What is different for a data set, by its name; of `model` only the arguments that are.
    """

    model: dict = dataclasses.field(default_factory=dict)
    epochs: int = 1
    batch_size: int = 120
    runs: int = 1
    evaluate_every: int = 4
    steps: tuple[float, float] = (0, math.inf)
    image_pretrain_steps: int = 0
    ofm: str = "none"
    range: tuple[float, float] = (-1.0, 1.0)
    image_side: int | None = None
    sets: dict[str, dict] = dataclasses.field(default_factory=dict)

    def duration(self):
        """How long a run is, in words."""
        least, most = self.steps
        if self.epochs >= UNTIL_IT_ENDS:
            return f"until it ends by itself, at most {most:,} steps"
        bounds = f", but {least:,} to {most:,} steps" if most < math.inf else ""
        steps = self.image_pretrain_steps
        before = f", of images after at least {steps:,} steps of pretraining" if steps else ""
        return counted(self.epochs, "epoch") + bounds + before

    def for_set(self, name):
        """The recipe for a data set."""
        changes = dict(self.sets.get(name, {}))
        changes["model"] = self.model | changes.get("model", {})
        return dataclasses.replace(self, **changes)


@dataclasses.dataclass(frozen=True)
class Method:
    """A method of the command line.

    Attributes:
        model: Its class.
        selection: How a run is chosen without labels, in words.
        presets: Recipes by name.
        paper: Where it was published.
        variant: What sets it apart from other methods of that class, in words, or nothing.
        images_only: Whether it makes no sense for other rows.
    """

    model: type
    selection: str
    presets: dict[str, Preset]
    paper: str
    variant: str = ""
    images_only: bool = False

    @property
    def summary(self):
        """What it is, in a line."""
        line = self.model.__doc__.splitlines()[0]
        return f"{line.rstrip('.')} {self.variant}." if self.variant else line
