"""Deep clustering with Keras.

`tfcluster.models` holds one `keras.Model` for each method, `tfcluster.layers` the layers to build with,
`tfcluster.data.load` the data sets, `tfcluster.estimators` the methods for scikit-learn. On the command line:
`tfcluster --help`.
"""

import os

from tfcluster.quiet import quiet_stderr

# TensorFlow's notes about the processor, printed when it is loaded; later warnings and errors stay.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
with quiet_stderr():
    import tensorflow  # noqa: F401

from tfcluster import analysis, backbones, data, estimators, layers, losses, metrics, models, ops, serving
from tfcluster.version import __version__

__all__ = [
    "__version__",
    "analysis",
    "backbones",
    "data",
    "estimators",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "serving",
]
