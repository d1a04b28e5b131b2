import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.layers import RandomAffine
from tfcluster.models import DDC, DDCUCO, GMM, IDEC, AEKMeans, KMeans


def test_a_users_backbone_with_taps(easy_rows):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu", name="first"), keras.layers.Dense(4)])
    model = DDCUCO(3, backbone=encoder, taps=["first"])
    assert "uco_1" in model.fit(easy_rows[0], epochs=1, batch_size=60, verbose=0).history
    with pytest.raises(ValueError, match="`taps` must name layers of the user's own backbone"):
        DDCUCO(3, backbone=encoder)


class Plus(keras.layers.Layer):
    def call(self, x, training=False):
        return x + 1.0 if training else x


@pytest.mark.parametrize(("method", "views"), [(DDC, 2), (IDEC, 1)])
def test_what_the_network_sees_in_training(method, views, rng):
    x = rng.normal(size=(5, 3)).astype(np.float32)
    model = method(2, "mlp", preprocessing=keras.layers.Rescaling(10.0), augmentation=Plus())
    model.build((None, 3))
    seen, network = [], model.network
    model.network = lambda rows, training: seen.append(rows) or network(rows, training)
    for training in (False, True):
        model(x, training=training)
    np.testing.assert_allclose(seen[0], 10.0 * x, rtol=1e-6)
    expected = [10.0 * x, 10.0 * x + 1.0] if views == 2 else [10.0 * x + 1.0]
    np.testing.assert_allclose(seen[1], np.concatenate(expected), rtol=1e-6)


def test_views_of_an_output():
    output = tf.constant([[1.0], [2.0], [3.0], [4.0]])
    model = DDC(2, "mlp", augmentation=Plus())
    first, second = model.views(output, training=True)
    np.testing.assert_array_equal(first, [[1.0], [2.0]])
    np.testing.assert_array_equal(second, [[3.0], [4.0]])
    np.testing.assert_array_equal(model.of_other_view(output, training=True), [[3.0], [4.0], [1.0], [2.0]])
    for single, training in ((model, False), (IDEC(2, "mlp", augmentation=Plus()), True), (DDC(2, "mlp"), True)):
        np.testing.assert_array_equal(single.of_other_view(output, training), output)


def test_the_shape_of_a_row_is_known():
    with pytest.raises(ValueError, match=r"shape of a row must be known. Received: \(None, None, 3\)"):
        DDC(2, "mlp").build((None, None, 3))


@pytest.mark.parametrize("name", ["preprocessing", "augmentation"])
def test_what_is_no_layer_is_refused(easy_rows, name):
    with pytest.raises(ValueError, match=f"`{name}` must be a Keras layer or None. Received: <function"):
        DDC(3, backbone="mlp", **{name: lambda x: x}).fit(easy_rows[0], verbose=0)


def test_images_are_distorted_and_not_vectors(easy_rows):
    with pytest.raises(ValueError, match="expected ndim=4, found ndim=2"):
        DDC(3, backbone="mlp", augmentation=RandomAffine()).fit(easy_rows[0], epochs=1, verbose=0)


def test_rows_of_another_shape_are_refused(easy_rows):
    model = DDC(3, "mlp", hidden_units=8)
    model.fit(easy_rows[0], epochs=1, batch_size=60, verbose=0)
    for call in (model.fit, model.cluster, model.embed, model.predict):
        with pytest.raises(ValueError, match=r"built for rows of shape \(8,\)\. Received: \(7,\)"):
            call(easy_rows[0][:, :7])


def test_a_layer_that_cannot_be_saved_trains_all_the_same(easy_rows):
    class Halve(keras.layers.Layer):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def call(self, x):
            return self.factor * x

        def compute_output_shape(self, input_shape):
            return input_shape

        def get_config(self):
            raise NotImplementedError

    KMeans(3, preprocessing=Halve(0.5)).fit(easy_rows[0], verbose=0)


@pytest.mark.parametrize("method", [DDC, IDEC])
def test_a_model_has_its_own_precision(method, easy_images, tmp_path):
    x = easy_images[0][:60]
    model = method(3, backbone="mlp", preprocessing=keras.layers.Rescaling(1 / 255), dtype="mixed_bfloat16")
    if method is IDEC:
        model.pretrain_epochs = 1
    model.fit(x, epochs=1, batch_size=30, verbose=0)
    assert keras.config.dtype_policy().name == "float32"
    made = [model.encoder, *([model.decoder] if method is IDEC else [])]
    assert {part.layers[-1].compute_dtype for part in made} == {"bfloat16"}
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_features_of_shallow_methods_stay_float32(easy_rows):
    x, _ = easy_rows
    found = []
    for dtype in ("float32", "mixed_bfloat16"):
        model = GMM(3, dtype=dtype)
        model.fit(x, verbose=0)
        found.append(model.predict(x, verbose=0))
    np.testing.assert_array_equal(*found)

    model = AEKMeans(3, backbone="mlp", embedding_dim=2, pretrain_epochs=1, dtype="mixed_bfloat16")
    model.fit(x, verbose=0)
    assert model.encoder.compute_dtype == "bfloat16"
    assert model.embed(x).dtype == np.float32


@pytest.mark.parametrize("method", [KMeans, IDEC])
def test_rows_are_preprocessed_before_they_are_rounded(rng, method):
    x = 1000.0 + rng.normal(size=(40, 3)).astype(np.float32)
    norm = keras.layers.Normalization(mean=[1000.0] * 3, variance=[1.0] * 3, dtype="float32")
    model = method(2, preprocessing=norm, dtype="mixed_bfloat16")
    model.build((None, 3))
    seen = []
    network = model.network
    model.network = lambda rows, training: seen.append(rows) or network(rows, training)
    model(x)
    np.testing.assert_allclose(np.asarray(seen[0], np.float32), x - 1000.0, atol=0.03)
