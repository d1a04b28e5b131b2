import keras
import pytest
import tensorflow as tf

from tfcluster.models import DDC
from tfcluster.training import NonFiniteLossError


class Breaks(DDC):
    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        bad = tf.where(tf.cast(self.optimizer.iterations, tf.int32) >= 7, float("nan"), 1.0)
        return {**terms, "ddc_2": terms["ddc_2"] * bad}


def test_names_the_term_and_stops(easy_rows):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    with pytest.raises(NonFiniteLossError, match="'ddc_2' is nan"):
        Breaks(3, backbone=encoder).fit(easy_rows[0], epochs=5, batch_size=60, verbose=0)
