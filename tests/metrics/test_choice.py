import numpy as np
import pytest

from tfcluster.metrics import agreements, choose_run


def test_agreement_by_hand():
    same, other = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])  # NMI of the two is 0
    assert agreements([same, 1 - same, other]) == pytest.approx([0.5, 0.5, 0.0])
    assert agreements([same]) == [None]


def test_choice():
    assert choose_run("loss", [3.0, 1.0, 2.0], [5, 5, 5], 5) == 1
    assert choose_run("loss", [3.0, 1.0, 2.0], [5, 4, 5], 5) == 2
    assert choose_run("agreement", [0.2, 0.9, 0.9], [5, 5, 5], 5) == 1
    assert choose_run("agreement", [0.2, 0.9, 0.8], [5, 4, 5], 5) == 2
    assert choose_run("agreement", [0.9, 0.9], [5, 5], 5) == 0
    assert choose_run("agreement", [None], [3], 5) == 0
