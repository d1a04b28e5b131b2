"""Recipes of DeepCluster.

`paper` has the network, the optimiser and the batch of the published code; its 10,000 pseudo-clusters are for a million
images, for which the sets here have too few rows: it takes 1,000, and distorts images by small affine maps in place of
random crops.
"""

from tfcluster.experiments.recipe import Method, Preset
from tfcluster.models import DeepCluster

__all__ = ["DEEP_CLUSTER_METHODS"]

_BACKBONE = {"backbone": {"large": "alexnet", "image": "cnn_small", "features": "mlp"}}
_IMAGES = {**_BACKBONE, "augmentation": "affine", "sobel": False}

DEEP_CLUSTER_METHODS = {
    "deepcluster": Method(
        DeepCluster,
        "highest mean NMI to the other runs",
        {
            "default": Preset(model=_IMAGES, epochs=50, batch_size=128, steps=(1000, 10_000), evaluate_every=1),
            "paper": Preset(
                model={"backbone": "alexnet", "augmentation": "affine", "n_prototypes": 1000, "clipnorm": None},
                epochs=500,
                batch_size=256,
                evaluate_every=5,
                range=(0.0, 1.0),
            ),
            "fast": Preset(model=_IMAGES, epochs=5, batch_size=128, steps=(100, 500), evaluate_every=1),
        },
        "Caron, Bojanowski, Joulin, Douze, ECCV 2018",
    ),
}
