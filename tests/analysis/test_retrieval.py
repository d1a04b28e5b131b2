import numpy as np
import pytest

from tfcluster.analysis import nearest_rows, retrieval_precision


def test_the_angle_counts_and_not_the_length():
    gallery = np.array([[10.0, 0.1], [0.0, 1.0], [-5.0, 0.0]])
    np.testing.assert_array_equal(nearest_rows([[1.0, 0.0], [0.1, 3.0]], gallery, 2), [[0, 1], [1, 0]])


def test_precision_by_hand():
    x = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    assert retrieval_precision(x, [0, 0, 1, 1], 1) == 1.0
    assert retrieval_precision(x, [0, 1, 1, 1], 1) == 0.5
    assert retrieval_precision(x, [0, 0, 1, 1], 3) == pytest.approx(1 / 3)


def test_copies_of_a_row_do_not_hide_it():
    assert retrieval_precision(np.ones((5, 2)), [0, 0, 0, 1, 1], 4) == pytest.approx((3 * 2 + 2 * 1) / 20)


def test_too_few_rows():
    with pytest.raises(ValueError, match="more than `count`=10 rows"):
        retrieval_precision(np.ones((10, 2)), np.zeros(10))
