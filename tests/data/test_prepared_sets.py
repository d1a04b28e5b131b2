import numpy as np
import pytest

from tfcluster.data import load
from tfcluster.data.prepared_sets import read_prepared


@pytest.mark.parametrize("labelled", [False, True])
def test_tensorflow_datasets(tmp_path, monkeypatch, labelled):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    images = np.arange(6 * 64, dtype=np.uint8).reshape(6, 8, 8, 1)
    features, arrays = {"image": tfds.features.Image(shape=(8, 8, 1))}, {"image": images}
    if labelled:
        features["label"] = tfds.features.ClassLabel(names=["cat", "bird", "dog"])
        arrays["label"] = np.array([2, 0, 0, 2, 2, 0])  # no bird
    tfds.dataset_builders.store_as_tfds_dataset(
        name="pets",
        version="1.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets={"train": tf.data.Dataset.from_tensor_slices(arrays)},
        data_dir=tmp_path,
        disable_shuffling=True,
    )
    monkeypatch.setattr(tfds, "builder", lambda name: tfds.builder_from_directory(tmp_path / name / "1.0.0"))
    data = load("tfds:pets")
    np.testing.assert_array_equal(data.x, images)
    assert data.info.kind == "image"
    assert data.info.label_names == (("cat", "dog") if labelled else None)
    if labelled:
        assert data.y.tolist() == [1, 0, 0, 1, 1, 0]


@pytest.mark.parametrize("in_memory", [10**9, 1000])
def test_tensorflow_datasets_of_images_of_several_sizes(tmp_path, monkeypatch, in_memory):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    images = [np.full((side, side + 4, 3), side, np.uint8) for side in (10, 40, 90)]
    tfds.dataset_builders.store_as_tfds_dataset(
        name="pets",
        version="1.0.0",
        features=tfds.features.FeaturesDict({"image": tfds.features.Image(), "label": tf.int64}),
        split_datasets={
            "test": tf.data.Dataset.from_generator(
                lambda: ({"image": image, "label": 7} for image in images),
                output_signature={
                    "image": tf.TensorSpec((None, None, 3), tf.uint8),
                    "label": tf.TensorSpec((), tf.int64),
                },
            )
        },
        data_dir=tmp_path,
        disable_shuffling=True,
    )
    monkeypatch.setattr(tfds, "builder", lambda name: tfds.builder_from_directory(tmp_path / name / "1.0.0"))
    x, y, names, _ = read_prepared("tfds:pets", "pets", in_memory=in_memory)
    assert isinstance(x, np.memmap) == (in_memory == 1000)
    assert x.shape == (3, 64, 64, 3)
    assert x[:, 0, 0, 0].tolist() == [10, 40, 90]
    assert (y.tolist(), names) == ([0, 0, 0], ("7",))
    assert load("tfds:pets", image_size=16).x.shape == (3, 16, 16, 3)
