import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.losses.sparsity import sparsity
from tfcluster.models.sparse_stack import SparseStack


def sequential(*units, width):
    return keras.Sequential([keras.Input((width,)), *(keras.layers.Dense(count, "sigmoid") for count in units)])


@pytest.mark.parametrize(("sparse", "kind"), [((True, False), "kl"), ((False, True), "l1"), ((True, True), "kl")])
def test_only_the_chosen_layers_have_the_penalty(sparse, kind, rng):
    encoder, decoder = sequential(6, 3, width=8), sequential(6, 8, width=3)
    model = SparseStack(encoder, decoder, sparse, 2.0, kind, 0.1)
    x = tf.constant(rng.uniform(size=(20, 8)), tf.float32)
    terms = model.loss_terms(x, model.training_outputs(x, training=False), training=False)
    first = encoder.layers[0](x)
    codes = [code for code, chosen in zip((first, encoder.layers[1](first)), sparse, strict=True) if chosen]
    np.testing.assert_allclose(terms["sparsity"], 2.0 * sum(sparsity(code, kind, 0.1) for code in codes), rtol=1e-5)
    np.testing.assert_allclose(terms["reconstruction"], np.mean((x - decoder(encoder(x))) ** 2), rtol=1e-5)
