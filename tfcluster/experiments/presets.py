"""Methods by name, and their recipes.

`paper` is what tk-uco published. `default` was developed with labels on digits and Fashion-MNIST only, then frozen.
`fast` is a first look.
"""

import dataclasses
import math

from tfcluster.models import DDC, DDCAE, DDCUCO, GMM, KMeans
from tfcluster.utils import check_choice

__all__ = ["METHODS", "PRESETS", "Method", "Preset", "get_method"]

PRESETS = ("default", "paper", "fast")


@dataclasses.dataclass(frozen=True)
class Preset:
    """A recipe: what the model, the training and the preparation of the data are given.

    Attributes:
        model: Arguments of the model; `augmentation` is `"affine"` or None here.
        epochs: Epochs of refinement.
        batch_size: Rows in a step.
        runs: Number of runs, with consecutive seeds.
        evaluate_every: Epochs between evaluations.
        steps: Least and largest number of steps in all: a small set gets more epochs, a large one fewer.
        ofm: `"simple"`, `"pairwise"` or `"none"`.
        range: What the values of images are scaled to.
        image_side: Side that images are resized to; None enlarges only those that the backbone cannot take.
        sets: What is different for a data set, by its name.
    """

    model: dict = dataclasses.field(default_factory=dict)
    epochs: int = 1
    batch_size: int = 120
    runs: int = 1
    evaluate_every: int = 4
    steps: tuple[float, float] = (0, math.inf)
    ofm: str = "none"
    range: tuple[float, float] = (-1.0, 1.0)
    image_side: int | None = None
    sets: dict[str, dict] = dataclasses.field(default_factory=dict)

    def for_set(self, name):
        """The recipe for a data set."""
        return dataclasses.replace(self, **self.sets.get(name, {}))


@dataclasses.dataclass(frozen=True)
class Method:
    """A method of the command line.

    Attributes:
        model: Its class.
        selection: How a run is chosen without labels, in words.
        presets: Recipes by name.
        paper: Where it was published.
    """

    model: type
    selection: str
    presets: dict[str, Preset]
    paper: str


_PAPER_SETS = {"coil100": {"range": (0.0, 1.0), "image_side": 64}}
_LOSS = "lowest loss on fixed batches in inference mode"
_TK_UCO = "Trosten, Jenssen, Kampffmeyer, tk-uco (2022)"


def _ddc_presets(paper, default):
    """The three presets of a DDC method from what it has of its own."""
    views = {"augmentation": "affine", "balance": 1.0, "bandwidth": "quantile", "norm_momentum": 0.9}
    ofm = paper.pop("ofm", "none")
    return {
        "paper": Preset(model=paper, epochs=200, runs=20, ofm=ofm, sets=_PAPER_SETS),
        "default": Preset(model=views | default, epochs=15, steps=(300, 3000), runs=3),
        "fast": Preset(model=views | default, epochs=2, steps=(150, 600), runs=1, evaluate_every=2),
    }


_RAW = {"range": (0.0, 1.0)}

METHODS = {
    "ddc": Method(DDC, _LOSS, _ddc_presets({}, {}), "Kampffmeyer et al., Neural Networks 113 (2019); " + _TK_UCO),
    "ddc_ae": Method(DDCAE, _LOSS, _ddc_presets({"ofm": "simple"}, {}), _TK_UCO),
    "ddc_uco": Method(
        DDCUCO,
        _LOSS,
        _ddc_presets(
            {"ofm": "simple", "learning_rate": 1e-4},
            {"taps": "pooled", "uco_weight": 0.1, "uco_bandwidth": "quantile"},
        ),
        _TK_UCO,
    ),
    "kmeans": Method(
        KMeans,
        "lowest inertia",
        {"default": Preset(**_RAW), "paper": Preset(runs=5, **_RAW), "fast": Preset(model={"n_init": 1}, **_RAW)},
        "Lloyd (1982), k-means++ of Arthur and Vassilvitskii (2007)",
    ),
    "gmm": Method(
        GMM,
        "highest likelihood",
        {"default": Preset(**_RAW), "paper": Preset(runs=5, **_RAW), "fast": Preset(**_RAW)},
        "Dempster, Laird, Rubin (1977)",
    ),
}
"""Methods by their name on the command line."""


def get_method(name):
    """The method of that name; raises a `ValueError` that names the nearest ones."""
    check_choice("method", name, METHODS)
    return METHODS[name]
