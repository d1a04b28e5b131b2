import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import assert_every_weight_learns, outputs_of
from tfcluster.models import ADGM, M2, SDGM
from tfcluster.ops.variational import gaussian_divergence

SMALL = {"likelihood": "mse", "units": 12, "latent_dim": 4}


@pytest.mark.parametrize("method", [ADGM, SDGM])
def test_auxiliary_variable_adds_its_divergence(method, easy_rows):
    x = easy_rows[0][:5]
    model = method(3, auxiliary_dim=2, **SMALL)
    outputs = outputs_of(model, x)
    plain = M2.bounds(model, outputs)
    own = (outputs["auxiliary_mean"], outputs["auxiliary_log_variance"])
    for c in range(3):
        prior = (outputs["prior_mean"][:, c], outputs["prior_log_variance"][:, c])
        divergence = (model.bounds(outputs) - plain)[:, c]
        np.testing.assert_allclose(divergence, gaussian_divergence(*own, *prior), rtol=1e-4, atol=1e-4)


def test_the_prior_depends_on_the_row_and_the_decoder_not_on_the_auxiliary_variable(easy_rows):
    x = easy_rows[0][:1]
    model = ADGM(3, auxiliary_dim=2, **SMALL)
    model.build((None, 8))
    z, category, a = tf.zeros((1, 4)), tf.eye(3)[:1], tf.ones((1, 2))
    np.testing.assert_array_equal(model.decoded(z, category, a), model.decoded(z, category, 5.0 * a))
    assert np.abs(model.prior(z, category, x)[0] - model.prior(z, category, 2.0 * x)[0]).max() > 0


def test_every_weight_learns(easy_rows):
    assert_every_weight_learns(ADGM(3, **SMALL), easy_rows[0][:6], tf.constant([0, 1, 2, -1, -1, -1]))
