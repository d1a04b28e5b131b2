"""Agglomerative clustering on a graph of nearest neighbours (Zhang et al. 2012; Yang et al., CVPR 2016)."""

import heapq
import itertools

import numpy as np
from scipy import sparse

__all__ = ["Agglomeration", "affinity_graph", "chains_of_neighbours", "join_small"]

_CHAIN = 50  # longest chain of nearest neighbours


def affinity_graph(x, neighbors=20, scale=1.0):
    """Directed affinities of rows to their nearest neighbours.

    ```
    W_ab = exp(-|x_a - x_b|^2 / s^2) for the K nearest b of a, 0 elsewhere,    s^2 = scale mean |x_a - x_b|^2 over these
    ```

    Args:
        x: Array of shape (n, d).
        neighbors: K; n - 1 at most.
        scale: Factor on the mean of the squared distances.

    Returns:
        Sparse matrix W of shape (n, n), float64, with K values in each row; the nearest neighbour of each row, (n,).
    """
    from sklearn.neighbors import NearestNeighbors

    x = np.asarray(x, np.float32).reshape(len(x), -1)
    count = min(neighbors, len(x) - 1)
    distances, found = NearestNeighbors(n_neighbors=count, n_jobs=-1).fit(x).kneighbors()  # without the row itself
    squares = distances.astype(np.float64) ** 2
    values = np.exp(-squares / max(scale * squares.mean(), 1e-300))
    rows = np.repeat(np.arange(len(x)), count)
    return sparse.csr_matrix((values.ravel(), (rows, found.ravel())), shape=(len(x), len(x))), found[:, 0]


def chains_of_neighbours(nearest):
    """First clusters: from a row to its nearest neighbour, to that one's, and so on, to a row that has a cluster.

    Args:
        nearest: Index of the nearest neighbour of each row, shape (n,).

    Returns:
        Labels of shape (n,), counted from 0. A chain ends after 50 rows.
    """
    labels, count = np.full(len(nearest), -1), 0
    for start in range(len(nearest)):
        chain, row = [], start
        while labels[row] < 0 and len(chain) < _CHAIN:
            labels[row] = count  # of this chain for now
            chain.append(row)
            row = nearest[row]
        if not chain:
            continue
        if labels[row] in (count, -1):  # it came back to itself, or is long enough
            count += 1
        else:
            labels[chain] = labels[row]
    return labels


def join_small(graph, labels, least):
    """Small clusters become part of those to which their edges lead.

    ```
    j(i) = argmax_j sum_{m in C_i, n in C_j} W_mn    for all i with |C_i| < least, again and again until there are none
    ```

    Outliers that are nobody's neighbours have no affinity to any cluster in `Agglomeration`, which would leave pairs of
    them as clusters to the end.

    Args:
        graph: W, sparse of shape (n, n).
        labels: Clusters of shape (n,), counted from 0.
        least: Number of rows from which on a cluster is not small.

    Returns:
        Labels of shape (n,), counted from 0. Small clusters without an edge that leads out stay.
    """
    labels = np.unique(labels, return_inverse=True)[1]
    while True:
        members = _members(labels)
        between = (members.T @ graph @ members).tolil()
        between.setdiag(0.0)
        between = between.tocsr()
        small = [i for i in np.flatnonzero(np.bincount(labels) < least) if between[i].nnz]
        if not small:
            return labels
        towards = [between[i].indices[between[i].data.argmax()] for i in small]
        links = sparse.coo_matrix((np.ones(len(small)), (small, towards)), between.shape)
        labels = sparse.csgraph.connected_components(links, directed=False)[1][labels]


class Agglomeration:
    """Clusters that are merged pair by pair, those of the highest affinity first.

    ```
    A_ij = sum_{m in C_i} (sum_{n in C_j} W_nm) (sum_{n in C_j} W_mn),    S_ij = A_ij / |C_j|^2 + A_ji / |C_i|^2
    merge the i, j = argmax_j S_ij with the largest  S_ij + 1/(K_c - 1) sum_{k=2..K_c} (S_ij - S_i(k))
    ```

    S_i(k) is the k-th largest of the affinities of i; the second term, which asks for a neighbour that stands out, is
    left out once no more than `local_above` clusters are left. All affinities are exact, and those of clusters
    without a common edge of the graph are 0 and stand nowhere: memory grows with the edges, not with n^2.

    Args:
        graph: W, sparse of shape (n, n).
        labels: First clusters of shape (n,), counted from 0.
        local_neighbours: K_c.
        local_above: See there.
    """

    def __init__(self, graph, labels, local_neighbours=5, local_above=100):
        self.local_neighbours = local_neighbours
        self.local_above = local_above
        self._labels = np.asarray(labels)
        members = _members(self._labels)
        k = members.shape[1]
        self._to, self._from = (_columns(part @ members) for part in (graph, graph.T))  # (n, k) by columns
        self._sizes = np.bincount(self._labels, minlength=k).astype(np.float64)
        self._parents = np.arange(k)  # a cluster that was merged points to the one that it became part of
        inner = (graph @ members).multiply(graph.T @ members)
        affinity = (members.T @ inner).tocoo()  # A
        self._affinity = [{} for _ in range(k)]  # A_ij by i, then j
        for i, j, value in zip(affinity.row, affinity.col, affinity.data, strict=True):
            if i != j:
                self._affinity[i][int(j)] = float(value)
                self._affinity[j].setdefault(int(i), 0.0)
        self._left = k
        self._versions = np.zeros(k, np.int64)
        self._fill()

    @property
    def n_clusters(self):
        """Number of clusters now."""
        return self._left

    def labels(self):
        """Labels of the rows now, shape (n,), counted from 0."""
        roots = np.arange(len(self._parents))
        while (self._parents[roots] != roots).any():
            roots = self._parents[roots]
        return np.unique(roots[self._labels], return_inverse=True)[1]

    def merge(self, n_clusters):
        """Merge until that many clusters are left; labels then, shape (n,).

        Clusters without any affinity to another are joined smallest first, when nothing else is left.
        """
        while self._left > n_clusters:
            pair = self._best()
            self._join(*(self._two_smallest() if pair is None else pair))
        return self.labels()

    def similarity(self, i, j):
        """S_ij."""
        return self._affinity[i].get(j, 0.0) / self._sizes[j] ** 2 + self._affinity[j].get(i, 0.0) / self._sizes[i] ** 2

    # Which pair.

    def _fill(self):
        self._local = self._left > self.local_above
        self._heap = []
        for i in range(len(self._parents)):
            if self._parents[i] == i:
                self._push(i)

    def _push(self, i):
        others = list(self._affinity[i])
        if others:
            found = [self.similarity(i, j) for j in others]
            best = int(np.argmax(found))
            score = found[best]
            if self._local and self.local_neighbours > 1:
                next_ones = heapq.nlargest(self.local_neighbours, found)[1:]
                missing = self.local_neighbours - 1 - len(next_ones)  # of affinity 0
                score += sum(found[best] - value for value in [*next_ones, *[0.0] * missing]) / (
                    self.local_neighbours - 1
                )
            heapq.heappush(self._heap, (-score, i, others[best], self._versions[i]))

    def _best(self):
        while self._heap:
            _, i, j, version = heapq.heappop(self._heap)
            if version == self._versions[i] and self._parents[i] == i:
                return i, j
        return None

    def _two_smallest(self):
        alive = np.flatnonzero(self._parents == np.arange(len(self._parents)))
        return alive[np.argsort(self._sizes[alive], kind="stable")[:2]]

    # Merging.

    def _join(self, a, b):
        """Make b part of a."""
        a, b = int(a), int(b)
        self._to[a], self._from[a] = (_added(part[a], part[b]) for part in (self._to, self._from))
        self._to[b] = self._from[b] = None
        self._sizes[a] += self._sizes[b]
        self._parents[b] = a
        towards = self._towards(a)  # A_ja: their sums have new products, and so even new j
        near = (set(self._affinity[a]) | set(self._affinity[b]) | set(towards)) - {a, b}
        own = self._affinity[a]
        for j, value in self._affinity[b].items():  # A_aj: sums over the members of both
            own[j] = own.get(j, 0.0) + value
        self._affinity[b] = {}
        own.pop(a, None)
        own.pop(b, None)
        for j in near:
            self._affinity[j].pop(b, None)
            self._affinity[j][a] = towards.get(j, 0.0)
            own.setdefault(j, 0.0)
        self._left -= 1
        if self._local and self._left <= self.local_above:
            self._fill()
            return
        for j in (a, *near):
            self._versions[j] += 1
            self._push(j)

    def _towards(self, a):
        """A_ja for all j."""
        (rows, values), (others, factors) = self._to[a], self._from[a]
        common, left, right = np.intersect1d(rows, others, assume_unique=True, return_indices=True)
        clusters = self._roots(self._labels[common])
        found = {}
        for j, value in zip(clusters, values[left] * factors[right], strict=True):
            found[int(j)] = found.get(int(j), 0.0) + float(value)
        return found

    def _roots(self, clusters):
        roots = self._parents[clusters]
        while (self._parents[roots] != roots).any():
            roots = self._parents[roots]
        self._parents[clusters] = roots  # shorter ways next time
        return roots


def _members(labels):
    """One-hot labels, sparse of shape (n, k)."""
    return sparse.csr_matrix((np.ones(len(labels)), (np.arange(len(labels)), labels)))


def _columns(matrix):
    """The columns of a sparse matrix as pairs of sorted row indices and values."""
    matrix = sparse.csc_matrix(matrix)
    matrix.sort_indices()
    bounds = matrix.indptr
    return [(matrix.indices[low:high], matrix.data[low:high]) for low, high in itertools.pairwise(bounds)]


def _added(first, second):
    """The sum of two columns."""
    rows = np.union1d(first[0], second[0])
    values = np.zeros(len(rows))
    for part, numbers in (first, second):
        values[np.searchsorted(rows, part)] += numbers
    return rows, values
