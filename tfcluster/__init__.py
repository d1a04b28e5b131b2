"""Deep clustering with Keras.

`tfcluster.models` holds one `keras.Model` for each method, `tfcluster.layers` the layers to build with,
`tfcluster.data.load` the data sets. On the command line: `tfcluster --help`.
"""

from tfcluster import backbones, data, layers, losses, metrics, models, ops
from tfcluster.version import __version__

__all__ = ["__version__", "backbones", "data", "layers", "losses", "metrics", "models", "ops"]
