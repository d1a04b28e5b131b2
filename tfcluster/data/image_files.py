"""Images that are decoded whenever they are needed."""

import concurrent.futures
import functools
import os
import pathlib

import numpy as np

from tfcluster.data.images import decoded_image
from tfcluster.utils import digest_of_rows

__all__ = ["ImageFiles"]


class ImageFiles:
    """The images in files, like an array of shape (n, H, W, C) of bytes; only what is asked for is in memory.

    Indexing by a number, a slice or an array of indices decodes these images, as many at a time as there are cores,
    and gives an array. `fit` of every method that streams takes it as it takes an array, and decodes every image anew
    in every epoch.

    Args:
        files: Paths of the images.
        shape: Shape (H, W, C) that they get.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, files, shape):
        self.files = np.asarray([str(file) for file in files])
        self.shape = (len(self.files), *shape)

    def __len__(self):
        return len(self.files)

    @property
    def size(self):
        """Number of values."""
        return int(np.prod(self.shape, dtype=np.int64))

    nbytes = size

    def __getitem__(self, index):
        files = self.files[index]
        if isinstance(files, str):
            return self._image(files)
        images = np.empty((len(files), *self.shape[1:]), np.uint8)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for place, image in enumerate(pool.map(self._image, files)):
                images[place] = image
        return images

    def subset(self, index):
        """The same for some of the files (a slice or an array of indices), none of which is decoded."""
        return ImageFiles(self.files[index], self.shape[1:])

    @functools.cached_property
    def sha256(self):
        """Checksum of the decoded images, that of the array of them."""
        return digest_of_rows(self).hexdigest()

    def _image(self, file):
        image = decoded_image(pathlib.Path(file), self.shape[1:])
        if image is None:
            raise OSError(f"{file} can no longer be decoded; it could when the folder was read.")
        return image
