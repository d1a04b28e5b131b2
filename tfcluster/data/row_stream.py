"""Rows of a file of any size, some at a time."""

import contextlib
import logging
import pathlib
import zipfile
import zlib

import numpy as np

from tfcluster.data.csv_files import csv_batches, csv_form, narrowed
from tfcluster.data.files import X_KEYS, first_key, is_sparse, read_sparse
from tfcluster.data.images import IMAGE_SUFFIXES, decoded_image, image_files
from tfcluster.data.user_files import h5_data

__all__ = ["stream_rows"]

logger = logging.getLogger("tfcluster")


def stream_rows(location, batch_size=1000, shape=None, columns=None):
    """Rows of a file in batches, of which one at a time is in memory.

    Args:
        location: A `.csv`, `.npz` (not of JPEG bytes), `.npy` or `.h5` file of the forms that `tfcluster.data.load`
            takes, or a folder of images; or one of these as `csv:FILE`, `npz:FILE`, `npy:FILE`, `h5:FILE`,
            `folder:DIR`.
        batch_size: Rows in a batch.
        shape: Shape (H, W, C) that the images of a folder get.
        columns: Names of the columns of a csv file that make a row, in that order; None for all, () for all of a file
            that should have no names. Where the file lacks the names, or has some that should not be, it is said that
            the columns are taken in their order.

    Returns:
        Number of rows, None if it is not known before the end; and an iterator of pairs (rows, names), the names
        being those of the images or None.

    Raises:
        FileNotFoundError: If there is nothing at `location`.
        ValueError: If it cannot be read as rows of numbers; of a row in the midst, once the iterator is there.
    """
    kind, _, rest = str(location).partition(":")
    path = pathlib.Path(rest if rest and kind in _READERS else location).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"No such file or folder: {path}")
    kind = kind if rest and kind in _READERS else "folder" if path.is_dir() else path.suffix.lstrip(".").lower()
    if kind not in _READERS:
        known = ", ".join(f".{name}" for name in _READERS if name != "folder")
        raise ValueError(f"Rows are read from a {known} file or a folder of images. Received: {path}")
    return _csv(path, batch_size, columns) if kind == "csv" else _READERS[kind](path, batch_size, shape)


def _csv(path, batch_size, columns):
    form = csv_form(path, columns or None)
    if columns is not None and bool(form.names) != bool(columns):
        why = "it has no names of columns" if columns else "the model was trained on columns without names"
        logger.warning("%s: its columns are taken in their order, since %s", path, why)
    return None, ((narrowed(rows), None) for rows, _ in csv_batches(path, form, batch_size))


def _npz(path, batch_size, shape):
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a readable .npz file (an archive written by numpy.savez).")
    with zipfile.ZipFile(path) as archive:
        names = {pathlib.Path(name).stem for name in archive.namelist()}
    if is_sparse(names):
        return _sparse(path, batch_size)
    member = first_key(path, names, X_KEYS) + ".npy"

    def batches():
        with _member(path, member) as stream:
            yield from _members(stream, batch_size, path)

    with _member(path, member) as stream:
        return _header(stream, path)[0][0], batches()


@contextlib.contextmanager
def _member(path, name):
    """A file inside an archive; a ValueError where that is damaged."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            yield stream
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is not a readable .npz file: {error}") from error


def _sparse(path, batch_size):
    x = read_sparse(path)
    parts = (x[start : start + batch_size].toarray() for start in range(0, x.shape[0], batch_size))
    return x.shape[0], ((part, None) for part in parts)


def _npy(path, batch_size, shape):
    def batches():
        with open(path, "rb") as stream:
            yield from _members(stream, batch_size, path)

    with open(path, "rb") as stream:
        return _header(stream, path)[0][0], batches()


def _header(stream, path):
    """Shape and dtype of an array in NumPy's format, whose bytes follow in the stream."""
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_columns, dtype = read(stream)
    except ValueError as error:
        raise ValueError(f"{path} is not an array that numpy has written: {error}") from error
    if dtype.hasobject or dtype.kind not in "biuf" or len(shape) < 2 or by_columns:
        raise ValueError(
            f"{path} must hold rows of numbers, row after row. Received: dtype {dtype}, shape {shape}, "
            f"{'columns' if by_columns else 'rows'} first"
        )
    return shape, dtype


def _members(stream, batch_size, path):
    shape, dtype = _header(stream, path)
    row = int(np.prod(shape[1:])) * dtype.itemsize
    for start in range(0, shape[0], batch_size):
        count = min(batch_size, shape[0] - start)
        content = stream.read(count * row)
        if len(content) < count * row:
            raise ValueError(f"{path} ends in the midst of row {start + len(content) // row}.")
        yield np.frombuffer(content, dtype).reshape(count, *shape[1:]), None


def _h5(path, batch_size, shape):
    import h5py

    try:
        with h5py.File(path, "r") as file:
            key = first_key(path, set(file), X_KEYS)
            count = len(h5_data(path, file, key))
    except OSError as error:
        raise ValueError(f"{path} is not a readable HDF5 file: {error}") from error

    def batches():
        with h5py.File(path, "r") as file:
            for start in range(0, count, batch_size):
                yield file[key][start : start + batch_size], None

    return count, batches()


def _folder(path, batch_size, shape):
    if shape is None or len(shape) != 3:
        raise ValueError(f"A folder of images takes a model of images (H, W, C). Received: rows of shape {shape}")
    files = image_files(path)
    if not files:
        raise ValueError(f"No images ({', '.join(IMAGE_SUFFIXES)}) in {path}.")

    def batches():
        for start in range(0, len(files), batch_size):
            kept, names = [], []
            for file in files[start : start + batch_size]:
                image = decoded_image(file, shape)
                if image is None:
                    logger.warning("%s could not be decoded and is left out", file)
                    continue
                kept.append(image)
                names.append(str(file.relative_to(path)))
            if kept:
                yield np.stack(kept), names

    return len(files), batches()


_READERS = {"csv": _csv, "npz": _npz, "npy": _npy, "h5": _h5, "hdf5": _h5, "folder": _folder}
