"""Images in files: where they are, and what they hold."""

import logging
import os

import numpy as np

__all__ = [
    "DEFAULT_SIDE",
    "IMAGE_SUFFIXES",
    "decoded_image",
    "image_files",
    "native_image",
    "resized",
]

logger = logging.getLogger("tfcluster")

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
DEFAULT_SIDE = 64
"""Side of the square that images of several sizes become."""

_LARGEST_NATIVE_SIDE = 96
_OTHER_SUFFIXES = (".avif", ".heic", ".heif", ".jp2", ".pgm", ".ppm", ".tif", ".tiff", ".webp")


def image_files(path, others=None, above=frozenset()):
    """The files below a folder that look like images, in order; hidden folders are left out.

    Links to folders are followed, except those that lead back to one of the folders `above`. `others`, a `Counter`,
    gets the number of images of kinds that cannot be decoded here, by their suffix.
    """
    above = above | {os.path.realpath(path)}
    try:
        entries = list(path.iterdir())
    except PermissionError:
        logger.warning("%s may not be read and is left out", path)
        return []
    found = []
    for entry in entries:
        if entry.is_dir():
            if not entry.name.startswith(".") and os.path.realpath(entry) not in above:
                found += image_files(entry, others, above)
        elif entry.suffix.lower() in IMAGE_SUFFIXES and entry.is_file():
            if not _is_utf8(entry):
                raise ValueError(
                    f"Names of images and their folders must be coded as UTF-8; rename it. "
                    f"Received: {os.fsencode(entry)!r}"
                )
            found.append(entry)
        elif others is not None and entry.suffix.lower() in _OTHER_SUFFIXES:
            others[entry.suffix.lower()] += 1
    return sorted(found)


def _is_utf8(file):
    try:
        str(file).encode()
    except UnicodeEncodeError:
        return False
    return True


def decoded_image(file, shape):
    """The image in a file as uint8 of shape (H, W, C), C = 1 or 3; None if it cannot be decoded."""
    import tensorflow as tf

    image = _read_image(file)
    if image is None:
        return None
    image = resized(image, *shape[:2])
    if image.shape[-1] == shape[-1]:
        return image
    return tf.image.rgb_to_grayscale(image).numpy() if shape[-1] == 1 else np.repeat(image, shape[-1], axis=-1)


def native_image(file, image_size):
    """The image in a file, uint8 with 1 or 3 channels, not above the native sides; None if it cannot be decoded."""
    image = _read_image(file)
    if image is not None and (image_size is not None or max(image.shape[:2]) > _LARGEST_NATIVE_SIDE):
        image = resized(image, image_size or DEFAULT_SIDE)
    return image


def _read_image(file):
    import tensorflow as tf

    try:
        image = tf.io.decode_image(tf.io.read_file(str(file)), expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError:
        return None
    return image[..., :3] if image.shape[-1] >= 3 else image[..., :1]


def resized(image, height, width=None):
    """An image with that many pixels a side, rounded to bytes; itself if it has them."""
    import tensorflow as tf

    size = (height, width or height)
    if image.shape[:2] == size:
        return image
    resized = tf.image.resize(image, size, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0.0, 255.0), tf.uint8).numpy()
