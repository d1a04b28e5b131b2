import numpy as np

from tfcluster.training.uniform_sample import uniform_sample


def test_every_cluster_equally_often(rng):
    labels = np.repeat([4, 7, 9], [80, 15, 5])
    rows = uniform_sample(labels, rng)
    assert rows.shape == (100,)
    counts = np.bincount(labels[rows])[[4, 7, 9]]
    assert counts.min() >= 32
    assert counts.max() <= 34
    large = rows[labels[rows] == 4]
    assert len(set(large)) == len(large)  # enough of them: none twice
    np.testing.assert_array_equal(uniform_sample(labels, np.random.default_rng(0)), rows)
