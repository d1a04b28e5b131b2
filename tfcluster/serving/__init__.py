"""Models as servers take them: a SavedModel that needs no tfcluster."""

from tfcluster.serving.export import export_serving, serving_signatures
from tfcluster.serving.warmup import read_warmup, write_warmup

__all__ = ["export_serving", "read_warmup", "serving_signatures", "write_warmup"]
