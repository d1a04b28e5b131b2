"""What a loader returns."""

import dataclasses

import numpy as np

__all__ = ["ClusteringData", "DataInfo"]


@dataclasses.dataclass(frozen=True)
class DataInfo:
    """Facts about a loaded data set.

    Attributes:
        name: What was asked for: a registered name or `kind:location`.
        kind: `"image"` for rows of shape (H, W, C), `"features"` for vectors.
        range: Smallest and largest value a row may hold; for features those that occur.
        n_clusters: Number of classes, None if it is unknown.
        source: Where the rows come from.
        licence: Under which terms, as far as stated.
        sha256: Checksum of the file, or of the array for bundled and generated data.
        path: The file or folder that was read, None if there is none.
        note: What differs from the set that carries the name.
        columns: Names of the values of a row, for a csv file with a header, or None.
        label_names: What the labels 0, 1, ... stand for, or None if they stand for themselves.
    """

    name: str
    kind: str
    range: tuple[float, float]
    n_clusters: int | None
    source: str
    licence: str = "not stated"
    sha256: str | None = None
    path: str | None = None
    note: str = ""
    columns: tuple[str, ...] | None = None
    label_names: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True)
class ClusteringData:
    """Rows, labels for scoring, and facts.

    Attributes:
        x: Array of shape (n, ...) in its native dtype and values, or `ImageFiles` that are decoded as needed.
        y: Integer labels of shape (n,) counted from 0, or None. Used for scores only.
        info: A `DataInfo`.
        latents: What generated rows were made from, shape (n, degrees of freedom), or None.
        test: Rows held out for a test error, a `ClusteringData`, or None.
        names: Names of the rows, an array of texts of shape (n,), or None: the files of a folder of images.
    """

    x: np.ndarray
    y: np.ndarray | None
    info: DataInfo
    latents: np.ndarray | None = None
    test: "ClusteringData | None" = None
    names: np.ndarray | None = None

    def __len__(self):
        return len(self.x)

    def sample(self, count):
        """The same set with `count` random rows, a fixed choice, in their order."""
        if count >= len(self):
            return self
        return self.take(np.sort(np.random.default_rng(0).permutation(len(self))[:count]))

    def take(self, rows):
        """The same set with the given rows only (a slice or an array of indices)."""
        y, latents, names = (None if part is None else part[rows] for part in (self.y, self.latents, self.names))
        x = self.x[rows] if isinstance(self.x, np.ndarray) else self.x.subset(rows)
        return dataclasses.replace(self, x=x, y=y, latents=latents, names=names)
