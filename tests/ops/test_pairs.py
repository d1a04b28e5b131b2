import numpy as np
import pytest
import tensorflow as tf

from tfcluster.ops.pairs import pair_route, pairwise_similarity


@pytest.mark.parametrize("route", ["rows", "projectors"])
@pytest.mark.parametrize("n", [1, 2, 7, 13])
def test_both_routes_equal_the_definition(rng, route, n):
    w = rng.normal(size=(n, 3, 5))
    similarity, weighted = pairwise_similarity(tf.constant(w), route)
    products = np.einsum("aip,bjp->abij", w, w)
    np.testing.assert_allclose(similarity, np.square(products).sum((2, 3)), rtol=1e-12)
    c = rng.normal(size=(n, n))
    c = c + c.T
    expected = np.einsum("ab,abij,bjp->aip", c, products, w)
    np.testing.assert_allclose(weighted(tf.constant(c)), expected, rtol=1e-10, atol=1e-12)


def test_unknown_batch_size(rng):
    w = rng.normal(size=(6, 3, 5)).astype(np.float32)

    @tf.function(input_signature=[tf.TensorSpec((None, 3, 5))])
    def similarity(w):
        return pairwise_similarity(w, "rows")[0]

    np.testing.assert_allclose(similarity(w), pairwise_similarity(tf.constant(w), "projectors")[0], rtol=1e-4)


def test_route_by_cost_and_memory():
    assert pair_route(120, 20, 640) == "rows"
    assert pair_route(120, 32, 400) == "projectors"
    assert pair_route(120, 56, 1792) == "rows"  # cheaper by multiplications, but 1.5 GB
