import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_gradient, gradient
from tfcluster.ops import SOLVERS, subspace_similarity


def reference(x, epsilon=1e-6):
    """S from explicit projectors."""
    identity = np.eye(x.shape[1])
    p = np.stack([m.T @ np.linalg.solve(m @ m.T + epsilon * identity, m) for m in x])
    return np.einsum("apq,bpq->ab", p, p)


def blank_bordered(rng, n=6):
    """Matrices with zero rows and repeated singular values, as images with blank borders give."""
    x = rng.normal(size=(n, 6, 10))
    x[:, :2] = 0.0
    q, _ = np.linalg.qr(rng.normal(size=(10, 10)))
    x[0, 2:] = 2.0 * q[:4]
    return x


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("route", ["rows", "projectors"])
def test_value(rng, solver, route):
    x = rng.normal(size=(5, 3, 8))
    found = subspace_similarity(tf.constant(x), solver, route=route)
    np.testing.assert_allclose(found, reference(x), rtol=1e-9)
    np.testing.assert_allclose(np.diag(found), 3.0, rtol=1e-5)


@pytest.mark.parametrize(("solver", "rank"), [("eigh", None), ("cholesky", None), ("eigh", 1), ("eigh", 2)])
def test_gradient(rng, solver, rank):
    weights = rng.normal(size=(5, 5))
    x = rng.normal(size=(5, 4, 7))
    assert_gradient(
        lambda x: tf.reduce_sum(weights * subspace_similarity(x, solver, rank)), x, rtol=1e-6 if rank is None else 1e-4
    )


def test_solvers_agree_on_blank_borders(rng):
    weights = rng.normal(size=(6, 6))
    exact = blank_bordered(rng)
    images = exact.astype(np.float32)
    value, slope = {}, {}
    for solver in SOLVERS:
        value[solver] = subspace_similarity(tf.constant(images), solver).numpy()
        slope[solver] = gradient(lambda x, s=solver: tf.reduce_sum(weights * subspace_similarity(x, s)), images)[0]
    np.testing.assert_allclose(value["eigh"], value["cholesky"], atol=1e-5)
    scale = np.abs(slope["eigh"]).max()
    np.testing.assert_allclose(slope["eigh"] / scale, slope["cholesky"] / scale, atol=1e-5)
    # ... and with float64, to the accuracy of float32.
    in_double = gradient(lambda x: tf.reduce_sum(weights * subspace_similarity(x)), images.astype(np.float64))[0]
    np.testing.assert_allclose(slope["eigh"] / scale, in_double / scale, atol=1e-5)


def test_full_rank_is_no_truncation(rng):
    x = rng.normal(size=(4, 3, 6))
    np.testing.assert_allclose(subspace_similarity(tf.constant(x), rank=3), subspace_similarity(tf.constant(x)))


def test_closed_gap_gives_a_finite_gradient(rng):
    q, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    x = np.stack([q[:3], rng.normal(size=(3, 6))])  # three equal singular values, cut between them
    (slope,) = gradient(lambda x: tf.reduce_sum(subspace_similarity(x, rank=2)), x)
    assert np.isfinite(slope).all()
    assert np.abs(slope).max() < 10.0


@pytest.mark.parametrize("solver", SOLVERS)
def test_non_finite_input_gives_nan_not_an_error(solver):
    x = np.ones((2, 2, 3), np.float32)
    x[0, 0, 0] = np.inf
    assert np.isnan(subspace_similarity(tf.constant(x), solver)).all()


def test_wrong_arguments():
    x = tf.ones((2, 2, 3))
    with pytest.raises(ValueError, match="`solver` must be one of"):
        subspace_similarity(x, "svd")
    with pytest.raises(ValueError, match="needs eigenvectors"):
        subspace_similarity(x, "cholesky", rank=1)
    with pytest.raises(ValueError, match="positive integer"):
        subspace_similarity(x, rank=0)
