"""Threads whose sums have the same bits every time."""

from threadpoolctl import threadpool_info, threadpool_limits

__all__ = ["reproducible_threads"]


def reproducible_threads():
    """A context in which scikit-learn has two threads at most.

    Its k-means adds what the threads have found in the order in which they end: two terms commute, more do not.
    """
    found = [library for library in threadpool_info() if library["user_api"] == "openmp"]
    return threadpool_limits({library["prefix"]: min(2, library["num_threads"]) for library in found})
