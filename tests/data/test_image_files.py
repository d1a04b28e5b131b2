import numpy as np
import pytest

from tests.helpers import write_image
from tfcluster.data import ClusteringData, DataInfo
from tfcluster.data.files import sha256_of
from tfcluster.data.image_files import ImageFiles
from tfcluster.models import DDC, KMeans


@pytest.fixture
def images(tmp_path, rng):
    """Images of two kinds in files, and the array of them."""
    array = rng.integers(0, 60, (40, 24, 24, 1)).astype(np.uint8)
    array[1::2] += 180
    files = []
    for index, image in enumerate(array):
        files.append(tmp_path / f"{index}.png")
        write_image(files[-1], 24, image, channels=1)
    return ImageFiles(files, (24, 24, 1)), array


def test_indexed_as_an_array(images):
    found, array = images
    assert (len(found), found.shape, found.nbytes, found.size) == (40, array.shape, array.nbytes, array.size)
    for index in (3, slice(2, 9), slice(None), slice(38, 99), np.array([7, 7, 0]), np.array([], int)):
        np.testing.assert_array_equal(found[index], array[index])


def test_checksum_is_that_of_the_array(images):
    assert sha256_of(images[0]) == sha256_of(images[1])


def test_a_sample_decodes_nothing(images, monkeypatch):
    monkeypatch.setattr("tfcluster.data.image_files.decoded_image", None)
    info = DataInfo("folder:x", "image", (0.0, 255.0), None, "x")
    data = ClusteringData(images[0], None, info).sample(10)
    assert data.x.shape == (10, 24, 24, 1)
    monkeypatch.undo()
    expected = ClusteringData(images[1], None, info).sample(10).x
    np.testing.assert_array_equal(data.x[:], expected)


@pytest.mark.parametrize("make", [lambda: DDC(2, seed=1, norm_momentum=0.8), lambda: KMeans(2)])
def test_models_take_them_as_an_array(images, make):
    fitted = []
    for rows in images:
        model = make()
        model.fit(rows, epochs=2, batch_size=20, verbose=0)
        fitted.append((model.cluster(rows), model.embed(images[1])))
    for found, expected in zip(*fitted, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_file_that_has_gone_is_named(images):
    with open(images[0].files[5], "wb") as stream:
        stream.write(b"no image")
    with pytest.raises(OSError, match=r"5.png can no longer be decoded"):
        images[0][:]
