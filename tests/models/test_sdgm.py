import numpy as np
import tensorflow as tf

from tests.helpers import assert_every_weight_learns, exported_operations
from tfcluster.models import SDGM

SMALL = {"likelihood": "mse", "units": 12, "latent_dim": 4}


def test_the_decoder_depends_on_the_auxiliary_variable_and_the_prior_not_on_the_row(easy_rows):
    x = easy_rows[0][:1]
    model = SDGM(3, auxiliary_dim=2, **SMALL)
    model.build((None, 8))
    z, category, a = tf.zeros((1, 4)), tf.eye(3)[:1], tf.ones((1, 2))
    assert np.abs(model.decoded(z, category, a) - model.decoded(z, category, 5.0 * a)).max() > 0
    np.testing.assert_array_equal(model.prior(z, category, x)[0], model.prior(z, category, 2.0 * x)[0])
    mean = model.prior(z, category, None)[0]
    np.testing.assert_array_equal(model.decoded(z, category), model.decoded(z, category, mean))


def test_every_weight_learns(easy_rows):
    assert_every_weight_learns(SDGM(3, **SMALL), easy_rows[0][:6], tf.constant([0, 1, 2, -1, -1, -1]))


def test_nothing_random_is_served(easy_rows, tmp_path):
    model = SDGM(3, auxiliary_dim=2, **SMALL)
    model.build((None, 8))
    model.predict(np.zeros((2, 8), np.float32), verbose=0)
    model.export(tmp_path, verbose=False)
    assert not exported_operations(tmp_path) & {"StatelessRandomNormalV2", "RandomStandardNormal"}
