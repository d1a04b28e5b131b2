"""Recipes of the baselines on raw features."""

from tfcluster.experiments.recipe import Method, Preset
from tfcluster.models import GMM, KMeans

__all__ = ["SHALLOW_METHODS"]

_RAW = {"range": (0.0, 1.0)}

SHALLOW_METHODS = {
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
