"""Gaussian kernels with bandwidths taken from the data (tk-uco, section 3; DDC, Kampffmeyer et al. 2019)."""

import tensorflow as tf

from tfcluster.utils import check_choice

__all__ = ["BANDWIDTHS", "check_bandwidth", "gaussian_kernel", "median", "off_diagonal"]

BANDWIDTHS = ("median", "off_diagonal", "quantile")
"""Rules for the bandwidth: see `gaussian_kernel`."""

_TINY = 1e-9  # floor of a bandwidth: identical rows give K = 1, not NaN


def median(values):
    """Median of a rank-1 tensor, midpoint of the two middle entries when their number is even."""
    ordered = tf.sort(values)
    size = tf.shape(ordered)[0]
    return 0.5 * (ordered[(size - 1) // 2] + ordered[size // 2])


def off_diagonal(matrix):
    """The n(n-1) entries off the diagonal of an (n, n) matrix, row by row, as a rank-1 tensor."""
    size = tf.shape(matrix)[0]
    # Dropping the first entry of the flat matrix and cutting rows of n + 1 puts the diagonal in the last column.
    rows = tf.reshape(tf.reshape(matrix, [-1])[1:], [size - 1, size + 1])
    return tf.reshape(rows[:, :-1], [-1])


def _reference(distances):
    """The entries off the diagonal; for a single row, which has none, a zero."""
    return tf.pad(off_diagonal(distances), [[0, tf.cast(tf.equal(tf.shape(distances)[0], 1), tf.int32)]])


def check_bandwidth(bandwidth, relative_sigma, quantile):
    """Raise a `ValueError` for a rule that `gaussian_kernel` does not have or cannot make a kernel of."""
    check_choice("bandwidth", bandwidth, BANDWIDTHS)
    if not relative_sigma > 0.0:
        raise ValueError(f"`relative_sigma` must be above 0. Received: {relative_sigma!r}")
    if not 0.0 <= quantile < 0.5:
        raise ValueError(
            "`quantile` must be at least 0 and below 0.5: from there on the median of the moved distances, and sigma "
            f"with it, is 0. Received: {quantile!r}"
        )


def gaussian_kernel(distances, bandwidth="median", relative_sigma=0.15, quantile=0.05):
    """Gaussian kernel of a matrix of squared distances.

    ```
    K_ab = exp(-D_ab / (2 sigma)),   sigma = relative_sigma * median(...)      (sigma stands for sigma^2)
    ```

    Rules for the bandwidth, all without gradient:

    - `"median"`: the median of all n^2 entries of D, the zeros of the diagonal among them (the paper's rule).
    - `"off_diagonal"`: the median of the n(n-1) entries off the diagonal.
    - `"quantile"`: D is first moved down by its off-diagonal `quantile` q, D_ab <- max(D_ab - q, 0) for a != b, and
      sigma is taken from the moved off-diagonal entries. Distances between subspaces concentrate around a large
      value; the shift restores the contrast that the plain rules lose. Unlike that of the others, this kernel need not
      be positive semi-definite.

    Args:
        distances: Tensor of shape (n, n) of squared distances. The kernel of a single row is 1.
        bandwidth: One of `BANDWIDTHS`.
        relative_sigma: Factor on the median.
        quantile: Share in [0, 0.5) of off-diagonal distances that the shift brings to zero; used by `"quantile"`.

    Returns:
        Tensor of shape (n, n) with entries in (0, 1].

    Raises:
        ValueError: See `check_bandwidth`.
    """
    check_bandwidth(bandwidth, relative_sigma, quantile)
    if bandwidth == "median":
        reference = tf.reshape(distances, [-1])
    elif bandwidth == "off_diagonal":
        reference = _reference(distances)
    else:
        ordered = tf.sort(_reference(tf.stop_gradient(distances)))
        position = tf.cast(quantile * tf.cast(tf.shape(ordered)[0] - 1, tf.float32), tf.int32)
        diagonal = tf.linalg.diag_part(distances)
        distances = tf.linalg.set_diag(tf.maximum(distances - ordered[position], 0.0), diagonal)
        reference = tf.maximum(ordered - ordered[position], 0.0)
    sigma = tf.maximum(relative_sigma * median(tf.stop_gradient(reference)), _TINY)
    return tf.exp(-distances / (2.0 * sigma))
