import numpy as np

from tfcluster.losses import reconstruction_loss
from tfcluster.models import DEC, IDEC


def test_loss_is_reconstruction_plus_gamma_kl(easy_rows):
    x = easy_rows[0][:50]
    model, plain = IDEC(3, gamma=0.3), DEC(3)
    for each in (model, plain):
        each.build((None, 8))
    outputs = model.training_outputs(x, training=False)
    terms = model.loss_terms(x, outputs, training=False)
    kl = plain.loss_terms(x, plain.training_outputs(x, training=False), training=False)["kl"]
    np.testing.assert_allclose(terms["kl"], 0.3 * kl, rtol=1e-5)  # one seed: the same encoder and centroids
    np.testing.assert_allclose(terms["reconstruction"], reconstruction_loss(x, outputs["reconstruction"]), rtol=1e-6)


def test_keeps_the_pretrained_decoder(easy_rows):
    x = easy_rows[0]
    model = IDEC(3, pretrain_epochs=20)
    error = model.pretrain(x).history["loss"][-1]
    model.initialize(x)
    outputs = model.training_outputs(x, training=False)
    assert float(model.loss_terms(x, outputs, training=False)["reconstruction"]) < 1.2 * error
