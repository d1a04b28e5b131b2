import pytest

from tfcluster.utils import check_choice, derive_seeds, nearest_names


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
