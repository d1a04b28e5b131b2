"""`load`: any data set by name."""

import logging
import pathlib

import numpy as np

from tfcluster.data.csv_files import csv_form
from tfcluster.data.dataset import ClusteringData, DataInfo
from tfcluster.data.download import OriginUnreachableError, download_entry
from tfcluster.data.files import find_file, read_npz, search_folders, sha256_of
from tfcluster.data.generators import GENERATORS, big_small_digits
from tfcluster.data.prepared_sets import read_prepared
from tfcluster.data.registry import get_entry
from tfcluster.data.user_files import read_user_data

__all__ = ["USER_KINDS", "has_split", "load"]

logger = logging.getLogger("tfcluster")

USER_KINDS = ("npz", "npy", "csv", "h5", "folder", "tfds")
"""Prefixes of the user's own data."""

_NAMED = {"folder": "folder", "tfds": "name"}
_SPLITS = ("all", "train", "test")


def load(name, data_dir=None, split="all", image_size=None, download=True):
    """Load a data set.

    Named sets are looked for in `data_dir`, then in the folders of `$TFCLUSTER_DATA_DIR`, then in `data/`, then in the
    cache; if none holds the file it is downloaded from its public origin into the cache. Values are native: nothing is
    scaled. Images have the shape (n, H, W, C).

    Args:
        name: A registered name (`tfcluster.data.names()`), or `npz:FILE`, `npy:FILE`, `csv:FILE`, `h5:FILE`,
            `folder:DIR`, `tfds:NAME`.
        data_dir: Folder to look in first.
        split: `"all"` rows, as the papers use, or the official `"train"` or `"test"` part.
        image_size: Side to resize the images of a folder or of tensorflow-datasets to.
        download: Whether a set without a file may be downloaded.

    Returns:
        A `ClusteringData`.

    Raises:
        ValueError: If the name or split is unknown or the content cannot be read.
        FileNotFoundError: If the file is not there and cannot be had; says where to put it.
    """
    if image_size is not None and not (isinstance(image_size, int) and image_size >= 1):
        raise ValueError(f"`image_size` must be an integer of at least 1, or None. Received: {image_size!r}")
    kind, colon, location = name.partition(":")
    if colon and kind in USER_KINDS and not location:
        raise ValueError(f"{kind}: is followed by a {_NAMED.get(kind, 'file')}. Received: {name!r}")
    if location and kind in USER_KINDS:
        if kind == "tfds":
            data = _load_tfds(name, location, image_size, download)
        else:
            data = _load_user(name, kind, location, image_size)
        if split != "all":
            raise ValueError(
                f"`split` must be 'all' for {kind}: data, which have no official split. Received: {split!r}"
            )
        return data
    entry = get_entry(name)
    if split not in _SPLITS:
        raise ValueError(f"`split` must be one of {_SPLITS}. Received: {split!r}")
    data = _load_named(entry, data_dir, download)
    if split == "all":
        return data
    n_train = entry.n_train
    if not _is_split(entry, data):
        raise ValueError(f"{name} has no official split here; use split='all'. Received: split={split!r}")
    return data.take(slice(None, n_train) if split == "train" else slice(n_train, None))


def has_split(name, data_dir=None):
    """Whether a set has an official training and test part; for the arguments see `load`."""
    kind, _, location = name.partition(":")
    if location and kind in USER_KINDS:
        return False
    entry = get_entry(name)
    return entry.n_train is not None and _is_split(entry, _load_named(entry, data_dir, download=True))


def _is_split(entry, data):
    return entry.n_train is not None and len(data) == entry.n


def _load_named(entry, data_dir, download):
    path, latents = None, None
    if entry.name == "digits":
        x, y = _digits()
    elif entry.name == "blobs":
        x, y = _blobs(entry)
    elif entry.name in GENERATORS:
        (x, latents), y = GENERATORS[entry.name](), None
    else:
        path = find_file(entry.files, data_dir) or _download(entry, data_dir, download)
        x, y = read_npz(path)
    if entry.kind == "image" and x.ndim == 3:
        x = x[..., None]
    value_range = entry.range if path is None else _named_range(entry, path, x)
    if entry.name == "big_small_digits":
        x, latents = big_small_digits(x, y)
    info = DataInfo(
        name=entry.name,
        kind=entry.kind,
        range=value_range,
        n_clusters=entry.n_clusters,
        source=entry.origin,
        licence=entry.licence,
        sha256=sha256_of(path or x),
        path=None if path is None else str(path),
        note="" if path is None else entry.note.get(path.name, ""),
        label_names=entry.label_names or None,
    )
    if path is not None and (len(x), x.shape[1:]) != (entry.n, entry.shape) and path.name not in entry.partial:
        logger.warning(
            "%s: %s holds %d rows of %s, not %d of %s", entry.name, path, len(x), x.shape[1:], entry.n, entry.shape
        )
    return ClusteringData(x, None if y is None else y.astype(np.int32), info, latents)


def _named_range(entry, path, x):
    """The range of the set, or that of the values in the file if they are beyond it or bytes divided by 255."""
    found, (low, high) = _value_range(x, False), entry.range
    slack = 1e-3 * (high - low)
    if low - slack <= found[0] and found[1] <= high + slack and (found[1] > 1.0 or high <= 1.0):
        return entry.range
    message = f"{path} holds values from {found[0]:g} to {found[1]:g}, not from {low:g} to {high:g} as {entry.name}"
    if entry.name == "big_small_digits":  # halving rounds to whole numbers
        raise ValueError(f"{message}. Save the bytes of the images, or move the file away to have them downloaded.")
    logger.warning("%s; they are taken as they are, with their own range", message)
    return found


def _download(entry, data_dir, download):
    folders = ", ".join(str(folder) for folder in search_folders(data_dir))
    where = (
        f"{entry.name} needs the file {' or '.join(entry.files)} in one of these folders: {folders} "
        "(add one with --data-dir or $TFCLUSTER_DATA_DIR)."
    )
    if not download:
        raise FileNotFoundError(where)
    logger.warning("%s is not on this machine; downloading it (%s)", entry.name, entry.origin)
    try:
        return download_entry(entry)
    except OriginUnreachableError as error:
        raise FileNotFoundError(f"{where} Downloading failed: {error}. --dataset digits needs no file.") from error


def _digits():
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images.astype(np.float32)[..., None], bunch.target


def _blobs(entry):
    from sklearn.datasets import make_blobs

    x, y = make_blobs(n_samples=entry.n, n_features=entry.shape[0], centers=entry.n_clusters, random_state=0)
    return x.astype(np.float32), y


def _load_user(name, kind, location, image_size):
    location = str(pathlib.Path(location).expanduser())
    x, y, label_names, names = read_user_data(kind, location, image_size)
    if x.ndim < 2:
        raise ValueError(f"{name} must hold rows: an array of rank 2 or more. Received: shape {x.shape}")
    if y is not None and len(y) != len(x):
        raise ValueError(f"{name} must hold one label for each row. Received: {len(x)} rows, {len(y)} labels")
    if not x.size:
        raise ValueError(f"{name} must hold rows of values. Received: none, shape {x.shape}")
    if x.ndim == 4 and x.shape[1] in (1, 3) and x.shape[3] not in (1, 2, 3, 4):
        raise ValueError(
            f"{name}: images have their channels last; transpose them to (n, height, width, channels) with "
            f"np.moveaxis(x, 1, -1). Received: shape {x.shape}"
        )
    is_image = x.ndim == 4 or (x.ndim == 3 and min(x.shape[1:]) >= 8)
    if is_image and x.ndim == 3:
        x = x[..., None]
    if x.dtype == np.float64 or (x.dtype.kind in "iub" and x.dtype != np.uint8):
        x = x.astype(np.float32)
    info = DataInfo(
        name=name,
        kind="image" if is_image else "features",
        range=_value_range(x, is_image),
        n_clusters=None if y is None else int(y.max()) + 1 or None,
        source=location,
        sha256=sha256_of(x) if kind == "folder" else sha256_of(location),
        path=location,
        columns=csv_form(location).columns if kind == "csv" else None,
        label_names=label_names,
    )
    return ClusteringData(x, y, info, names=None if names is None else np.asarray(names))


def _value_range(x, is_image):
    if is_image and x.dtype == np.uint8:
        return (0.0, 255.0)
    finite = x[np.isfinite(x)] if x.dtype.kind == "f" else x
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _load_tfds(name, location, image_size, download):
    x, y, label_names, builder = read_prepared(name, location, image_size, download)
    is_image = x.ndim == 4
    info = DataInfo(
        name=name,
        kind="image" if is_image else "features",
        range=_value_range(x, is_image),
        n_clusters=None if y is None else int(y.max()) + 1 or None,
        source=f"tensorflow-datasets {builder.info.full_name}",
        sha256=sha256_of(x),
        path=str(builder.data_path),
        label_names=label_names,
    )
    return ClusteringData(x, y, info)
