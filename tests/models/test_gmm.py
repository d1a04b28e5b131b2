import numpy as np
from sklearn.mixture import GaussianMixture

from tfcluster.models import GMM


def test_is_that_of_scikit_learn(easy_rows):
    x, _ = easy_rows
    model = GMM(3, seed=4)
    history = model.fit(x).history
    expected = GaussianMixture(3, covariance_type="diag", random_state=4).fit(x.astype(np.float32))
    np.testing.assert_allclose(model.predict(x, verbose=0), expected.predict_proba(x), atol=1e-4)
    np.testing.assert_allclose(history["criterion"][0], -expected.score(x), rtol=1e-4)
