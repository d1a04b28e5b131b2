import pytest

from tfcluster.data.registry import REGISTRY, get_entry, names


def test_entries_are_complete():
    for name in names():
        entry = get_entry(name)
        assert entry.name == name
        assert entry.origin
        assert entry.kind == ("image" if len(entry.shape) == 3 else "features")
        assert entry.n_train is None or 0 < entry.n_train < entry.n
        assert entry.n_clusters is None or entry.n_clusters > 1
        assert bool(entry.files) == bool(entry.fetch)
        assert set(entry.note) <= set(entry.files)


def test_named_sets_of_the_design():
    wanted = (
        "digits usps mnist fashion_mnist coil20 coil100 reuters10k cifar10 stl10 svhn blobs big_small_digits square"
    )
    assert set(f"{wanted} room robot_arm_2d robot_arm_3d".split()) == set(REGISTRY)


def test_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match="did you mean fashion_mnist"):
        get_entry("fashion-mnist")
