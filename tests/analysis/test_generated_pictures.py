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


def test_what_the_cells_of_the_grids_are(easy_images):
    x = easy_images[0]
    model = GumbelVAE(3, **SMALL, feature_dim=8, latent_dim=4)
    model.build((None, 20, 20, 1))
    for weight in (*model.mean.weights, *model.from_category.weights):  # visible differences
        weight.assign(20.0 * weight)
    pictures = generated_pictures(model, x, seed=5)

    def cell(name, row, column):
        return pictures[name][2 + 22 * row : 22 + 22 * row, 2 + 22 * column : 22 + 22 * column].squeeze()

    def grey(drawn):
        return np.clip(255.0 * drawn, 0, 255).squeeze()

    most = int(model.active_dimensions(x[:1000], least=0.0)[0])
    for category in range(3):
        drawn = model.generate(10, category, 5)
        np.testing.assert_allclose(cell("generated", category, 4), grey(drawn[4]), atol=1)
        np.testing.assert_allclose(cell("style", 2, 1 + category), grey(model.style(x[:10])[2, category]), atol=1)
        moved = model.traverse(x[:1], category, most, (3.0,))[0, 0]
        np.testing.assert_allclose(cell("traversal", category, 8), grey(moved), atol=1)
    np.testing.assert_array_equal(cell("reconstructed", 0, 3), x[3].squeeze())  # the rows above
    np.testing.assert_allclose(cell("reconstructed", 1, 3), grey(model.reconstruct(x[:10])[3]), atol=1)
