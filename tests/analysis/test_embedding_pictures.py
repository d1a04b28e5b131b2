import numpy as np

from tfcluster.analysis import EmbeddingPictures
from tfcluster.models import DDC


def test_pictures_of_chosen_epochs(tmp_path, easy_rows):
    x, y = easy_rows
    pictures = EmbeddingPictures(tmp_path, x, y, epochs=(1, 3), limit=100)
    assert pictures.x.shape == (100, 8)
    DDC(3, backbone="mlp").fit(x, epochs=4, batch_size=100, verbose=0, callbacks=[pictures])
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"embedding-pca-000{epoch}.png" for epoch in (1, 3, 4)]
    np.testing.assert_array_equal(pictures.y, y[np.isin(x, pictures.x).all(axis=1)])
