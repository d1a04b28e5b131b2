"""Recipes of deep divergence-based clustering.

`paper` is what tk-uco published, but for the distances of the tensor kernels, which correct for the rank
(`original_distances=True` gives theirs). `default` was developed with labels on digits and Fashion-MNIST only,
then frozen. `fast` is a first look.
"""

from tfcluster.experiments.recipe import Method, Preset
from tfcluster.models import DDC, DDCAE, DDCUCO

__all__ = ["DDC_METHODS"]

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


DDC_METHODS = {
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
}
