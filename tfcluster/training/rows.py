"""What `fit` takes, checked."""

import logging

import numpy as np
import tensorflow as tf

from tfcluster.training.sources import RESIDENT_BYTES, HostSource, ResidentSource, StreamSource

__all__ = ["Rows", "batches_of", "check_finite", "is_read_as_rows", "refuse_table", "require_rows", "warn_of_scales"]

logger = logging.getLogger("tfcluster")

_LARGE = 1e4
_MEAN_LARGE = 20.0  # root mean square
_LIKE_AN_ARRAY = ("shape", "dtype", "nbytes", "__len__", "__getitem__")
_SHARE = 0.99


def batches_of(x, size):
    """Batches of the rows of `Rows`, of a data set of batches (as it has them), or of an array."""
    if isinstance(x, Rows):
        x = x.dataset.batch(size) if x.array is None else x.array
    if isinstance(x, tf.data.Dataset):
        require_finite(x)
        return (_rows_of(element) for element in x)
    refuse_table(x)
    x = x if hasattr(x, "shape") else np.asarray(x)
    return (x[start : start + size] for start in range(0, len(x), size))


def require_finite(dataset):
    """Refuse, by a ValueError, a data set without end."""
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError("A data set must be finite: all of its rows are gone over. Use `take`, not `repeat`.")


def _rows_of(element):
    """The rows of an element of a data set."""
    rows = element[0] if isinstance(element, tuple) else element
    if not isinstance(rows, tf.Tensor):
        raise TypeError(f"A data set must yield rows or (rows, labels). Received: {type(rows).__name__}")
    return rows


def check_finite(rows, start=0):
    """Refuse, by a ValueError, values that are not finite in a batch of rows, the first of which is row `start`."""
    rows = np.asarray(rows)
    if rows.dtype.kind == "f" and not np.isfinite(rows).all():
        flat = rows.reshape(len(rows), -1)
        row, feature = np.argwhere(~np.isfinite(flat))[0]
        raise ValueError(
            f"`x` must hold finite numbers. Received: {flat[row, feature]} in row {start + row}, feature {feature}. "
            "Remove or impute such rows."
        )


def refuse_table(x):
    """Refuse, by a TypeError, sparse matrices and data frames, which have arrays in them."""
    remedy = next((name for name in ("toarray", "to_numpy") if hasattr(x, name)), None)
    if remedy:
        raise TypeError(f"`x` must be an array or a tf.data.Dataset; use x.{remedy}(). Received: {type(x).__name__}")


def require_rows(x):
    """Refuse, by a ValueError, what has no rows."""
    if not len(x):
        raise ValueError("`x` must have rows. Received: none")


def is_read_as_rows(x):
    """Whether x is no array, but has rows to be read like those of one: see `Rows`."""
    return not isinstance(x, np.ndarray | tf.Tensor) and all(hasattr(x, name) for name in _LIKE_AN_ARRAY)


class Rows:
    """The rows given to `fit`: an array, or a finite `tf.data.Dataset` of batches.

    A data set whose rows fit into `RESIDENT_BYTES` is read once and kept; a larger one is streamed, in its own order.
    If that is not the same every time, its rows have no number by which labels could be found: none are used then, and
    methods that keep something for each row refuse it.
    Everything that makes training pointless is refused here, before any training.

    Args:
        x: Array of shape (n, ...), or data set of batches of rows or of (rows, labels); or what is like an array, with
            its `shape`, `dtype` (uint8 or float32), `nbytes` and `len`, and is indexed by slices and by arrays of
            indices in any order: it is streamed, and read anew in every epoch.
        y: Labels for scoring of shape (n,), or None.
        n_clusters: Number of clusters wanted.
        labels_name: What y is called where it comes from, for messages.

    Attributes:
        array: The rows as an array or what is like one, or None if they are streamed from a data set.
        dataset: Unbatched data set of the streamed rows, or None.
        n: Number of rows.
        row_shape: Shape of one row.
        row_dtype: `"uint8"` for rows of bytes, else `"float32"`.
        y: Labels as an array of whole numbers, or None if there are none or none is known.
        repeats: Whether the rows come in the same order every time.

    Raises:
        ValueError: For no rows, fewer rows than clusters, values that are not finite numbers, rows that are all the
            same, labels of another number or that are no whole numbers.
        TypeError: For what is neither array nor data set, or a data set of anything but rows and labels.
    """

    def __init__(self, x, y, n_clusters, labels_name="y"):
        self.array, self.dataset, self.repeats = None, None, True
        self.labels_name = labels_name
        self._placed = None  # the rows on the device: all phases share them
        if isinstance(x, tf.data.Dataset):
            y = self._read(x, y)
        else:
            self.array = _as_array(x)
            self.n, self.row_shape = self.array.shape[0], self.array.shape[1:]
        self.y = None if y is None else np.asarray(y)
        self._check(n_clusters)
        if self.y is not None and not (self.y >= 0).any():
            self.y = None  # none is known

    @property
    def row_dtype(self):
        dtype = self.dataset.element_spec.dtype.name if self.array is None else self.array.dtype.name
        return "uint8" if dtype == "uint8" else "float32"

    def source(self, batch_size, seed, drop_remainder):
        """Batches for the compiled loop."""
        if self.array is None:
            return StreamSource(self.dataset, self.n, batch_size, drop_remainder, self.repeats)
        if self.array.nbytes > RESIDENT_BYTES or not isinstance(self.array, np.ndarray):
            return HostSource(self.array, batch_size, seed, drop_remainder)
        placed = self.array if self._placed is None else self._placed
        source = ResidentSource(placed, batch_size, seed, drop_remainder)
        self._placed = source.x
        return source

    def _read(self, dataset, y):
        require_finite(dataset)
        kept, labels, first, size, self.n = [], [], None, 0, 0
        for element in dataset:
            rows = _rows_of(element)
            if isinstance(element, tuple) and len(element) == 3:
                raise ValueError("A data set must yield rows or (rows, labels). Received: weights too")
            if isinstance(element, tuple) and len(element) > 1 and y is None:
                labels.append(np.asarray(element[1]))
            if rows.shape.rank < 2:
                raise ValueError(f"A data set must yield batches of rows: call `batch`. Received: shape {rows.shape}")
            if rows.dtype.is_floating and not bool(tf.reduce_all(tf.math.is_finite(rows))):
                raise ValueError("`x` must hold finite numbers. Received: nan or inf in a batch of the data set.")
            first = rows.numpy() if first is None else first
            self.n += int(rows.shape[0])
            self.row_shape = tuple(rows.shape[1:])
            if kept is not None:
                kept.append(rows.numpy())
                size += kept[-1].nbytes
                if size > RESIDENT_BYTES:
                    kept = None
        if not self.n:
            raise ValueError("The data set has no rows.")
        y = np.concatenate(labels) if labels else y
        if kept is not None:
            self.array = _as_array(np.concatenate(kept))
            return y
        rows = dataset.map(lambda *element: element[0])
        self.dataset = rows.unbatch()
        self.repeats = np.array_equal(first, next(iter(rows)).numpy())
        if y is None or self.repeats:
            return y
        logger.warning(
            "the streamed data set gives other rows at the second reading: there will be no scores, since labels are "
            "found by the number of a row. For scores use `shuffle(..., reshuffle_each_iteration=False)`"
        )
        return None

    def _check(self, n_clusters):
        if self.n < n_clusters:
            raise ValueError(
                f"There must be at least as many rows as clusters. Received: {self.n} rows, n_clusters={n_clusters}"
            )
        if self.y is not None and self.y.shape != (self.n,):
            raise ValueError(
                f"`{self.labels_name}` must hold one label for each of the {self.n} rows. "
                f"Received: shape {self.y.shape}"
            )
        if self.y is not None and not (self.y.dtype.kind in "biu" or _are_whole(self.y)):
            raise ValueError(
                f"`{self.labels_name}` must hold integers, -1 for unknown: np.unique(labels, return_inverse=True)[1] "
                f"numbers other labels. Received: dtype {self.y.dtype}, such as {self.y[0]!r}"
            )
        if self.array is not None:
            _check_values(self.array)


def _are_whole(y):
    return y.dtype.kind == "f" and bool((y == np.floor(y)).all())


def _as_array(x):
    if isinstance(x, tf.Tensor):
        x = x.numpy()
    if isinstance(x, list | tuple):
        x = np.asarray(x)
    if np.ma.is_masked(x):
        raise ValueError("`x` must have a value everywhere. Received: a masked array; fill or drop what is masked.")
    if not isinstance(x, np.ndarray):
        if not is_read_as_rows(x):
            refuse_table(x)
            raise TypeError(f"`x` must be an array or a tf.data.Dataset. Received: {type(x).__name__}")
        _check_reading(x)
    if x.dtype.kind not in "biuf":
        raise ValueError(f"`x` must hold numbers. Received: dtype {x.dtype}")
    if len(x.shape) < 2:
        raise ValueError(f"`x` must hold rows: rank 2 or more. Received: shape {x.shape}")
    if 0 in x.shape:
        raise ValueError(f"`x` must not be empty. Received: shape {x.shape}")
    if isinstance(x, np.memmap) and x.dtype not in (np.uint8, np.float32) and 4 * x.size > RESIDENT_BYTES:
        logger.warning(
            "`x` is a memory map of %s, which is copied into memory as float32 (%.1f GB): a map of float32 or uint8 is "
            "read as it is needed",
            x.dtype,
            4e-9 * x.size,
        )
    if isinstance(x, np.ndarray) and x.dtype != np.uint8:
        x = x.astype(np.float32, copy=False)
    return x


def _check_reading(x):
    """Refuse, by a TypeError, rows that cannot be read by their indices in any order."""
    what = f"`x` is a {type(x).__module__}.{type(x).__name__}, whose rows are read as they are needed"
    if not isinstance(x.dtype, np.dtype) or x.dtype not in (np.uint8, np.float32):
        raise TypeError(f"{what}: its dtype must be NumPy's uint8 or float32. Received: {x.dtype!r}")
    if len(x.shape) < 2 or len(x) != x.shape[0] or not len(x):
        raise TypeError(f"{what}: it must have rows. Received: shape {x.shape}, length {len(x)}")
    indices = np.array([len(x) - 1, 0])
    try:
        rows = x[indices]
    except Exception as error:  # whatever it raises; h5py takes increasing indices only
        raise TypeError(
            f"{what}: it must take indices in any order. Received: {type(error).__name__} for x[{indices.tolist()}]: "
            f"{error}"
        ) from error
    if not isinstance(rows, np.ndarray) or (rows.shape, rows.dtype) != ((2, *x.shape[1:]), x.dtype):
        found = f"{type(rows).__name__} of shape {np.shape(rows)} and dtype {getattr(rows, 'dtype', None)}"
        raise TypeError(f"{what}: x[{indices.tolist()}] must be an array of 2 rows of its dtype. Received: {found}")


def _check_values(rows):
    step = max(1, 2**24 // int(np.prod(rows.shape[1:])))
    constant, first = True, rows[:1].reshape(-1)
    for start in range(0, len(rows), step):
        if not constant and rows.dtype.kind != "f":
            return  # bytes are finite
        part = rows[start : start + step].reshape(-1, first.size)
        check_finite(part, start)
        constant = constant and bool((part == first).all())
    if constant:
        raise ValueError(f"All {len(rows)} rows of `x` are the same: there is nothing to cluster.")


def warn_of_scales(x, network=True):
    """Say so if values are large, or columns of vectors constant, or nearly all of the variance that of one column.

    Args:
        x: Array of preprocessed rows, as a model sees them.
        network: Whether it trains a network, for which values must not be large.
    """
    remedy = "scale them by `preprocessing` (on the command line: --set scaling=standardize)"
    x = x.astype(np.float64)
    largest, variance = np.abs(x).max(), x.var(axis=0)
    if network and (largest > _LARGE or np.square(x).mean() > _MEAN_LARGE**2):
        logger.warning("the model sees values up to %.3g, on which networks train poorly: %s", largest, remedy)
    constant = np.flatnonzero((x == x[:1]).all(axis=0)) if x.ndim == 2 else ()
    if len(constant):
        logger.warning(
            "%d of %d columns are constant in the first %d rows and tell none apart: drop them if they are so in "
            "all rows. Columns, counted from 0: %s%s",
            len(constant),
            x.shape[1],
            len(x),
            ", ".join(map(str, constant[:10])),
            " ..." if len(constant) > 10 else "",
        )
    if x.ndim == 2 and (variance > 0).sum() > 1 and variance.max() > _SHARE * variance.sum():
        logger.warning(
            "column %d, counted from 0, has %.4g %% of the variance of %d columns, so that the others hardly count: %s",
            variance.argmax(),
            100 * variance.max() / variance.sum(),
            len(variance),
            remedy,
        )
