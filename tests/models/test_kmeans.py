import numpy as np
from sklearn import cluster

from tfcluster.models import KMeans


def test_is_that_of_scikit_learn(easy_rows):
    x, y = easy_rows
    model = KMeans(3, seed=4)
    history = model.fit(x, y).history
    expected = cluster.KMeans(3, n_init=20, random_state=4).fit(x)
    np.testing.assert_array_equal(model.cluster(x), expected.labels_)
    np.testing.assert_allclose(history["criterion"][0], expected.inertia_, rtol=1e-5)
    assert model.predict(x[:2], verbose=0).sum() == 2.0
    np.testing.assert_allclose(model.embed(x), x)
