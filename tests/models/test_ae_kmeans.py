import numpy as np
from sklearn import cluster

from tfcluster.models import AEKMeans


def test_is_that_of_scikit_learn_on_the_pretrained_embeddings(easy_rows):
    x = easy_rows[0]
    model = AEKMeans(3, pretrain_epochs=3, embedding_dim=4)
    before = model.pretrain(x)
    embeddings = model.embed(x)
    model.fit(x)
    assert len(before.epoch) == 3
    assert embeddings.shape == (300, 4)
    np.testing.assert_array_equal(model.embed(x), embeddings)  # not pretrained again
    expected = cluster.KMeans(3, n_init=20, random_state=0).fit(model.embed(x))
    np.testing.assert_array_equal(model.cluster(x), expected.labels_)
    np.testing.assert_allclose(model.clustering.centroids, expected.cluster_centers_, rtol=1e-5)
