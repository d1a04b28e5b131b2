import numpy as np
import pytest

from tfcluster.metrics import clustering_accuracy, clustering_scores


def test_accuracy_by_hand():
    assert clustering_accuracy([0, 0, 1, 1], [1, 1, 0, 0]) == 1.0
    assert clustering_accuracy([0, 0, 1, 1], [0, 1, 1, 1]) == 0.75
    # More clusters than classes: the best matching covers two of the three.
    assert clustering_accuracy([0, 0, 1, 1], [0, 1, 2, 2]) == 0.75
    # More classes than clusters.
    assert clustering_accuracy([0, 1, 2, 2], [0, 0, 1, 1]) == 0.75


def test_scores():
    y = np.array([0, 0, 1, 1])
    assert clustering_scores(y, 1 - y) == {"acc": 1.0, "nmi": 1.0, "ari": 1.0}
    assert clustering_scores(y, np.zeros(4, int))["nmi"] == 0.0


def test_labels_may_be_texts_and_are_as_many_as_rows():
    assert clustering_scores(["a", "b", "b"], [1, 0, 0])["acc"] == 1.0
    with pytest.raises(ValueError, match=r"a label for each row. Received: \(2,\) labels, \(3,\) clusters"):
        clustering_scores([0, 1], [1, 0, 0])


def test_absent_labels_give_none():
    assert clustering_scores(None, np.zeros(4)) == {"acc": None, "nmi": None, "ari": None}


def test_unknown_labels_do_not_count():
    assert clustering_scores([0, -1, 1, 1, -1], [1, 1, 0, 0, 1]) == {"acc": 1.0, "nmi": 1.0, "ari": 1.0}
    assert clustering_scores([-1, -1], [0, 1]) == {"acc": None, "nmi": None, "ari": None}
