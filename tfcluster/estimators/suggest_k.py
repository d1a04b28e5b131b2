"""How many clusters the data support, without labels."""

import dataclasses

import numpy as np
from sklearn.base import clone
from sklearn.metrics.cluster import contingency_matrix

from tfcluster.estimators.scorers import input_silhouette

__all__ = ["SuggestedK", "prediction_strength", "suggest_k"]


def prediction_strength(labels, assigned):
    """Prediction strength of a clustering (Tibshirani, Walther 2005).

    ```
    ps = min_j 1 / (n_j (n_j - 1)) sum_{a != b in cluster j} [g(x_a) = g(x_b)]
    ```

    The clusters j are those found in some rows, and g is the clustering found in others, which assigns these. Clusters
    of one row have no pair and are left out.

    Args:
        labels: Clusters found in the rows, shape (n,).
        assigned: g of the rows, shape (n,).

    Returns:
        A float in [0, 1]; 1 for a single cluster that g keeps together.
    """
    table = contingency_matrix(labels, assigned).astype(np.float64)
    sizes = table.sum(axis=1)
    pairs = (table * (table - 1.0)).sum(axis=1)[sizes > 1] / (sizes * (sizes - 1.0))[sizes > 1]
    return float(pairs.min()) if len(pairs) else 0.0


@dataclasses.dataclass(frozen=True)
class SuggestedK:
    """What `suggest_k` found.

    Attributes:
        k: The suggestion.
        supported: Whether k reaches the threshold; otherwise it is only the k that came closest.
        curve: A dict for each number of clusters: `k`, `strength` (mean over the splits), its standard `error`, and
            `silhouette` in the space of the rows.
    """

    k: int
    supported: bool
    curve: list

    def doubt(self):
        """Sentences on how sure the suggestion is; empty if there is nothing to say."""
        own = next(row for row in self.curve if row["k"] == self.k)
        best = max(self.curve, key=lambda row: row["silhouette"])
        said = []
        if not self.supported:
            said.append(
                f"No number of clusters is found again in other rows of the same data (strength at most "
                f"{own['strength']:.2f}): there may be no clusters of the kind that the method looks for."
            )
        elif self.k == max(row["k"] for row in self.curve):
            said.append("It is the largest number that was tried: there may be more clusters.")
        if best["k"] != self.k:
            said.append(
                f"The silhouette is highest for {best['k']} ({best['silhouette']:.2f}; here {own['silhouette']:.2f})."
            )
        return " ".join(said)


def suggest_k(x, ks, estimator, splits=5, threshold=0.8, seed=0, progress=None):
    """The largest number of clusters that is found again in other rows of the same data.

    The rows are split into halves at random. Each half is clustered; `prediction_strength` says how far the clusters
    of the second are kept together by the clustering of the first. The suggestion is the largest k whose mean strength
    and its standard error together reach the threshold, as Tibshirani and Walther propose.

    Args:
        x: Rows of shape (n, d).
        ks: Numbers of clusters to try.
        estimator: A scikit-learn clusterer with `n_clusters` and `predict`; it is cloned.
        splits: Number of splits.
        threshold: Between 0.8 and 0.9 for clusters that are well separated.
        seed: Seed of the splits.
        progress: Function of (k, strength), called after each number of clusters, or None.

    Returns:
        A `SuggestedK`.

    Raises:
        ValueError: For fewer than two rows a cluster in each half, numbers below 2, or no splits.
    """
    ks = sorted(set(ks))
    if not ks or ks[0] < 2 or 4 * ks[-1] > len(x):
        received = f"{ks[0]} to {ks[-1]}" if ks else "none"
        raise ValueError(f"`ks` must lie between 2 and a quarter of the {len(x)} rows. Received: {received}")
    if splits < 1:
        raise ValueError(f"`splits` must be at least 1. Received: {splits}")
    random = np.random.default_rng(seed)
    halves = [np.array_split(random.permutation(len(x)), 2) for _ in range(splits)]
    curve = []
    for k in ks:
        strengths, fitted = [], None
        for first, second in halves:
            fitted, other = (clone(estimator).set_params(n_clusters=k).fit(x[half]) for half in (first, second))
            strengths.append(prediction_strength(other.predict(x[second]), fitted.predict(x[second])))
        strength, error = float(np.mean(strengths)), float(np.std(strengths) / np.sqrt(splits))
        curve.append({"k": k, "strength": strength, "error": error, "silhouette": input_silhouette(fitted, x)})
        if progress is not None:
            progress(k, strength)
    supported = [row["k"] for row in curve if row["strength"] + row["error"] >= threshold]
    best = max(supported) if supported else max(curve, key=lambda row: row["strength"])["k"]
    return SuggestedK(best, bool(supported), curve)
