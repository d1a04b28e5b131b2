import numpy as np
import pytest
import tensorflow as tf

from tfcluster.losses import lifted_structured_loss, triplet_loss
from tfcluster.models import AuxiliaryTaskVAE
from tfcluster.ops.neighbours import neighbour_labels

SMALL = {"backbone": "mlp_norm", "likelihood": "mse", "feature_dim": 6, "latent_dim": 4}


def test_terms_by_hand(easy_rows):
    x = easy_rows[0][:8]
    targets = tf.constant([0, 1, 2, -1, -1, -1, 0, -1])
    model = AuxiliaryTaskVAE(3, assignment_weight=2.0, metric_weight=3.0, n_neighbours=2, **SMALL)
    model.build((None, 8))
    outputs = model(x, training=False, everything=True)
    terms = model.loss_terms(x, outputs, True, targets)
    assert list(terms) == model.loss_names()
    labels = neighbour_labels(outputs["embedding"], targets, 3, 2).numpy()
    q = outputs["assignments"].numpy()
    np.testing.assert_allclose(terms["assignment"], 2.0 * -np.log(q[np.arange(8), labels]).mean(), rtol=1e-5)
    np.testing.assert_allclose(
        terms["metric"], 3.0 * lifted_structured_loss(outputs["embedding"], labels, 0.5), rtol=1e-5
    )
    assert list(model.loss_terms(x, outputs, False)) == model.loss_names()[:3]


@pytest.mark.parametrize(("metric", "loss"), [("lifted", lifted_structured_loss), ("triplet", triplet_loss)])
def test_metric_and_margin(metric, loss, easy_rows):
    x, targets = easy_rows[0][:8], tf.constant([0, 1, 2, 0, 1, 2, 0, 1])
    model = AuxiliaryTaskVAE(3, metric=metric, margin=20.0, metric_weight=3.0, **SMALL)
    model.build((None, 8))
    outputs = model(x, training=False, everything=True)
    expected = 3.0 * loss(outputs["embedding"], targets, 20.0)
    np.testing.assert_allclose(model.loss_terms(x, outputs, True, targets)["metric"], expected, rtol=1e-5)
    assert expected > 3.0 * loss(outputs["embedding"], targets, 0.5)


def test_metric():
    with pytest.raises(ValueError, match="`metric` must be one of"):
        AuxiliaryTaskVAE(3, metric="cosine")


def test_no_label_in_the_batch_teaches_nothing(easy_rows):
    x = easy_rows[0][:8]
    model = AuxiliaryTaskVAE(3, **SMALL)
    model.build((None, 8))
    terms = model.loss_terms(x, model(x, training=False, everything=True), True, tf.fill([8], -1))
    assert float(terms["assignment"]) == 0.0
    assert float(terms["metric"]) == 0.0
