"""The user's own data: npz, csv, h5 files and folders of images."""

import collections
import logging
import math
import pathlib
import shutil
import tempfile

import numpy as np

from tfcluster.data.csv_files import read_csv
from tfcluster.data.files import X_KEYS, Y_KEYS, first_key, read_npz
from tfcluster.data.image_files import ImageFiles
from tfcluster.data.images import DEFAULT_SIDE, IMAGE_SUFFIXES, image_files, native_image, resized

__all__ = ["read_folder", "read_h5", "read_user_data"]

logger = logging.getLogger("tfcluster")

IN_MEMORY_BYTES = 2**31
_PARTS = ("train", "training", "val", "valid", "validation", "test", "testing")


def read_user_data(kind, location, image_size=None):
    """Rows and labels of the user's own data.

    Args:
        kind: `"npz"`, `"npy"`, `"csv"`, `"h5"` or `"folder"`.
        location: The file or folder.
        image_size: Side that the images of a folder are resized to, None for the rule of `read_folder`.

    Returns:
        Rows as an array; integer labels counted from 0 or None; what these stand for, see `numbered_labels`; and names
        of the rows, which images have, or None.

    Raises:
        FileNotFoundError: If there is nothing at `location`.
        ValueError: If it cannot be read as rows of numbers.
    """
    path = pathlib.Path(location).expanduser()
    wanted = path.is_dir() if kind == "folder" else path.is_file()
    if not wanted:
        what = "folder" if kind == "folder" else "file"
        other = "; a folder is named as folder:DIR" if path.is_dir() else ""
        other = "; a file is named as csv:FILE, npz:FILE, npy:FILE or h5:FILE" if path.is_file() else other
        raise FileNotFoundError(f"{kind}: takes an existing {what}{other}. Received: {location!r}")
    if kind == "folder":
        return read_folder(path, image_size)
    x, y = {"npz": read_npz, "npy": _read_npy, "csv": read_csv, "h5": read_h5}[kind](path)
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise ValueError(f"{path} must hold rows of numbers. Received: an array of dtype {x.dtype}")
    return x, *numbered_labels(y, path), None


def _read_npy(path):
    try:
        return np.load(path, allow_pickle=False), None
    except ValueError as error:
        raise ValueError(f"{path} must be an array of numbers as written by numpy.save: {error}") from error


def numbered_labels(y, path, unknown=("-1", "-1.0", "", "nan")):
    """Labels of any kind as integers 0..k-1 in sorted order; those that are unknown become -1.

    Args:
        y: A vector of labels, or None.
        path: Where they come from, for messages.
        unknown: Texts that stand for an unknown one.

    Returns:
        The integers, None for None, and the k names that they stand for, None if each stands for itself.
    """
    if y is None:
        return None, None
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(f"{path}: labels must be a vector, one for each row. Received: shape {y.shape}")
    if y.dtype.kind == "S" or (y.dtype == object and any(isinstance(value, bytes) for value in y)):
        y = np.array([_text(value) for value in y])
    known = ~np.isin(y.astype(str), unknown)
    labels = np.full(y.shape, -1, np.int32)
    values, labels[known] = np.unique(y[known], return_inverse=True)
    names = tuple(f"{value:.12g}" if values.dtype.kind == "f" else str(value) for value in values)
    return labels, None if names == tuple(map(str, range(len(names)))) else names


def _text(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def read_h5(path):
    """Rows and labels of an HDF5 file: the data set `x` (data, X, ...) and, optionally, `y` (labels, ...)."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            x = h5_data(path, file, first_key(path, set(file), X_KEYS))[()]
            label_keys = [key for key in Y_KEYS if key in file]
            return x, h5_data(path, file, label_keys[0])[()] if label_keys else None
    except OSError as error:
        raise ValueError(f"{path} is not a readable HDF5 file: {error}") from error


def h5_data(path, file, key):
    """The data set of that name in an open HDF5 file."""
    import h5py

    if not isinstance(file[key], h5py.Dataset):
        raise ValueError(
            f"{path}: {key!r} must be a data set; move one to this place. Received: a group of {sorted(file[key])[:5]}"
        )
    return file[key]


def read_folder(path, image_size=None, in_memory=IN_MEMORY_BYTES):
    """Images below a folder, as one uint8 array or, where there is no room for it, as `ImageFiles`.

    If every image lies in a subfolder, the names of the subfolders are the labels; if all of these lie in train,
    training, val, valid, validation, test or testing (in any case), what is below those counts. Images of one common
    size with sides up to 96 pixels keep it; otherwise all become squares of side `image_size`, 64 by default. They are
    grey if all of them are. A file that cannot be decoded is left out with a warning that names it. Images that take
    more than `in_memory` bytes are decoded into a memory map of a temporary file, from which training streams them; if
    the disk has no room for it either, they are decoded whenever they are needed.

    Args:
        path: The folder.
        image_size: Side to resize to, None for that rule.
        in_memory: Bytes of decoded images up to which they are kept in memory.

    Returns:
        Images of shape (n, H, W, C), C = 1 or 3; labels or None; their names or None; and the paths below the folder.
    """
    others = collections.Counter()
    files = image_files(path, others)
    images, shapes, kept, broken = [], set(), [], []
    size = 0  # of the decoded images, as they are
    for file in files:
        image = native_image(file, image_size)
        if image is None:
            broken.append(file)
            continue
        kept.append(file)
        shapes.add(image.shape)
        size += image.nbytes
        if size <= in_memory:
            images.append(image)
        else:
            images = []
    if others:
        counts = ", ".join(f"{count} {suffix}" for suffix, count in sorted(others.items()))
        logger.warning("images other than %s are left out, convert them: %s", ", ".join(IMAGE_SUFFIXES), counts)
    if broken:
        names = ", ".join(str(file) for file in broken[:3])
        logger.warning("%d of %d images could not be decoded and are left out: %s", len(broken), len(files), names)
    if not kept:
        raise ValueError(f"No images ({', '.join(IMAGE_SUFFIXES)}) in {path}.")
    side = image_size or DEFAULT_SIDE
    common = next(iter(shapes))[:2] if len({shape[:2] for shape in shapes}) == 1 else (side, side)
    shape = (len(kept), *common, max(channels for *_, channels in shapes))
    x = empty_bytes(shape, in_memory, "the images")
    if x is None:
        x = ImageFiles(kept, shape[1:])
    else:
        for index, image in enumerate(images or (native_image(file, image_size) for file in kept)):
            x[index] = image if image.shape[:2] == common else resized(image, side)  # a grey one fills all channels
    return x, *_folder_labels(path, kept), [str(file.relative_to(path)) for file in kept]


def _folder_labels(path, files):
    """Labels from the subfolders that hold the files, and their names; (None, None) if a file is in none."""
    names = [file.parent.relative_to(path).parts for file in files]
    if all(parts and parts[0].lower() in _PARTS for parts in names):
        logger.info("train, val and the like are parts, not labels: labels are what lies below them")
        names = [parts[1:] for parts in names]
    if () in names and len(set(names)) > 2:
        loose = [file for file, parts in zip(files, names, strict=True) if not parts]
        logger.warning(
            "there are no labels, since %d of %d images lie in no subfolder: %s; move them for the names of the "
            "subfolders to be labels",
            len(loose),
            len(files),
            loose[0],
        )
    return numbered_labels(None if () in names else ["/".join(parts) for parts in names], path, ("-1",))


def empty_bytes(shape, in_memory, what):
    """An array of bytes: in memory, or beyond `in_memory` bytes in a temporary file, whose space is given back with it.

    Returns:
        The array, or None if neither has room; what is done and why is logged.
    """
    size = math.prod(shape)
    if size <= in_memory:
        return np.empty(shape, np.uint8)
    folder = tempfile.gettempdir()
    if shutil.disk_usage(folder).free < size:
        logger.warning(
            "%s take %.1f GB decoded, for which %s has no room: they are decoded anew whenever they are needed, which "
            "is slower. Set TMPDIR to a folder with room, or make them smaller (--image-size).",
            what,
            size / 1e9,
            folder,
        )
        return None
    logger.info("%s take %.1f GB decoded; they go to a temporary file", what, size / 1e9)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.uint8, "w+", shape=shape)
