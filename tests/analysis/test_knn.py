import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tfcluster.analysis import knn_error
from tfcluster.data import load


def test_by_hand():
    train, labels = np.array([[0.0], [1.0], [2.0], [10.0]]), np.array([7, 7, 9, 9])
    test, truth = np.array([[0.4], [1.9], [9.0]]), np.array([7, 9, 9])
    # the nearest three: (0, 1, 2) -> 7; (2, 1, 0) -> 7; (10, 2, 1) -> 9
    assert knn_error(train, labels, test, truth, (1, 3)) == {1: 0.0, 3: pytest.approx(1 / 3)}


def test_the_lowest_label_wins_a_tie():
    train = np.array([[0.0], [1.0]])
    assert knn_error(train, [5, 3], [[0.1]], [3], (2,)) == {2: 0.0}


def test_like_scikit_learn_on_digits():
    data = load("digits")
    x = data.x.reshape(len(data), -1)
    found = knn_error(data.x[:1000], data.y[:1000], data.x[1000:], data.y[1000:])
    for k, error in found.items():
        expected = 1 - KNeighborsClassifier(k).fit(x[:1000], data.y[:1000]).score(x[1000:], data.y[1000:])
        assert error == pytest.approx(expected, abs=0.004)  # ties of distances


def test_too_few_rows():
    with pytest.raises(ValueError, match="at least as many labelled training rows"):
        knn_error(np.zeros((2, 1)), [0, 1], np.zeros((1, 1)), [0])


def test_unknown_labels_neither_vote_nor_count():
    train, labels = np.array([[0.0], [0.1], [0.2], [1.0]]), np.array([-1, -1, 3, 4])
    assert knn_error(train, labels, [[0.0], [0.9], [5.0]], [3, 4, -1], (1,)) == {1: 0.0}
    with pytest.raises(ValueError, match=r"labelled training rows as neighbours\. Received: 2, 3"):
        knn_error(train, labels, [[0.0]], [3], (3,))
    with pytest.raises(ValueError, match="There must be a labelled test row"):
        knn_error(train, labels, [[0.0]], [-1], (1,))


@pytest.mark.data
def test_pixels_of_mnist():
    train, test = load("mnist", split="train"), load("mnist", split="test")
    found = knn_error(train.x.reshape(60_000, -1), train.y, test.x.reshape(10_000, -1), test.y)
    assert [round(100 * found[k], 2) for k in (3, 5, 10)] == [2.95, 3.12, 3.35]
