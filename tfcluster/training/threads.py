"""Threads whose sums have the same bits every time."""

from threadpoolctl import threadpool_limits

__all__ = ["reproducible_threads"]


def reproducible_threads():
    """A context in which scikit-learn has two threads at most.

    Its k-means adds what the threads have found in the order in which they end: two terms commute, more do not.
    """
    return threadpool_limits(2, "openmp")
