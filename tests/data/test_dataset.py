import numpy as np

from tfcluster.data.dataset import ClusteringData, DataInfo

INFO = DataInfo("a", "features", (0.0, 1.0), 2, "here")


def test_take_keeps_rows_labels_and_latents_together():
    data = ClusteringData(np.arange(10.0).reshape(5, 2), np.arange(5), INFO, np.arange(5.0)[:, None])
    for part in (data.take(slice(1, 3)), data.take(np.array([1, 2]))):
        assert len(part) == 2
        np.testing.assert_array_equal(part.x, [[2.0, 3.0], [4.0, 5.0]])
        np.testing.assert_array_equal(part.y, [1, 2])
        np.testing.assert_array_equal(part.latents, [[1.0], [2.0]])
        assert part.info is INFO


def test_take_without_labels():
    part = ClusteringData(np.zeros((5, 2)), None, INFO).take(slice(2))
    assert part.y is None
    assert part.latents is None
