import numpy as np
import pytest
from scipy import sparse

from tfcluster.metrics import clustering_accuracy
from tfcluster.training.agglomeration import Agglomeration, affinity_graph, chains_of_neighbours, join_small


def exact(graph, labels):
    """S of all pairs from the definition, dense."""
    w, k = graph.toarray(), labels.max() + 1
    a = np.zeros((k, k))
    for i in range(k):
        for j in range(k):
            for m in np.flatnonzero(labels == i):
                inside = labels == j
                a[i, j] += w[inside, m].sum() * w[m, inside].sum()
    sizes = np.bincount(labels)
    s = a / sizes[None, :] ** 2
    s = s + s.T
    np.fill_diagonal(s, 0.0)
    return s


def test_graph_by_hand():
    x = np.array([[0.0], [1.0], [3.0]])
    graph, nearest = affinity_graph(x, neighbors=1)  # squared distances 1, 1, 4
    np.testing.assert_array_equal(nearest, [1, 0, 1])
    expected = np.zeros((3, 3))
    expected[0, 1] = expected[1, 0] = np.exp(-1 / 2)
    expected[2, 1] = np.exp(-4 / 2)
    np.testing.assert_allclose(graph.toarray(), expected, rtol=1e-6)
    assert affinity_graph(np.ones((5, 2)), neighbors=20)[0].nnz == 20  # all others, at distance 0


def test_chains():
    #           0 -> 1 -> 2 -> 1,   3 -> 0,   4 <-> 5
    nearest = np.array([1, 2, 1, 0, 5, 4])
    np.testing.assert_array_equal(chains_of_neighbours(nearest), [0, 0, 0, 0, 1, 1])
    line = np.append(np.arange(1, 120), 118)  # each to the next: a chain is long enough after 50
    np.testing.assert_array_equal(np.bincount(chains_of_neighbours(line)), [50, 50, 20])


@pytest.fixture(params=[2, 6])
def problem(rng, request):
    x = rng.normal(size=(60, 3))
    graph, nearest = affinity_graph(x, neighbors=request.param)
    return graph, chains_of_neighbours(nearest)


def test_affinities_stay_exact_while_clusters_merge(problem):
    graph, labels = problem
    found = Agglomeration(graph, labels, local_above=10_000)
    for left in range(found.n_clusters, 2, -3):
        now = found.merge(left)
        assert now.max() + 1 == found.n_clusters == left
        expected = exact(graph, now)
        roots = [int(found._roots(labels[[np.flatnonzero(now == j)[0]]])[0]) for j in range(left)]
        for i in range(left):
            for j in range(left):
                if i != j:
                    np.testing.assert_allclose(found.similarity(roots[i], roots[j]), expected[i, j], atol=1e-12)


@pytest.mark.parametrize("local", [True, False])
def test_the_best_pair_is_merged(problem, local):
    graph, labels = problem
    found = Agglomeration(graph, labels, local_above=0 if local else 10_000)
    for _ in range(8):
        before = found.labels()
        s = exact(graph, before)
        top = -np.sort(-s, axis=1)[:, :5]
        i = int(np.argmax(top[:, 0] + (top[:, :1] - top[:, 1:]).sum(axis=1) / 4 * local))
        j = int(s[i].argmax())
        if not s[i, j]:
            break  # no two clusters have anything in common
        after = found.merge(found.n_clusters - 1)
        joined = {tuple(sorted({int(c) for c in before[after == label]})) for label in range(after.max() + 1)}
        assert tuple(sorted((i, j))) in joined


def test_finds_blobs_and_joins_what_has_nothing_in_common(rng):
    y = np.repeat(np.arange(5), 80)
    x = 12.0 * rng.normal(size=(5, 4))[y] + rng.normal(size=(400, 4))
    graph, nearest = affinity_graph(x)
    found = Agglomeration(graph, chains_of_neighbours(nearest))
    assert found.n_clusters > 30
    assert clustering_accuracy(y, found.merge(5)) == 1.0
    assert found.merge(2).max() == 1  # no edge leads from one to another


def test_small_clusters_join_where_their_edges_lead():
    """Rows 0-2 and 3-5 are clusters; 6, 7 lead to each other and, less, to the second; 8 leads to 7, 9 nowhere."""
    edges = {(0, 1): 1, (1, 2): 1, (3, 4): 1, (4, 5): 1, (6, 7): 9, (7, 6): 9, (6, 3): 2, (7, 0): 1, (8, 7): 1}
    rows, columns = np.array(list(edges)).T
    graph = sparse.csr_matrix((np.array(list(edges.values()), float), (rows, columns)), (10, 10))
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 4])
    np.testing.assert_array_equal(join_small(graph, labels, 2), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3])
    np.testing.assert_array_equal(join_small(graph, labels, 3), [0, 0, 0, 1, 1, 1, 1, 1, 1, 2])
    np.testing.assert_array_equal(join_small(graph, labels, 1), labels)


def test_outliers_in_pairs_are_no_clusters(rng):
    """Three blobs that touch and twins far from all: without joining, the twins are left, and two blobs merge."""
    y = np.repeat(np.arange(3), 100)
    blobs = rng.normal(size=(300, 4)) + 4.0 * np.eye(3, 4)[y]
    far = np.array([[0.0, 0.0, 0.0, 20.0], [0.0, 0.0, 0.0, 20.1]])
    graph, nearest = affinity_graph(np.concatenate([blobs, far]), 10)
    chains = chains_of_neighbours(nearest)
    assert np.bincount(Agglomeration(graph, chains).merge(3)).min() == 2
    found = Agglomeration(graph, join_small(graph, chains, 5)).merge(3)
    assert clustering_accuracy(y, found[:300]) > 0.95
