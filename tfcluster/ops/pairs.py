"""Pair stage of the tensor kernel: ||W_a W_b'||_F^2 for all pairs of a batch, and what its gradient needs.

For factors W of shape (n, I, P) with projectors P_a = W_a' W_a,

    S_ab = ||W_a W_b'||_F^2 = tr(P_a P_b),        M_a = sum_b c_ab (W_a W_b') W_b = W_a sum_b c_ab P_b,

where c is symmetric. Two exact routes differ in cost only:

- rows: the products Z_ab = W_a W_b' as one (n I) x P by P x (n I) multiplication, about n^2 I^2 P;
- projectors: the Gram matrix of the n flattened projectors, about n^2 P^2 + n P^2 I.

Both work on the upper half of their blocks only, and keep what the forward pass computed for the backward pass.
"""

import itertools

import tensorflow as tf

__all__ = ["pair_route", "pairwise_similarity"]

_BLOCKS = 4
_PROJECTOR_BYTES = 2**28  # the projector route holds n P^2 numbers: not above this


def pair_route(n, rows, columns):
    """The cheaper of the two routes, `"rows"` or `"projectors"`, by multiplications and memory."""
    rows_cost = n * n * rows * rows * columns
    projectors_cost = n * n * columns * columns + n * columns * columns * rows
    fits = 4 * n * columns * columns <= _PROJECTOR_BYTES
    return "projectors" if fits and projectors_cost < rows_cost else "rows"


def pairwise_similarity(factors, route=None):
    """S and a function that maps symmetric weights c to M (see the module).

    Args:
        factors: Tensor W of shape (n, I, P); I and P known.
        route: `"rows"`, `"projectors"` or None for the cheaper one.

    Returns:
        Tensor S of shape (n, n), and a function from c of shape (n, n) to M of shape (n, I, P).
    """
    n, rows, columns = factors.shape
    route = route or pair_route(n or 128, rows, columns)
    return (_by_rows if route == "rows" else _by_projectors)(factors)


def _by_rows(factors):
    n = tf.shape(factors)[0]
    _, rows, columns = factors.shape
    flat = tf.reshape(factors, [-1, columns])  # (n I, P)
    bounds = [n * block // _BLOCKS for block in range(_BLOCKS + 1)]
    spans = list(itertools.pairwise(bounds))
    products, strips = [], []
    for low, high in spans:  # block row `low:high` against the samples `low:n`
        z = tf.matmul(flat[low * rows : high * rows], flat[low * rows :], transpose_b=True)
        z = tf.reshape(z, [(high - low) * rows, n - low, rows])
        s = tf.reduce_sum(tf.reshape(tf.reduce_sum(tf.square(z), 2), [high - low, rows, n - low]), 1)
        products.append(z)
        strips.append(tf.pad(s, [[0, 0], [low, 0]]))  # (high - low, n), zero left of the block
    upper = tf.linalg.band_part(tf.concat(strips, 0), 0, -1)
    similarity = upper + tf.linalg.matrix_transpose(upper) - tf.linalg.diag(tf.linalg.diag_part(upper))

    def weighted(c):
        result = tf.zeros_like(flat)
        for (low, high), z in zip(spans, products, strict=True):
            z = z * tf.repeat(c[low:high, low:], rows, axis=0)[:, :, None]
            z = tf.reshape(z, [(high - low) * rows, (n - low) * rows])
            own = tf.matmul(z, flat[low * rows :])
            # Blocks right of the diagonal block stand for their mirror images too.
            inner = (high - low) * rows
            mirrored = tf.matmul(z[:, inner:], flat[low * rows : high * rows], transpose_a=True)
            result += tf.pad(tf.concat([own, mirrored], 0), [[low * rows, 0], [0, 0]])
        return tf.reshape(result, [-1, rows, columns])

    return similarity, weighted


def _by_projectors(factors):
    _, _, columns = factors.shape
    bounds = sorted({columns * block // _BLOCKS for block in range(_BLOCKS + 1)})
    strips = [factors[:, :, low:high] for low, high in itertools.pairwise(bounds)]
    blocks = {}
    similarity = 0.0
    for i, left in enumerate(strips):
        for j, right in enumerate(strips[i:], start=i):
            block = tf.matmul(left, right, transpose_a=True)  # (n, p_i, p_j), a block of every projector
            block = tf.reshape(block, [-1, left.shape[2] * right.shape[2]])
            gram = tf.matmul(block, block, transpose_b=True)  # (n, n)
            similarity += gram if i == j else 2.0 * gram
            blocks[i, j] = block

    def weighted(c):
        result = [0.0] * len(strips)
        for (i, j), block in blocks.items():
            left, right = strips[i], strips[j]
            mixed = tf.reshape(tf.matmul(c, block), [-1, left.shape[2], right.shape[2]])
            result[j] += tf.matmul(left, mixed)
            if i != j:
                result[i] += tf.matmul(right, mixed, transpose_b=True)
        return tf.concat(result, 2)

    return similarity, weighted
