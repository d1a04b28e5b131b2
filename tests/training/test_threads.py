from threadpoolctl import threadpool_info

from tfcluster.training.threads import reproducible_threads


def threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "openmp"]


def test_two_threads_at_most():
    import sklearn.cluster  # noqa: F401  which loads the library

    before = threads()
    with reproducible_threads():
        assert max(threads()) <= 2
    assert threads() == before
