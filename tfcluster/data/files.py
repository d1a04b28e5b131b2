"""Finding and reading data files."""

import hashlib
import os
import pathlib
import zipfile

import numpy as np

__all__ = [
    "CSR_KEYS",
    "X_KEYS",
    "Y_KEYS",
    "cache_dir",
    "find_file",
    "first_key",
    "read_npz",
    "read_sparse",
    "search_folders",
    "sha256_of",
]

_CHUNK = 1 << 20
X_KEYS = ("x", "data", "X", "features", "images")
CSR_KEYS = frozenset({"data", "indices", "indptr", "shape"})
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
    """SHA-256 of a file (by its path) or of an array's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    if isinstance(source, np.ndarray):
        digest.update(np.ascontiguousarray(source).reshape(-1).view(np.uint8))
        return digest.hexdigest()
    with open(source, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_npz(path):
    """Rows and labels of an `.npz` file.

    It holds `x` (also: data, X, features, images) with the rows first, or the CSR parts `data`, `indices`, `indptr`
    and `shape` of a sparse matrix, or JPEG bytes (`jpeg`, `offsets`, optionally a common `header`); and, optionally,
    integer labels `y` (also: labels, target, label).

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
            if keys >= CSR_KEYS:
                x = read_sparse(file).toarray()
            elif {"jpeg", "offsets"} <= keys:
                x = _decode_jpeg(file["jpeg"], file["offsets"], file["header"] if "header" in keys else None)
            else:
                x = file[first_key(path, keys, X_KEYS)]
            label_keys = [key for key in Y_KEYS if key in keys]
            y = file[label_keys[0]] if label_keys else None
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ValueError(f"{path} is not a readable .npz file: {error}") from error
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise ValueError(f"{path} holds Python objects, which are not read. Save plain number arrays.") from error
        raise
    return x, y


def first_key(path, keys, wanted):
    """The first of the `wanted` keys that a file has."""
    for key in wanted:
        if key in keys:
            return key
    raise ValueError(f"{path} must hold its rows under one of the keys {wanted}. Received keys: {sorted(keys)}")


def read_sparse(file):
    """The CSR matrix, float32, whose parts an open `.npz` file holds."""
    from scipy import sparse

    parts = file["data"], file["indices"].astype(np.int32), file["indptr"].astype(np.int32)
    return sparse.csr_matrix(parts, shape=tuple(file["shape"])).astype(np.float32)


def _decode_jpeg(stream, offsets, header):
    import tensorflow as tf

    prefix = b"" if header is None else header.tobytes()
    images = None
    for row in range(len(offsets) - 1):
        coded = prefix + stream[offsets[row] : offsets[row + 1]].tobytes()
        image = tf.io.decode_jpeg(coded, channels=3, dct_method="INTEGER_ACCURATE").numpy()
        if images is None:
            images = np.empty((len(offsets) - 1, *image.shape), np.uint8)
        images[row] = image
    return images
