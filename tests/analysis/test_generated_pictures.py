import keras
import numpy as np
import pytest

from tfcluster.analysis import generated_pictures
from tfcluster.models import M1, GumbelVAE, VaDE

SMALL = {"preprocessing": keras.layers.Rescaling(1 / 255), "likelihood": "cross_entropy"}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [(GumbelVAE, {"feature_dim": 8, "latent_dim": 4}), (VaDE, {"pretrain_epochs": 0}), (M1, {"feature_dim": 4})],
    ids=["GumbelVAE", "VaDE", "M1"],
)
def test_grids(method, arguments, easy_images):
    x = easy_images[0]
    model = method(3, **SMALL, **arguments)
    model.build((None, 20, 20, 1))
    pictures = generated_pictures(model, x)
    heights = {name: (picture.shape[0] - 2) // 22 for name, picture in pictures.items()}
    widths = {name: (picture.shape[1] - 2) // 22 for name, picture in pictures.items()}
    if method is M1:
        assert heights == {"reconstructed": 2, "generated": 10}
        return
    assert heights == {"reconstructed": 2, "generated": 3, "style": 10, "traversal": 3}
    assert widths == {"reconstructed": 10, "generated": 10, "style": 4, "traversal": 9}
    np.testing.assert_array_equal(pictures["style"][2:22, 2:22], x[0])  # the row itself
