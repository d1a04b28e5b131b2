from threadpoolctl import threadpool_info, threadpool_limits

from tfcluster.training.threads import reproducible_threads


def threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "openmp"]


def test_two_threads_at_most():
    import sklearn.cluster  # noqa: F401  which loads the library

    before = threads()
    with reproducible_threads():
        assert max(threads()) <= 2
    assert threads() == before
    with threadpool_limits(1, "openmp"), reproducible_threads():
        assert max(threads()) == 1
    with threadpool_limits(4, "openmp"), reproducible_threads():
        assert max(threads()) == 2
