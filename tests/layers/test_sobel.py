import keras
import numpy as np

from tfcluster.layers import Sobel


def test_edges_by_hand():
    image = np.zeros((1, 5, 5, 3), np.float32)
    image[0, :, 3:] = [1.0, 2.0, 3.0]  # grey 2 on the right
    across, down = np.moveaxis(Sobel()(image).numpy()[0], -1, 0)
    assert across[2].tolist() == [0.0, 0.0, -8.0, -8.0, 8.0]  # zeros beyond the border
    assert (down[1:4, 1:4] == 0).all()
    turned = Sobel()(image.transpose(0, 2, 1, 3)).numpy()[0]
    np.testing.assert_array_equal(turned[..., 1], across.T)


def test_round_trip(tmp_path):
    inputs = keras.Input((4, 4, 1))
    keras.Model(inputs, Sobel()(inputs)).save(tmp_path / "m.keras")
    model = keras.models.load_model(tmp_path / "m.keras")
    assert model.output_shape == (None, 4, 4, 2)
    assert not model.trainable_weights
