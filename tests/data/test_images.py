import pathlib

import numpy as np

from tests.helpers import write_image
from tfcluster.data.images import decoded_image, image_files, resized


def test_order_of_images(tmp_path):
    for name in ("b/1.png", "a-b/1.png", "a/2.png", "a/10.png", "c.PNG", "a/c/1.jpg", "a/c.txt"):
        write_image(tmp_path / name, 8, 1)
    paths = [str(file.relative_to(tmp_path)) for file in image_files(tmp_path)]
    assert paths == ["a/10.png", "a/2.png", "a/c/1.jpg", "a-b/1.png", "b/1.png", "c.PNG"]


def test_a_folder_that_may_not_be_read(tmp_path, monkeypatch, caplog):
    write_image(tmp_path / "a" / "0.png", 8, 1)
    write_image(tmp_path / "lost+found" / "0.png", 8, 1)
    iterdir = pathlib.Path.iterdir

    def guarded(path):
        if path.name == "lost+found":
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(pathlib.Path, "iterdir", guarded)
    assert image_files(tmp_path) == [tmp_path / "a" / "0.png"]
    assert "lost+found may not be read and is left out" in caplog.text


def test_channels_and_sides_as_asked(tmp_path):
    write_image(tmp_path / "grey.png", 8, 100, channels=1)
    write_image(tmp_path / "colour.png", 8, 100)
    for name in ("grey.png", "colour.png"):
        for shape in ((8, 8, 1), (8, 8, 3), (4, 6, 3)):
            image = decoded_image(tmp_path / name, shape)
            assert image.dtype == np.uint8
            assert image.shape == shape
            np.testing.assert_allclose(image, 100, atol=1)
    (tmp_path / "broken.png").write_bytes(b"no image")
    assert decoded_image(tmp_path / "broken.png", (8, 8, 1)) is None


def test_an_image_of_that_size_is_left_alone(rng):
    image = rng.integers(0, 255, (5, 7, 3)).astype(np.uint8)
    assert resized(image, 5, 7) is image
    assert resized(image, 4).shape == (4, 4, 3)
