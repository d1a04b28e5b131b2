"""Pictures as arrays of bytes, written as PNG."""

import colorsys
import pathlib

import numpy as np
import tensorflow as tf

from tfcluster.utils import check_choice

__all__ = [
    "PROJECTIONS",
    "PROJECTION_NAMES",
    "image_grid",
    "label_colour",
    "project",
    "scatter_picture",
    "thumbnails",
    "write_png",
]

PROJECTION_NAMES = {
    "pca": "First two principal components",
    "tsne": "t-SNE",
    "umap": "UMAP",
    "first2": "First two dimensions",
}
PROJECTIONS = tuple(PROJECTION_NAMES)
"""Names that `project` knows."""

_LEAST_SIDE = 20  # pixels
_THUMBNAIL = 28  # pixels, at most


_FIRST_COLOURS = (  # as unlike each other as ten colours can be
    (38, 99, 168),
    (245, 130, 32),
    (44, 150, 70),
    (204, 40, 46),
    (140, 92, 190),
    (130, 80, 62),
    (232, 110, 190),
    (110, 110, 110),
    (180, 180, 20),
    (20, 185, 205),
)


def image_grid(images, low=0.0, high=1.0, border=2):
    """Images side by side.

    Args:
        images: Array of shape (rows, columns, H, W, C) with 1 or 3 channels.
        low: Value that becomes black.
        high: Value that becomes white.
        border: Pixels between the images.

    Returns:
        Array of bytes of shape (rows (H + border) + border, columns (W + border) + border, C). Images of fewer than 20
        pixels are enlarged by a whole factor first.

    Raises:
        ValueError: If the array is no grid of images.
    """
    images = np.asarray(images, np.float64)
    if images.ndim == 5:
        zoom = max(1, -(-_LEAST_SIDE // min(images.shape[2:4])))
        images = images.repeat(zoom, axis=2).repeat(zoom, axis=3)
    if images.ndim != 5 or images.shape[-1] not in (1, 3):
        raise ValueError(f"`images` must have the shape (rows, columns, H, W, 1 or 3). Received: {images.shape}")
    rows, columns, height, width, channels = images.shape
    values = np.clip(255.0 * (images - low) / (high - low), 0.0, 255.0).round().astype(np.uint8)
    picture = np.full((rows * (height + border) + border, columns * (width + border) + border, channels), 255, np.uint8)
    for i in range(rows):
        for j in range(columns):
            top, left = border + i * (height + border), border + j * (width + border)
            picture[top : top + height, left : left + width] = values[i, j]
    return picture


def project(embeddings, kind="pca", seed=0):
    """Points in the plane for embeddings.

    Args:
        embeddings: Array of shape (n, d).
        kind: `"pca"`, `"tsne"`, `"umap"` (extra `viz`) or `"first2"`, the first two dimensions.
        seed: Seed of t-SNE and UMAP, and of the principal components of many dimensions, which are found by random
            projections.

    Returns:
        Array of shape (n, 2).

    Raises:
        ValueError: For an unknown kind, or `"umap"` without its package.
    """
    check_choice("kind", kind, PROJECTIONS)
    embeddings = np.asarray(embeddings, np.float64).reshape(len(embeddings), -1)
    if kind == "first2" or embeddings.shape[1] < 2:
        return np.pad(embeddings, ((0, 0), (0, max(0, 2 - embeddings.shape[1]))))[:, :2]
    if kind == "tsne":
        from sklearn.manifold import TSNE

        perplexity = min(30.0, (len(embeddings) - 1) / 3)
        return TSNE(2, perplexity=perplexity, random_state=seed).fit_transform(embeddings)
    if kind == "umap":
        try:
            from umap import UMAP
        except ModuleNotFoundError as error:
            if error.name != "umap":
                raise
            raise ValueError("`umap` needs the package umap-learn: pip install 'tfcluster[viz]'.") from None
        return UMAP(n_neighbors=min(15, len(embeddings) - 1), random_state=seed, n_jobs=1).fit_transform(embeddings)
    from sklearn.decomposition import PCA

    axes = PCA(2, random_state=seed).fit(embeddings).components_
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])  # an axis has no direction of its own
    return (embeddings - embeddings.mean(axis=0)) @ (signs[:, None] * axes).T


def scatter_picture(points, labels, side=400, radius=2):
    """Points as squares, each label with its own colour, the same in every picture.

    Args:
        points: Array of shape (n, 2).
        labels: Integers of shape (n,); a negative one is grey.
        side: Side of the picture in pixels.
        radius: Half the side of a square, less the pixel in its middle.

    Returns:
        Array of bytes of shape (side, side, 3).
    """
    points, labels = np.asarray(points, np.float64), np.asarray(labels)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (side - 1 - 4 * radius) / max(float((high - low).max()), 1e-12)  # one for both axes
    margin = (side - 1 - scale * (high - low)) / 2
    pixels = np.round(margin + scale * (points - low)).astype(int)
    picture = np.full((side, side, 3), 255, np.uint8)
    for (column, row), label in zip(pixels, labels, strict=True):
        rows = slice(max(0, side - 1 - row - radius), side - row + radius)
        picture[rows, max(0, column - radius) : column + radius + 1] = label_colour(int(label))
    return picture


def label_colour(label):
    """Red, green and blue, 0 to 255, of a label, the same everywhere; a negative one is grey."""
    if label < 0:
        return (180, 180, 180)
    if label < len(_FIRST_COLOURS):
        return _FIRST_COLOURS[label]
    # The golden ratio spreads any number of hues; every second ten is darker.
    hue, value = (0.61803398875 * label) % 1.0, 0.9 if label // 10 % 2 == 0 else 0.55
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.8, value))


def thumbnails(data, rows):
    """Small images of rows.

    Args:
        data: `ClusteringData` of images.
        rows: Numbers of rows.

    Returns:
        Array of bytes of shape (n, side, side, 1 or 3), of at most 28 pixels a side.
    """
    # A few at a time, since they may be large.
    return np.concatenate([_squares(data, rows[start : start + 200]) for start in range(0, len(rows), 200)])


def _squares(data, rows):
    low, high = data.info.range
    images = (np.asarray(data.x[rows], np.float32) - low) * (255.0 / max(high - low, 1e-12))
    if images.shape[-1] not in (1, 3):
        images = images[..., :1]
    side = min(_THUMBNAIL, max(images.shape[1:3]))
    if images.shape[1:3] != (side, side):
        images = tf.image.resize_with_pad(images, side, side, antialias=True).numpy()
    return np.clip(images.round(), 0, 255).astype(np.uint8)


def write_png(path, picture):
    """Write an array of bytes of shape (H, W, 1 or 3) as PNG; its folder is made."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(picture).numpy())
