"""Models as servers take them: a SavedModel that needs no tfcluster."""

from tfcluster.serving.export import export_serving, serving_signatures
from tfcluster.serving.rest import RequestError, ServedModel, make_application
from tfcluster.serving.warmup import read_warmup, write_warmup

__all__ = [
    "RequestError",
    "ServedModel",
    "export_serving",
    "make_application",
    "read_warmup",
    "serving_signatures",
    "write_warmup",
]
