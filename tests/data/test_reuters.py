import types

import numpy as np
from scipy import sparse

from tfcluster.data.reuters import reuters10k, term_counts


def corpus(rng, n=60, d=30):
    """Counts, and what RCV1 publishes of them; the first 40 documents are the training part."""
    counts = rng.poisson(0.7, size=(n, d)).astype(float)
    counts[:, 0] = 1.0  # every document has a term that occurs once
    counts[5, 0] = 0.0
    frequencies = (counts > 0).sum(axis=0)
    idf = np.log(n / frequencies)
    weights = np.where(counts > 0, 1.0 + np.log(np.maximum(counts, 1.0)), 0.0) * idf
    return counts, weights / np.linalg.norm(weights, axis=1, keepdims=True), frequencies


def test_counts_come_back(rng):
    counts, weights, frequencies = corpus(rng)
    found = term_counts(sparse.csr_matrix(weights), frequencies, 60).toarray()
    informative = frequencies < 60  # a term in every document has weight 0
    rows = counts[:, informative].min(axis=1, where=counts[:, informative] > 0, initial=np.inf) == 1.0
    np.testing.assert_array_equal(found[rows][:, informative], counts[rows][:, informative])


def test_documents_of_one_root_and_unit_rows(rng):
    _, weights, _ = corpus(rng)
    names = ["C11", "CCAT", "ECAT", "GCAT", "MCAT"]
    target = np.zeros((60, 5), int)
    target[np.arange(60), 1 + np.arange(60) % 4] = 1
    target[7, 1:3] = 1  # two roots: out
    target[8, 1:] = 0  # none: out
    rcv1 = types.SimpleNamespace(data=sparse.csr_matrix(weights), target=sparse.csr_matrix(target), target_names=names)
    x, y = reuters10k(rcv1, n=50, n_stems=20)
    assert x.shape == (50, 20)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1)[np.abs(x).sum(1) > 0], 1.0, rtol=1e-5)
    assert set(y) == {0, 1, 2, 3}
    again, _ = reuters10k(rcv1, n=50, n_stems=20)
    np.testing.assert_array_equal(x, again)
