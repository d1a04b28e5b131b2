"""Getting a named data set from its public origin when no file is there.

The routes through tensorflow-datasets, OpenML and RCV1 have not been run against their origins yet; see the README.
"""

import http.client
import io
import os
import pathlib
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile

import numpy as np

from tfcluster.data.files import cache_dir, sha256_of

__all__ = ["OriginUnreachableError", "download_entry", "download_file", "require_origin"]

_TIMEOUT = 5.0  # seconds until an origin counts as unreachable
_CHUNK = 1 << 16
_HOSTS = {
    "tfds": "https://storage.googleapis.com",
    "openml": "https://www.openml.org",
    "rcv1": "https://ndownloader.figshare.com",
}


class OriginUnreachableError(OSError):
    """The public origin of a data set cannot be reached."""


def require_origin(url):
    """Raise `OriginUnreachableError` within seconds unless the server of `url` answers at all."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_TIMEOUT).close()
    except urllib.error.HTTPError:
        return  # an answer, if not a friendly one
    except OSError as error:
        raise OriginUnreachableError(f"{url} does not answer: {getattr(error, 'reason', error)}") from error


def download_file(url, path, sha256=None, progress=None):
    """Download `url` to `path`, atomically.

    Args:
        url: What to download.
        path: Where to; the folder is made.
        sha256: Checksum that the file must have, None to accept any.
        progress: Function of (bytes so far, total bytes or None), called as the download goes on.

    Returns:
        The path.

    Raises:
        OriginUnreachableError: If the server does not answer or the transfer breaks off.
        ValueError: If the checksum differs; nothing is kept.
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as target, urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
            total = int(response.headers.get("Content-Length") or 0) or None
            done = 0
            while chunk := response.read(_CHUNK):
                target.write(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, total)
            if total is not None and done != total:
                raise OriginUnreachableError(f"{url} broke off after {done} of {total} bytes. Try again.")
        received = sha256_of(part)
        if sha256 is not None and received != sha256:
            raise ValueError(f"{url} does not have the expected SHA-256 {sha256}. Received: {received}")
        os.replace(part, path)
    except OriginUnreachableError:
        raise
    except (OSError, http.client.HTTPException) as error:  # such as IncompleteRead
        raise OriginUnreachableError(f"{url} cannot be downloaded: {getattr(error, 'reason', error)}") from error
    finally:
        pathlib.Path(part).unlink(missing_ok=True)
    return path


def progress_bar(done, total):
    """A line on stderr that grows with a download."""
    if total:
        sys.stderr.write(f"\r{done / 2**20:8.1f} of {total / 2**20:.1f} MB  {100 * done // total:3d} %")
        if done == total:
            sys.stderr.write("\n")


def download_entry(entry):
    """Get a registered data set from its origin and keep it in the cache as its `.npz` file.

    Args:
        entry: A registry `Entry` with an origin.

    Returns:
        Path of the file.

    Raises:
        OriginUnreachableError: If there is no way to the origin; known within seconds.
    """
    route, _, rest = entry.fetch.partition(":")
    if route in _HOSTS:
        require_origin(_HOSTS[route])
        x, y = {"tfds": _from_tfds, "openml": _from_openml, "rcv1": _from_rcv1}[route](entry, rest)
    else:
        require_origin(entry.fetch)
        archive = download_file(entry.fetch, cache_dir() / f"{entry.name}.zip", progress=progress_bar)
        x, y = images_of_zip(archive)
    if len(x) != entry.n or x.shape[1:] != entry.shape[: x.ndim - 1]:
        raise ValueError(
            f"{entry.name} came with rows of another number or shape. "
            f"Expected: {entry.n} x {entry.shape}. Received: {len(x)} x {x.shape[1:]}"
        )
    path = cache_dir() / entry.files[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as target:
            np.savez_compressed(target, x=x, y=y.astype(np.uint8))
        os.replace(part, path)
    finally:
        pathlib.Path(part).unlink(missing_ok=True)
    return path


def _from_tfds(entry, name):
    import tensorflow_datasets as tfds

    split = "train+test"
    dataset = tfds.load(name, split="train" if name == "coil100" else split, batch_size=-1)
    arrays = tfds.as_numpy(dataset)
    y = arrays["object_id" if name == "coil100" else "label"]
    if y.dtype.kind in "SOU":
        y = np.unique(y, return_inverse=True)[1]
    return arrays["image"], y


def _from_openml(entry, rest):
    from sklearn.datasets import fetch_openml

    name, _, version = rest.partition(":")
    bunch = fetch_openml(name=name, version=int(version), as_frame=False, parser="liac-arff")
    x = (np.asarray(bunch.data, np.float32).reshape(-1, *entry.shape) + 1.0) / 2.0  # [-1, 1] to [0, 1]
    return x, np.asarray(bunch.target, int) - 1


def _from_rcv1(entry, rest):
    from sklearn.datasets import fetch_rcv1

    from tfcluster.data.reuters import reuters10k

    return reuters10k(fetch_rcv1())


def images_of_zip(path):
    """Images of a zip file as an array, labelled by the number after `obj` in their names (COIL)."""
    import re

    import tensorflow as tf

    rows = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            match = re.search(r"obj(\d+)__(\d+)\.png$", name)
            if match:
                image = tf.io.decode_png(io.BytesIO(archive.read(name)).getvalue()).numpy()
                rows.append((int(match[1]), int(match[2]), image))
    if not rows:
        raise ValueError(f"{path} holds no images named obj<number>__<view>.png.")
    rows.sort(key=lambda row: row[:2])
    return np.stack([row[2] for row in rows]), np.array([row[0] - 1 for row in rows])
