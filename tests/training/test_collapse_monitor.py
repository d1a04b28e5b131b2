import logging
import re

import pytest

from tfcluster.models import GumbelVAE
from tfcluster.training.collapse_monitor import CollapseMonitor


def test_warns_of_terms_that_have_died(caplog):
    monitor = CollapseMonitor(
        {"a": (2.0, 0.5, "raise it"), "b": (1.0, 0.5, "lower it"), "c": (0.0, 1.0, "-"), "d": (1.0, 1.0, "-")}
    )
    monitor.on_epoch_end(0, {"a": 0.0, "b": 0.0, "c": 0.0})
    monitor.on_epoch_end(1, {"a": 0.9, "b": 0.6, "c": 0.0})
    monitor.on_train_end()
    assert [record.getMessage() for record in caplog.records] == ["`a` ended at 0.45 nats: raise it"]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"gaussian_weight": 100.0, "learning_rate": 1e-2}, "the latent carries nothing.*lower `gaussian_weight`"),
        ({"category_weight": 1e4}, "the categories are not used.*lower `category_weight`"),
    ],
)
def test_gumbel_vae_says_what_to_do(weights, message, easy_rows, caplog):
    caplog.set_level(logging.WARNING, "tfcluster")
    model = GumbelVAE(3, likelihood="mse", latent_dim=3, feature_dim=10, norm_momentum=0.8, **weights)
    model.fit(easy_rows[0], epochs=60, batch_size=100, verbose=0)
    assert any(re.search(message, record.getMessage()) for record in caplog.records)
