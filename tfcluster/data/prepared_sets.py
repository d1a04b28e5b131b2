"""Data sets of tensorflow-datasets."""

import numpy as np

from tfcluster.data.images import DEFAULT_SIDE, resized
from tfcluster.data.user_files import IN_MEMORY_BYTES, empty_bytes, numbered_labels

__all__ = ["read_prepared"]

_BATCH = 256


def read_prepared(name, location, image_size=None, download=True, in_memory=IN_MEMORY_BYTES):
    """Rows and labels of a set of tensorflow-datasets, its training part first, then its test part.

    The rows are what the set calls `image`, or else its first feature that is not `label`. Images of several sizes
    become squares of side `image_size`, 64 by default, and so do all if it is given. Images that take more than
    `in_memory` bytes go to a memory map of a temporary file, some at a time.

    Args:
        name: What was asked for, for messages.
        location: Name of the set, with configuration and version if wanted.
        image_size: Side to resize images to, None for that rule.
        download: Whether a set that is not prepared on this machine may be downloaded.
        in_memory: Bytes of images up to which they are kept in memory.

    Returns:
        Rows; labels or None; what these stand for or None; and the set's builder.

    Raises:
        ValueError: If there is no such set.
        FileNotFoundError: If it is not on this machine and cannot be downloaded.
        OSError: If neither memory nor disk has room for its images.
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(location)
    except Exception as error:  # tfds raises many kinds
        raise ValueError(f"{name}: tensorflow-datasets cannot build it: {str(error).splitlines()[0]}") from error
    if not builder.data_path.exists():
        _prepare(name, builder, download)
    splits = [split for split in ("train", "test") if split in builder.info.splits] or list(builder.info.splits)
    features = builder.info.features
    key = "image" if "image" in features else next(key for key in features if key != "label")
    examples = builder.as_dataset(split="+".join(splits))
    n = sum(builder.info.splits[split].num_examples for split in splits)
    if key == "image" and tf.as_dtype(features[key].dtype) == tf.uint8:
        x, given = _images(name, examples, n, features[key].shape, image_size, in_memory)
    else:
        given = None
        parts = [(part[key], part.get("label")) for part in tfds.as_numpy(examples.batch(_BATCH))]
        x = np.concatenate([rows for rows, _ in parts])
        if "label" in features:
            given = np.concatenate([labels for _, labels in parts])
    y, label_names = numbered_labels(given, name)
    if y is not None and isinstance(classes := features["label"], tfds.features.ClassLabel):
        label_names = tuple(classes.int2str(value) for value in np.unique(given[y >= 0]))
    return x, y, label_names, builder


def _prepare(name, builder, download):
    from tfcluster.data.download import OriginUnreachableError, require_origin

    if not download:
        raise FileNotFoundError(f"{name} is not prepared on this machine.")
    try:
        require_origin("https://storage.googleapis.com")
    except OriginUnreachableError as error:
        raise FileNotFoundError(f"{name} is not prepared on this machine and cannot be downloaded: {error}.") from error
    builder.download_and_prepare()


def _images(name, examples, n, shape, image_size, in_memory):
    """Images as an array of bytes, and their labels or None, read some at a time."""
    import tensorflow_datasets as tfds

    if None in shape[:2] or image_size is not None:
        side = image_size or DEFAULT_SIDE
        shape = (side, side, shape[2] or 3)
    x, labels = empty_bytes((n, *shape), in_memory, name), []
    if x is None:
        raise OSError(f"{name}: no room for its images; make them smaller by --image-size.")
    for index, example in enumerate(tfds.as_numpy(examples)):
        x[index] = resized(example["image"], *shape[:2])
        labels.append(example.get("label"))
    return x, None if labels[0] is None else np.asarray(labels)
