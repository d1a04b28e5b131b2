"""Facts of the real files; they skip where a file is not there."""

import numpy as np
import pytest

from tfcluster.data import load

pytestmark = pytest.mark.data

FACTS = {
    "usps": (9298, (16, 16, 1), [1553, 1269, 929, 824, 852, 716, 834, 792, 708, 821]),
    "mnist": (70000, (28, 28, 1), [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]),
    "fashion_mnist": (70000, (28, 28, 1), [7000] * 10),
    "reuters10k": (10000, (2000,), None),
    "coil100": (None, None, None),
    "svhn": (None, None, None),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts(name):
    try:
        data = load(name, download=False)
    except FileNotFoundError as error:
        pytest.skip(f"{name}: no file ({error})")
    n, shape, counts = FACTS[name]
    if n is not None:
        assert data.x.shape == (n, *shape)
    if counts is not None:
        assert np.bincount(data.y).tolist() == counts
    low, high = data.info.range
    assert low <= data.x.min()
    assert data.x.max() <= high + 1e-6
    assert len(np.unique(data.y)) == data.info.n_clusters
    assert len(data.x) == len(data.y)
