"""Data sets by name, and the user's own."""

from tfcluster.data.dataset import ClusteringData, DataInfo
from tfcluster.data.loading import has_split, load
from tfcluster.data.registry import get_entry, names

__all__ = ["ClusteringData", "DataInfo", "get_entry", "has_split", "load", "names"]
