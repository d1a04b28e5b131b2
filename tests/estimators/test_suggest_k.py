import importlib

import numpy as np
import pytest

from tfcluster.cli import main
from tfcluster.estimators import DeepClustering, SuggestedK, prediction_strength, suggest_k


def test_prediction_strength_by_hand():
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 2])
    assert prediction_strength(labels, labels) == 1.0
    # of the 3 pairs of cluster 0 one stays together, of the 6 of cluster 1 two
    assert prediction_strength(labels, np.array([5, 5, 6, 7, 7, 8, 8, 9])) == pytest.approx(1 / 3)
    assert prediction_strength(labels, np.array([5, 5, 6, 7, 7, 7, 7, 9])) == pytest.approx(1 / 3)
    assert prediction_strength(np.arange(3), np.zeros(3, int)) == 0.0


def test_four_blobs_are_four():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(200, 4)) + 8.0 * np.eye(4)[rng.integers(0, 4, size=200)]).astype(np.float32)
    seen = []
    found = suggest_k(
        x, range(2, 7), DeepClustering("kmeans", random_state=0), splits=2, progress=lambda k, strength: seen.append(k)
    )
    assert (found.k, found.supported, found.doubt()) == (4, True, "")
    assert seen == [2, 3, 4, 5, 6]
    assert [row["k"] for row in found.curve] == seen
    assert found.curve[2]["strength"] > 0.95 > found.curve[4]["strength"]


def test_doubt_is_said():
    curve = [{"k": k, "strength": s, "error": 0.0, "silhouette": c} for k, s, c in ((2, 0.5, 0.1), (3, 0.4, 0.3))]
    assert "may be no clusters" in SuggestedK(2, False, curve).doubt()
    assert "highest for 3 (0.30; here 0.10)" in SuggestedK(2, True, curve).doubt()
    assert "may be more clusters" in SuggestedK(3, True, curve).doubt()


def test_wrong_numbers():
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    for ks in ([], [1, 2], [2, 6]):
        received = f"{ks[0]} to {ks[1]}" if ks else "none"
        with pytest.raises(ValueError, match=f"between 2 and a quarter of the 20 rows. Received: {received}"):
            suggest_k(x, ks, DeepClustering("kmeans"))
    with pytest.raises(ValueError, match=r"`splits` must be at least 1. Received: 0"):
        suggest_k(x, [2], DeepClustering("kmeans"), splits=0)


def test_the_error_is_that_of_the_mean(monkeypatch):
    strengths = iter([0.5, 0.9, 0.5, 0.9])  # standard deviation 0.2
    module = importlib.import_module("tfcluster.estimators.suggest_k")
    monkeypatch.setattr(module, "prediction_strength", lambda labels, assigned: next(strengths))
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    found = suggest_k(x, [2], DeepClustering("kmeans", params={"n_init": 1}), splits=4, threshold=0.79)
    assert found.curve[0]["error"] == pytest.approx(0.1)
    assert found.supported  # 0.7 + 0.1


@pytest.mark.long
def test_command(capsys):
    request = ["suggest-k", "--dataset", "blobs", "--limit", "1000", "--splits", "2", "--quiet"]
    assert main([*request, "--least", "4", "--most", "6"]) == 0
    out = capsys.readouterr().out
    assert "suggestion: 5 clusters for kmeans." in out
    assert "*  5" in out
    assert main([*request, "--most", "1"]) == 2
    assert "`--least` must be from 2 to `--most`. Received: 2 and 1" in capsys.readouterr().err
    assert main(["suggest-k", "--dataset", "blobs", "--limit", "18", "--splits", "1", "--most", "9"]) == 0
    assert "blobs: 18 rows, 2 to 4 clusters, for want of rows no more" in capsys.readouterr().err
    assert main([*request, "--limit", "7"]) == 2
    assert "four rows for each cluster. Received: 7 rows, --least 2" in capsys.readouterr().err
    assert main([*request, "--splits", "0"]) == 2
    assert "`splits` must be at least 1. Received: 0" in capsys.readouterr().err
    assert main([*request, "--limit", "-2900"]) == 2
    assert "`--limit` must be at least 1. Received: -2900" in capsys.readouterr().err
