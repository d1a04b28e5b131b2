import numpy as np

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


def test_absent_labels_give_none():
    assert clustering_scores(None, np.zeros(4)) == {"acc": None, "nmi": None, "ari": None}


def test_unknown_labels_do_not_count():
    assert clustering_scores([0, -1, 1, 1, -1], [1, 1, 0, 0, 1]) == {"acc": 1.0, "nmi": 1.0, "ari": 1.0}
    assert clustering_scores([-1, -1], [0, 1]) == {"acc": None, "nmi": None, "ari": None}
