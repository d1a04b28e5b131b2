"""Reuters-10K from RCV1-v2, as the DEC paper made it, as closely as the published vectors allow."""

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer

from tfcluster.data.registry import get_entry

__all__ = ["CATEGORIES", "reuters10k", "term_counts"]

CATEGORIES = get_entry("reuters10k").label_names
"""The four root categories; their positions are the labels 0..3."""

_TRAINING_DOCUMENTS = 23149  # scikit-learn lists them first; DEC's stream has them last


def term_counts(vectors, document_frequencies, training_documents):
    """Term counts from the published weights.

    The weights are w = (1 + ln tf) ln(N / df), each row then divided by its norm. Dividing by the idf leaves
    (1 + ln tf) times a factor of the row, and the factor is known because the smallest tf of a row is taken to be 1.

    Args:
        vectors: CSR matrix of shape (n, d).
        document_frequencies: df of each column in the N training documents.
        training_documents: N.

    Returns:
        CSR matrix of counts of shape (n, d).
    """
    counts = sparse.csr_matrix(vectors, dtype=np.float64, copy=True)
    idf = np.log(training_documents / np.maximum(document_frequencies, 1.0))
    counts.data /= np.maximum(idf[counts.indices], 1e-12)
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    smallest = np.full(counts.shape[0], np.inf)
    np.minimum.at(smallest, rows, counts.data)
    counts.data = np.rint(np.exp(np.minimum(counts.data / smallest[rows] - 1.0, 20.0)))
    return counts


def reuters10k(rcv1, n=10000, n_stems=2000, seed=1234):
    """Documents with exactly one root category, their 2000 most frequent stems, tf-idf (DEC, section 5.1).

    DEC's stream is the test documents, then the training documents; DEC's sample is the start of the permutation
    `RandomState(1234)` of that stream. Rows have norm 1; DEC and IDEC multiply them by sqrt(2000).

    Args:
        rcv1: What `sklearn.datasets.fetch_rcv1()` returns: `data`, `target`, `target_names`.
        n: Number of documents.
        n_stems: Number of stems.
        seed: Seed of the permutation.

    Returns:
        Rows of shape (n, n_stems), float32, and labels of shape (n,).
    """
    names = list(rcv1.target_names)
    roots = np.asarray(rcv1.target[:, [names.index(category) for category in CATEGORIES]].todense())
    total = roots.shape[0]
    training = min(_TRAINING_DOCUMENTS, total)
    vectors = sparse.csr_matrix(rcv1.data)
    frequencies = np.bincount(vectors[:training].indices, minlength=vectors.shape[1])
    stream = np.r_[training:total, 0:training]
    stream = stream[roots[stream].sum(axis=1) == 1]
    labels = roots[stream].argmax(axis=1)
    counts = term_counts(vectors[stream], frequencies, training)
    columns = np.sort(np.argsort(-np.asarray(counts.sum(axis=0)).ravel(), kind="stable")[:n_stems])
    weights = TfidfTransformer(norm="l2", sublinear_tf=True).fit_transform(counts[:, columns])
    sample = np.random.RandomState(seed).permutation(len(stream))[:n]
    return weights[sample].toarray().astype(np.float32), labels[sample]
