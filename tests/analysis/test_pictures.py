import sys

import numpy as np
import pytest
import tensorflow as tf

from tfcluster.analysis import image_grid, project, scatter_picture, write_png


def test_grid():
    images = np.zeros((2, 3, 20, 21, 1))
    images[1, 2, 0, 0] = 1.0
    picture = image_grid(images, border=1)
    assert picture.shape == (2 * 21 + 1, 3 * 22 + 1, 1)
    assert (picture[0] == 255).all()
    assert (picture[1, 1], picture[22, 45], picture[23, 45]) == (0, 255, 0)
    small = image_grid(images[:, :, :10, :10], border=1)
    assert small.shape == (2 * 21 + 1, 3 * 21 + 1, 1)
    assert (small[22:24, 43:45] == 255).all()
    np.testing.assert_array_equal(image_grid(images * 2 - 1, low=-1.0, border=1), picture)
    with pytest.raises(ValueError, match="must have the shape"):
        image_grid(images[0])


@pytest.mark.long
def test_umap_keeps_blobs_apart(rng):
    y = np.repeat([0, 1], 60)
    x = rng.normal(size=(120, 5)) + 9.0 * y[:, None]
    points = project(x, "umap")
    np.testing.assert_array_equal(points, project(x, "umap"))
    means = np.stack([points[y == j].mean(axis=0) for j in (0, 1)])
    nearest = np.linalg.norm(points[:, None] - means, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, y)


def test_umap_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ValueError, match=r"pip install 'tfcluster\[viz\]'"):
        project(np.eye(5), "umap")


def test_projections(rng):
    line = rng.normal(size=(50, 1)) * [[3.0, 4.0, 0.0]]
    points = project(line + 0.01 * rng.normal(size=(50, 3)), "pca")
    np.testing.assert_allclose(points[:, 0].std(), np.linalg.norm(line.std(axis=0)), rtol=1e-2)
    assert points[:, 1].std() < 0.02
    np.testing.assert_array_equal(project(line, "first2"), line[:, :2])
    assert project(line[:, :1], "first2").shape == (50, 2)
    assert project(line, "tsne").shape == (50, 2)
    with pytest.raises(ValueError, match="`kind` must be one of"):
        project(line, "isomap")


def test_scatter():
    picture = scatter_picture([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0]], [0, 1, -1], side=50, radius=1)
    (first, second, grey) = picture[47, 2], picture[2, 47], picture[47, 47]
    assert not (first == second).all()
    np.testing.assert_array_equal(grey, [180] * 3)
    assert (picture != 255).any(axis=2).sum() == 3 * 9
    again = scatter_picture([[5.0, 5.0], [9.0, 5.0]], [1, 0], side=50, radius=1)
    np.testing.assert_array_equal(again[24, 2], second)  # a label keeps its colour


def test_png(tmp_path, rng):
    picture = rng.integers(0, 256, size=(6, 7, 3)).astype(np.uint8)
    write_png(tmp_path / "new" / "a.png", picture)
    np.testing.assert_array_equal(tf.io.decode_png((tmp_path / "new" / "a.png").read_bytes()), picture)
