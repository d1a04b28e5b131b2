"""Finding and reading data files."""

import hashlib
import os
import pathlib
import zipfile

import numpy as np

from tfcluster.utils import digest_of_rows

__all__ = [
    "X_KEYS",
    "Y_KEYS",
    "cache_dir",
    "find_file",
    "first_key",
    "is_sparse",
    "read_npz",
    "read_sparse",
    "search_folders",
    "sha256_of",
]

_CHUNK = 1 << 20
X_KEYS = ("x", "data", "X", "features", "images")
Y_KEYS = ("y", "labels", "target", "label")


def cache_dir():
    """Folder that downloads are kept in: `$XDG_CACHE_HOME/tfcluster`, by default `~/.cache/tfcluster`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(base) if base else pathlib.Path.home() / ".cache") / "tfcluster"


def search_folders(data_dir=None):
    """Folders that data files are looked for in, in order: `data_dir`, `$TFCLUSTER_DATA_DIR`, `data/`, the cache."""
    listed = [] if data_dir is None else [data_dir]
    listed += [part for part in os.environ.get("TFCLUSTER_DATA_DIR", "").split(os.pathsep) if part]
    return [pathlib.Path(folder) for folder in listed] + [pathlib.Path("data"), cache_dir()]


def find_file(file_names, data_dir=None):
    """Path of the first of `file_names` that a search folder holds, None if there is none."""
    for folder in search_folders(data_dir):
        for name in file_names:
            if (folder / name).is_file():
                return folder / name
    return None


def sha256_of(source):
    """SHA-256 of a file (by its path), or of the bytes of an array or what reads one, in hexadecimal."""
    if hasattr(source, "shape"):
        return getattr(source, "sha256", None) or digest_of_rows(source).hexdigest()
    digest = hashlib.sha256()
    with open(source, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_npz(path):
    """Rows and labels of an `.npz` file.

    It holds `x` (also: data, X, features, images, or any name if it is the only array) with the rows first, or a sparse
    matrix of any format as written by `scipy.sparse.save_npz`, or the CSR parts `data`, `indices`, `indptr` and `shape`
    of one, or JPEG bytes (`jpeg`, `offsets`, optionally a common `header`); and, optionally, integer labels `y` (also:
    labels, target, label).

    Args:
        path: The file.

    Returns:
        Rows as an array of at least rank 2, and labels or None.

    Raises:
        ValueError: If the file is not an `.npz` file of that form.
    """
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a readable .npz file (an archive written by numpy.savez).")
    try:
        with np.load(path, allow_pickle=False) as file:
            keys = set(file.files)
            if is_sparse(keys):
                x = read_sparse(path).toarray()
            elif {"jpeg", "offsets"} <= keys:
                x = _decode_jpeg(path, file["jpeg"], file["offsets"], file["header"] if "header" in keys else None)
            else:
                x = file[first_key(path, keys, X_KEYS)]
            label_keys = [key for key in Y_KEYS if key in keys]
            y = file[label_keys[0]] if label_keys else None
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ValueError(f"{path} is not a readable .npz file: {error}") from error
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise ValueError(
                f"{path} holds Python objects, which are not read. Save rows as numbers and text as y.astype(str)."
            ) from error
        raise
    return x, y


def first_key(path, keys, wanted):
    """The first of the `wanted` keys that a file has, or its only one."""
    for key in wanted:
        if key in keys:
            return key
    if len(keys) == 1 and not keys & set(Y_KEYS):
        return next(iter(keys))
    raise ValueError(f"{path} must hold its rows under one of the keys {wanted}. Received keys: {sorted(keys)}")


def is_sparse(keys):
    """Whether arrays of these names are the parts of a sparse matrix."""
    return {"data", "shape"} <= keys and ("format" in keys or {"indices", "indptr"} <= keys)


def read_sparse(path):
    """The sparse matrix in an `.npz` file as a CSR matrix, float32; without a `format` its parts are those of one."""
    from scipy import sparse

    with np.load(path, allow_pickle=False) as file:
        if "format" not in file:
            parts = file["data"], file["indices"].astype(np.int32), file["indptr"].astype(np.int32)
            return sparse.csr_matrix(parts, shape=tuple(file["shape"])).astype(np.float32)
    try:
        return sparse.load_npz(path).tocsr().astype(np.float32)
    except (KeyError, NotImplementedError, ValueError) as error:
        raise ValueError(f"{path} must be a matrix saved as scipy.sparse.save_npz(file, x.tocsr()): {error}") from error


def _decode_jpeg(path, stream, offsets, header):
    import tensorflow as tf

    if len(offsets) < 2:
        raise ValueError(f"{path} must hold images: `offsets` has their starts in `jpeg` and the end of the last one.")
    prefix = b"" if header is None else header.tobytes()
    images = None
    for row in range(len(offsets) - 1):
        coded = prefix + stream[offsets[row] : offsets[row + 1]].tobytes()
        try:
            image = tf.io.decode_jpeg(coded, channels=3, dct_method="INTEGER_ACCURATE").numpy()
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(
                f"{path}, row {row}: the bytes of `jpeg` between its `offsets` must be a JPEG image, after the common "
                f"`header` if there is one; write the row anew or leave it out. Received: {coded[:8]!r}..."
            ) from error
        if images is None:
            images = np.empty((len(offsets) - 1, *image.shape), np.uint8)
        if image.shape != images.shape[1:]:
            raise ValueError(
                f"{path}, row {row}: images must have one size; resize them, or put them in a folder and use "
                f"folder:DIR. Received: {image.shape[:2]} after {images.shape[1:3]}"
            )
        images[row] = image
    return images
