"""Recipes of DeepCluster and JULE.

`paper` has the network, the optimiser and the batch of the published code; its 10,000 pseudo-clusters are for a million
images, for which the sets here have too few rows: it takes 1,000. Crops have a share of the area of 0.3 and more, there
0.08. `default` has a learning rate of 0.01 in place of 0.05 and keeps pseudo-labels for 70 steps at least: in the few
steps of an epoch of a small set no new head learns them.
"""

from tfcluster.experiments.recipe import Method, Preset
from tfcluster.models import JULE, DeepCluster

__all__ = ["DEEP_CLUSTER_METHODS"]

_RECOMMENDED = {
    "backbone": {"large": "alexnet", "image": "cnn_small", "features": "mlp"},
    "augmentation": {"large": "crop", "image": "affine", "features": None},
    "sobel": {"large": True, "image": False, "features": False},
    "learning_rate": 0.01,
    "reassign_every": None,
}

_JULE = {"backbone": {"image": "cnn_jule", "features": "mlp"}}

DEEP_CLUSTER_METHODS = {
    "deepcluster": Method(
        DeepCluster,
        "highest mean NMI to the other runs",
        {
            "default": Preset(model=_RECOMMENDED, epochs=50, batch_size=128, steps=(1000, 10_000), evaluate_every=1),
            "paper": Preset(
                model={"backbone": "alexnet", "augmentation": "crop", "n_prototypes": 1000, "clipnorm": None},
                epochs=500,
                batch_size=256,
                evaluate_every=5,
                range=(0.0, 1.0),
            ),
            "fast": Preset(model=_RECOMMENDED, epochs=5, batch_size=128, steps=(100, 500), evaluate_every=1),
        },
        "Caron, Bojanowski, Joulin, Douze, ECCV 2018",
    ),
    "jule": Method(
        JULE,
        "highest mean NMI to the other runs",
        {
            "default": Preset(model=_JULE, epochs=200, batch_size=100, evaluate_every=20),
            "paper": Preset(model=_JULE, epochs=1000, batch_size=100, evaluate_every=20),
            "fast": Preset(model={**_JULE, "period": 3}, epochs=15, batch_size=100, evaluate_every=3),
        },
        "Yang, Parikh, Batra, CVPR 2016",
    ),
}
