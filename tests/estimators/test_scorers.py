import numpy as np
import pytest

from tfcluster.estimators import embedding_silhouette, input_silhouette


class Sign:
    """Clusters by the sign of the first column, embeds into it."""

    def predict(self, x):
        return (x[:, 0] > 0).astype(int)

    def transform(self, x):
        return x[:, :1]


def test_silhouette_by_hand():
    x = np.array([[-1.0, 0.0], [-1.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    # a = 1, b = (2 + sqrt 5) / 2 for each row
    b = (2 + np.sqrt(5)) / 2
    assert input_silhouette(Sign(), x) == pytest.approx(1 - 1 / b)
    assert embedding_silhouette(Sign(), x) == pytest.approx(1.0)


def test_one_cluster_scores_least():
    assert input_silhouette(Sign(), np.ones((5, 2))) == -1.0


def test_many_rows_are_a_fixed_choice(rng):
    x = rng.normal(size=(5000, 2))
    seen = []

    class Counting(Sign):
        def predict(self, x):
            seen.append(x)
            return super().predict(x)

    assert input_silhouette(Counting(), x) == input_silhouette(Counting(), x)
    assert len(seen[0]) == 2000
    np.testing.assert_array_equal(seen[0], seen[1])
