"""Recipes of DeepCluster, DeepCluster-v2 and JULE.

`paper` has the network, the optimiser and the batch of the published code; its 10,000 pseudo-clusters are for a million
images, for which the sets here have too few rows: it takes 1,000. Crops have a share of the area of 0.3 and more, there
0.08. `default` has a learning rate of 0.01 in place of 0.05 and keeps pseudo-labels for 70 steps at least: in the few
steps of an epoch of a small set no new head learns them.

DeepCluster-v2's `paper` has its ResNet-50, heads, temperature and numbers of crops, but 1,000 prototypes, batches of
256 and a constant rate with SGD in place of 4,096, LARS and a cosine; large crops of 0.3 of the area and more (there
0.14), small ones cut from these, half the colour jitter without hue, and no blur.
"""

from tfcluster.experiments.recipe import AGREEMENT, Method, Preset
from tfcluster.models import JULE, DeepCluster, DeepClusterV2

__all__ = ["DEEP_CLUSTER_METHODS"]

_RECOMMENDED = {
    "backbone": {"large": "alexnet", "image": "cnn_small", "features": "mlp"},
    "augmentation": {"large": "crop", "image": "affine", "features": None},
    "sobel": {"large": True, "image": False, "features": False},
    "learning_rate": 0.01,
    "reassign_every": None,
}

_V2 = {
    "backbone": {"large": "resnet18", "image": "cnn_small", "features": "mlp"},
    "augmentation": {"large": "crop_color", "image": "affine", "features": None},
    "small_crops": {"large": 2, "image": 0, "features": 0},
    "projection_units": 512,
    "learning_rate": 0.01,
}

_JULE = {"backbone": {"image": "cnn_jule", "features": "mlp"}}

DEEP_CLUSTER_METHODS = {
    "deepcluster": Method(
        DeepCluster,
        AGREEMENT,
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
    "deepcluster_v2": Method(
        DeepClusterV2,
        AGREEMENT,
        {
            "default": Preset(
                model=_V2, epochs=50, batch_size=128, steps=(1000, 10_000), evaluate_every=1, range=(0.0, 1.0)
            ),
            "paper": Preset(
                model={
                    "backbone": "resnet50",
                    "augmentation": "crop_color",
                    "small_crops": 6,
                    "n_prototypes": 1000,
                    "clipnorm": None,
                },
                epochs=400,
                batch_size=256,
                evaluate_every=5,
                range=(0.0, 1.0),
            ),
            "fast": Preset(model=_V2, epochs=5, batch_size=128, steps=(100, 500), evaluate_every=1, range=(0.0, 1.0)),
        },
        "Caron, Misra, Mairal, Goyal, Bojanowski, Joulin, NeurIPS 2020",
    ),
    "jule": Method(
        JULE,
        AGREEMENT,
        {
            "default": Preset(model=_JULE, epochs=200, batch_size=100, evaluate_every=20),
            "paper": Preset(
                model={**_JULE, "least_rows": 1, "clipnorm": None}, epochs=1000, batch_size=100, evaluate_every=20
            ),
            "fast": Preset(model={**_JULE, "period": 3}, epochs=15, batch_size=100, evaluate_every=3),
        },
        "Yang, Parikh, Batra, CVPR 2016",
    ),
}
