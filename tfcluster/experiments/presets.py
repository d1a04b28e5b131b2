"""Methods by their name on the command line."""

from tfcluster.experiments.recipe import PRESETS, Method, Preset
from tfcluster.experiments.recipes_ddc import DDC_METHODS
from tfcluster.experiments.recipes_dec import DEC_METHODS
from tfcluster.experiments.recipes_deep_cluster import DEEP_CLUSTER_METHODS
from tfcluster.experiments.recipes_generative import GENERATIVE_METHODS
from tfcluster.experiments.recipes_semi_supervised import SEMI_SUPERVISED_METHODS
from tfcluster.experiments.recipes_shallow import SHALLOW_METHODS
from tfcluster.utils import check_choice

__all__ = ["METHODS", "PRESETS", "Method", "Preset", "get_method"]

METHODS = {
    **DDC_METHODS,
    **DEC_METHODS,
    **DEEP_CLUSTER_METHODS,
    **GENERATIVE_METHODS,
    **SEMI_SUPERVISED_METHODS,
    **SHALLOW_METHODS,
}
"""Methods by their name on the command line."""


def get_method(name):
    """The method of that name; raises a `ValueError` that names the nearest ones."""
    check_choice("method", name, METHODS)
    return METHODS[name]
