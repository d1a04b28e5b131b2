"""The user's own data: npz, csv, h5 files and folders of images."""

import csv
import dataclasses
import itertools
import logging
import math
import pathlib
import shutil
import tempfile

import numpy as np

from tfcluster.data.files import X_KEYS, Y_KEYS, first_key, read_npz

__all__ = ["read_csv", "read_folder", "read_h5", "read_user_data"]

logger = logging.getLogger("tfcluster")

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
IN_MEMORY_BYTES = 2**31
_LABEL_COLUMNS = ("label", "labels", "y", "class", "target")
_LARGEST_NATIVE_SIDE = 96
_DEFAULT_SIDE = 64
_PARTS = ("train", "training", "val", "valid", "validation", "test", "testing")


def read_user_data(kind, location, image_size=None):
    """Rows and labels of the user's own data.

    Args:
        kind: `"npz"`, `"csv"`, `"h5"` or `"folder"`.
        location: The file or folder.
        image_size: Side that the images of a folder are resized to, None for the rule of `read_folder`.

    Returns:
        Rows as an array, integer labels counted from 0 or None, and names of the rows, which images have, or None.

    Raises:
        FileNotFoundError: If there is nothing at `location`.
        ValueError: If it cannot be read as rows of numbers.
    """
    path = pathlib.Path(location).expanduser()
    wanted = path.is_dir() if kind == "folder" else path.is_file()
    if not wanted:
        what = "folder" if kind == "folder" else "file"
        raise FileNotFoundError(f"{kind}: takes an existing {what}. Received: {location!r}")
    if kind == "folder":
        return read_folder(path, image_size)
    x, y = {"npz": read_npz, "csv": read_csv, "h5": read_h5}[kind](path)
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise ValueError(f"{path} must hold rows of numbers. Received: an array of dtype {x.dtype}")
    return x, integer_labels(y, path), None


def integer_labels(y, path):
    """Labels of any kind as integers 0..k-1 in sorted order, None for None; -1 and an empty text stay -1, unknown."""
    if y is None:
        return None
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(f"{path}: labels must be a vector, one for each row. Received: shape {y.shape}")
    known = ~np.isin(y.astype(str), ("-1", "-1.0", ""))
    labels = np.full(y.shape, -1, np.int32)
    labels[known] = np.unique(y[known], return_inverse=True)[1]
    return labels


def read_csv(path):
    """Rows of a comma-separated file of numbers; a first line that is not all numbers is the header.

    A column named label, labels, y, class or target holds the labels, of any type. Every other cell is a number: text
    has to be encoded and missing values filled in before.
    """
    form = csv_form(path)
    with open(path, newline="", encoding="utf-8-sig") as stream:
        lines = list(csv_lines(stream, form))
    if not lines:
        raise ValueError(f"{path} has a header and no rows.")
    return csv_rows(path, lines, form)


@dataclasses.dataclass(frozen=True)
class CsvForm:
    """The columns of a csv file.

    Attributes:
        names: Their names, () without a header.
        width: How many there are.
        label: Which one holds labels, or None.
        features: Which ones hold values, in the order in which they make a row.
    """

    names: tuple[str, ...]
    width: int
    label: int | None
    features: tuple[int, ...]

    @property
    def columns(self):
        """Names of the values of a row, None without a header or if two are the same."""
        found = tuple(self.names[i] for i in self.features) if self.names else ()
        return found if found and len(set(found)) == len(found) else None

    def cell(self, column):
        """What a column is called in a message."""
        return f"column {self.names[column]!r}" if self.names else f"column {column + 1}"


def csv_form(path, columns=None):
    """The `CsvForm` of a file, from its first line.

    Args:
        path: The file.
        columns: Names of the columns that make a row, in that order, None for all but the labels. A file without a
            header is taken to have them in that order.

    Raises:
        ValueError: If the file is empty or lacks one of them.
    """
    with open(path, newline="", encoding="utf-8-sig") as stream:
        first = next((line for line in csv.reader(stream) if line), None)
    if first is None:
        raise ValueError(f"{path} is empty.")
    header = any(cell.strip() and not _is_number(cell) for cell in first)  # an empty cell is a value that is missing
    names = tuple(cell.strip() for cell in first) if header else ()
    label = next((i for i, name in enumerate(names) if name.lower() in _LABEL_COLUMNS), None)
    features = tuple(i for i in range(len(first)) if i != label)
    if columns is not None and names:
        missing = [name for name in columns if name not in names]
        if missing:
            raise ValueError(
                f"{path} must have the columns that the model was trained on. Missing: {', '.join(missing[:5])}. "
                f"Received: {', '.join(names[:20])}"
            )
        features = tuple(names.index(name) for name in columns)
    return CsvForm(names, len(first), label, features)


def csv_lines(stream, form):
    """Pairs of a line's number and its cells, without the header and empty lines."""
    reader = csv.reader(stream)
    lines = ((reader.line_num, line) for line in reader if line)
    return itertools.islice(lines, 1 if form.names else 0, None)


def csv_rows(path, lines, form):
    """Rows, and the texts in the column of labels or None, of pairs from `csv_lines`."""
    rows, labels = [], []
    for number, line in lines:
        if len(line) != form.width:
            hint = ". Cells are separated by commas" if form.width == 1 or ";" in "".join(line) else ""
            raise ValueError(f"{path}, line {number}: expected {form.width} cells{hint}. Received: {len(line)}")
        if form.label is not None:
            labels.append(line[form.label].strip())
        try:
            rows.append([float(line[i]) for i in form.features])
        except ValueError:
            wrong = next(i for i in form.features if not _is_number(line[i]))
            remedy = "drop or encode columns of text" if line[wrong].strip() else "fill in missing values"
            raise ValueError(
                f"{path}, line {number}, {form.cell(wrong)}: every cell must be a number; {remedy} first. "
                f"Received: {line[wrong]!r}"
            ) from None
    return np.asarray(rows, np.float32), np.asarray(labels) if form.label is not None else None


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_h5(path):
    """Rows and labels of an HDF5 file: the data set `x` (data, X, ...) and, optionally, `y` (labels, ...)."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            x = file[first_key(path, set(file), X_KEYS)][()]
            label_keys = [key for key in Y_KEYS if key in file]
            return x, file[label_keys[0]][()] if label_keys else None
    except OSError as error:
        raise ValueError(f"{path} is not a readable HDF5 file: {error}") from error


def read_folder(path, image_size=None, in_memory=IN_MEMORY_BYTES):
    """Images below a folder, as one uint8 array.

    If every image lies in a subfolder, the names of the subfolders are the labels; if all of these lie in train,
    training, val, valid, validation, test or testing (in any case), what is below those counts. Images of one common
    size with sides up to 96 pixels keep it; otherwise all become squares of side `image_size`, 64 by default. They are
    grey if all of them are. A file that cannot be decoded is left out with a warning that names it. Images that take
    more than `in_memory` bytes are decoded into a memory map of a temporary file, from which training streams them.

    Args:
        path: The folder.
        image_size: Side to resize to, None for that rule.
        in_memory: Bytes of decoded images up to which they are kept in memory.

    Returns:
        Array of shape (n, H, W, C), C = 1 or 3; labels or None; and the paths below the folder.
    """
    files = image_files(path)
    images, shapes, kept, broken = [], set(), [], []
    size = 0  # of the decoded images, as they are
    for file in files:
        image = _decoded(file, image_size)
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
    if broken:
        names = ", ".join(str(file) for file in broken[:3])
        logger.warning("%d of %d images could not be decoded and are left out: %s", len(broken), len(files), names)
    if not kept:
        raise ValueError(f"No images ({', '.join(IMAGE_SUFFIXES)}) in {path}.")
    side = image_size or _DEFAULT_SIDE
    common = next(iter(shapes))[:2] if len({shape[:2] for shape in shapes}) == 1 else (side, side)
    shape = (len(kept), *common, max(channels for *_, channels in shapes))
    x = np.empty(shape, np.uint8) if math.prod(shape) <= in_memory else _on_disk(shape)
    for index, image in enumerate(images or (_decoded(file, image_size) for file in kept)):
        x[index] = image if image.shape[:2] == common else _resized(image, side)  # a grey one fills all channels
    return x, _folder_labels(path, kept), [str(file.relative_to(path)) for file in kept]


def _folder_labels(path, files):
    """Labels from the subfolders that hold the files, None if a file is in none."""
    names = [file.parent.relative_to(path).parts for file in files]
    if all(parts and parts[0].lower() in _PARTS for parts in names):
        logger.info("train, val and the like are parts, not labels: labels are what lies below them")
        names = [parts[1:] for parts in names]
    return None if () in names else integer_labels(["/".join(parts) for parts in names], path)


def _on_disk(shape):
    """An array of bytes in a temporary file, whose space is given back with the array."""
    size = math.prod(shape)
    logger.info("the images take %.1f GB decoded; they go to a temporary file", size / 1e9)
    folder = tempfile.gettempdir()
    if shutil.disk_usage(folder).free < size:
        raise OSError(
            f"The images take {size / 1e9:.1f} GB decoded, and {folder} has no room for them: set TMPDIR to another "
            "folder, or make them smaller (--image-size)."
        )
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, np.uint8, "w+", shape=shape)


def image_files(path):
    """The files below a folder that look like images, in order."""
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES and file.is_file())


def decoded_image(file, shape):
    """The image in a file as uint8 of shape (H, W, C), C = 1 or 3; None if it cannot be decoded."""
    import tensorflow as tf

    image = _read_image(file)
    if image is None:
        return None
    image = _resized(image, *shape[:2])
    if image.shape[-1] == shape[-1]:
        return image
    return tf.image.rgb_to_grayscale(image).numpy() if shape[-1] == 1 else np.repeat(image, shape[-1], axis=-1)


def _decoded(file, image_size):
    """The image in a file, uint8 with 1 or 3 channels, not above the native sides; None if it cannot be decoded."""
    image = _read_image(file)
    if image is not None and (image_size is not None or max(image.shape[:2]) > _LARGEST_NATIVE_SIDE):
        image = _resized(image, image_size or _DEFAULT_SIDE)
    return image


def _read_image(file):
    import tensorflow as tf

    try:
        image = tf.io.decode_image(tf.io.read_file(str(file)), expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError:
        return None
    return image[..., :3] if image.shape[-1] >= 3 else image[..., :1]


def _resized(image, height, width=None):
    import tensorflow as tf

    size = (height, width or height)
    if image.shape[:2] == size:
        return image
    resized = tf.image.resize(image, size, antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(resized), 0.0, 255.0), tf.uint8).numpy()
