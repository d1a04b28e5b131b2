import numpy as np
from sklearn.mixture import GaussianMixture

from tfcluster.models import AEGMM


def test_is_that_of_scikit_learn_on_the_pretrained_embeddings(easy_rows):
    x = easy_rows[0]
    model = AEGMM(3, pretrain_epochs=3, embedding_dim=4)
    before = model.pretrain(x)
    embeddings = model.embed(x)
    model.fit(x)
    assert len(before.epoch) == 3
    assert embeddings.shape == (300, 4)
    np.testing.assert_array_equal(model.embed(x), embeddings)  # not pretrained again
    expected = GaussianMixture(3, covariance_type="diag", random_state=0).fit(model.embed(x))
    np.testing.assert_allclose(model.predict(x, verbose=0), expected.predict_proba(model.embed(x)), atol=1e-4)
