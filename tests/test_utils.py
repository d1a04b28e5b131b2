import numpy as np
import pytest

from tfcluster.utils import as_tuple, check_choice, check_count, check_seed, check_share, derive_seeds, nearest_names


def test_nearest_names():
    assert nearest_names("ddc_ucos", ["ddc", "ddc_uco"]).startswith("did you mean ddc_uco")
    assert nearest_names("zzz", ["a", "b"]) == "known: a, b"


def test_check_choice():
    check_choice("kernel", "naive", ("tensor", "naive"))
    with pytest.raises(ValueError, match="`kernel` must be one of"):
        check_choice("kernel", "x", ("tensor", "naive"))


def test_derived_seeds():
    seeds = derive_seeds(0, 5)
    assert seeds == derive_seeds(0, 5)
    assert len(set(seeds)) == 5
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert set(seeds).isdisjoint(derive_seeds(1, 5))


def test_as_tuple():
    assert as_tuple(None) is None
    assert as_tuple("ab") == ("ab",)
    assert as_tuple(3) == (3,)
    assert as_tuple(["a", "b"]) == ("a", "b")


@pytest.mark.parametrize("value", [0, 2.5, "3", None])
def test_check_count(value):
    check_count("n_init", np.int64(1))
    with pytest.raises(ValueError, match=f"`n_init` must be an integer of at least 1. Received: {value!r}"):
        check_count("n_init", value)


def test_check_share():
    check_share("quantile", 0.0)
    with pytest.raises(ValueError, match="`quantile` must be at least 0 and below 1"):
        check_share("quantile", 1.0)


@pytest.mark.parametrize("seed", [-1, 1.5, "a", 2**31])
def test_seeds_are_those_of_tensorflow(seed):
    with pytest.raises(ValueError, match="`seed` must be"):
        check_seed(seed)
    check_seed(2**31 - 1)
