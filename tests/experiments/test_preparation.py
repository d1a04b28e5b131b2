import dataclasses

import keras
import numpy as np
import pytest

from tfcluster.data import ClusteringData, load
from tfcluster.experiments import preparation
from tfcluster.experiments.preparation import check_labels, known_labels, model_arguments, preprocessing_for
from tfcluster.layers import ColorJitter, RandomAffine, RandomResizedCrop


def images(side, low=0.0, high=255.0):
    info = dataclasses.replace(load("digits").info, range=(low, high))
    return ClusteringData(np.full((4, side, side, 1), high, np.float32), None, info)


def test_small_images_are_enlarged_by_a_whole_factor():
    for side, expected in ((8, 24), (16, 32), (28, 28), (64, 64)):
        layers = preprocessing_for(images(side), "cnn_small", (-1.0, 1.0))
        assert layers(images(side).x).shape[1:3] == (expected, expected)
    assert preprocessing_for(images(8), "mlp", (-1.0, 1.0))(images(8).x).shape == (4, 8, 8, 1)


def test_range():
    data = images(28, 0.0, 16.0)
    for target in ((-1.0, 1.0), (0.0, 1.0)):
        layers = preprocessing_for(data, "cnn_small", target)
        np.testing.assert_allclose(layers(data.x), target[1], atol=1e-6)
        np.testing.assert_allclose(layers(0 * data.x), target[0], atol=1e-6)


def test_features(rng):
    x = rng.normal(size=(100, 3)).astype(np.float32) * [1.0, 10.0, 100.0] + 5.0
    info = dataclasses.replace(load("blobs").info, name="csv:own.csv")
    table = preprocessing_for(ClusteringData(x, None, info), "mlp", (-1, 1))(x).numpy()
    np.testing.assert_allclose(table.mean(0), 0.0, atol=1e-5)
    np.testing.assert_allclose(table.std(0), 1.0, rtol=1e-4)
    features = preprocessing_for(ClusteringData(x, None, load("blobs").info), "mlp", (-1, 1))(x.astype(np.float32))
    np.testing.assert_allclose(np.mean(np.square(features)), 1.0, rtol=1e-4)
    assert preprocessing_for(ClusteringData(x, None, info), "mlp", (-1, 1), scaling="none") is None


def test_constant_columns_are_zeros(rng):
    x = rng.normal(size=(50, 3)).astype(np.float32)
    x[:, 1] = 4.0
    info = dataclasses.replace(load("blobs").info, name="csv:own.csv")
    table = preprocessing_for(ClusteringData(x, None, info), "mlp", (-1, 1))(x).numpy()
    np.testing.assert_allclose(table[:, 1], 0.0, atol=1e-5)


def test_names_become_layers():
    digits, blobs = load("digits"), load("blobs")
    arguments = {"augmentation": "affine", "taps": "pooled", "backbone": "cnn_small"}
    found = model_arguments(arguments, digits, 3)
    assert isinstance(found["augmentation"], RandomAffine)
    assert found["augmentation"].seed == 3
    assert found["taps"] == ("block1_pool", "block2_pool")
    crop = model_arguments({"augmentation": "crop"}, digits, 3)["augmentation"]
    assert isinstance(crop, RandomResizedCrop)
    both = model_arguments({"augmentation": "crop_color"}, digits, 3, (0.0, 1.0))["augmentation"]
    assert [type(layer) for layer in both.layers] == [RandomResizedCrop, ColorJitter]
    assert (both.layers[1].low, both.layers[1].high) == (0.0, 1.0)
    found = model_arguments(arguments | {"backbone": "mlp"}, blobs, 3)
    assert found["augmentation"] is None
    assert found["taps"] is None
    automatic = {"reconstruction_weight": "auto"}
    assert model_arguments(automatic, digits, 3)["reconstruction_weight"] == 5.314
    enlarged = keras.layers.Resizing(28, 28)  # as the model sees them
    assert model_arguments(automatic, digits, 3, preprocessing=enlarged)["reconstruction_weight"] == 1.0
    means = {"reconstruction_weight": "mean"}
    assert model_arguments(means, digits, 3)["reconstruction_weight"] == 1 / 64
    assert model_arguments(means, digits, 3, preprocessing=enlarged)["reconstruction_weight"] == 1 / 784
    with pytest.raises(ValueError, match="`reconstruction_weight` must be one of auto, mean"):
        model_arguments({"reconstruction_weight": "sum"}, digits, 3)
    found = [model_arguments({"likelihood": "auto"}, data, 3)["likelihood"] for data in (digits, blobs)]
    assert found == ["cross_entropy", "mse"]


def test_known_labels_are_as_many_of_each_class():
    y = np.array([0, 1, 2] * 10)
    known = known_labels(y, 6, 3, seed=0)
    assert np.bincount(known[known >= 0]).tolist() == [2, 2, 2]
    np.testing.assert_array_equal(known[known >= 0], y[known >= 0])
    np.testing.assert_array_equal(known_labels(y, 6, 3, seed=0), known)
    assert (known_labels(y, 6, 3, seed=1) != known).any()


def test_labels_of_the_user_are_taken_as_they_are():
    y = np.array([0, -1, 1, -1])
    assert known_labels(y, 100, 2, seed=0) is y
    check_labels(y, 100, 2)


@pytest.mark.parametrize(("y", "n_clusters"), [([0, 1, 2, 3], 3), ([0, 1, 2, 3], 7), ([-1, -1], 2), ([0, -1, 2], 3)])
def test_every_class_has_a_label(y, n_clusters):
    message = f"--clusters must be their number. Received: {n_clusters}, and labels of {len({*y} - {-1})} classes"
    with pytest.raises(ValueError, match=message):
        check_labels(np.array(y), n_clusters, n_clusters)


@pytest.mark.parametrize("count", [0, -3, 4, 33])
def test_numbers_of_labels_that_cannot_be_had(count):
    with pytest.raises(
        ValueError, match=r"multiple of the 3 classes, and at most 30 \(10 of each are the default\). Received"
    ):
        check_labels(np.array([0, 1, 2] * 10), count, 3)
    with pytest.raises(ValueError, match="learns from labels"):
        check_labels(None, 3, 3)


def test_scales_are_those_of_all_rows(rng, monkeypatch):
    monkeypatch.setattr(preparation, "_BLOCK", 21)
    x = (5.0 + rng.normal(size=(100, 3)) * [1.0, 10.0, 100.0]).astype(np.float32)
    x[:, 1] = 0.1
    info = load("blobs").info
    scale = preprocessing_for(ClusteringData(x, None, info), "mlp", (-1, 1)).layers[0].scale
    assert scale == pytest.approx(1.0 / np.sqrt(np.square(x.astype(float)).mean()), rel=1e-12)
    info = dataclasses.replace(info, name="csv:own.csv")
    config = preprocessing_for(ClusteringData(x, None, info), "mlp", (-1, 1)).layers[0].get_config()
    np.testing.assert_allclose(config["mean"], x.mean(axis=0, dtype=float), rtol=1e-12)
    variance = x.var(axis=0, dtype=float)
    np.testing.assert_allclose(config["variance"], [variance[0], 1.0, variance[2]], rtol=1e-12)
