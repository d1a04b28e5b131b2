import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import DECUCO


def test_companions_are_of_the_soft_assignments_and_the_taps(easy_rows):
    x = easy_rows[0][:40]
    model = DECUCO(3, kernel="naive", uco_weight=0.7)
    model.build((None, 8))
    outputs = model.training_outputs(x, training=True)
    assert [tap.shape[1] for tap in outputs["taps"]] == [500, 2000]
    terms = model.loss_terms(x, outputs, training=True)
    q = model.clustering(outputs["embedding"])
    for companion, tap in zip(model.companions, outputs["taps"], strict=True):
        np.testing.assert_allclose(terms[companion.name], companion.companion_loss(tap, q), rtol=1e-5)


@pytest.mark.parametrize("detached", [False, True])
def test_companions_train_the_centroids_unless_detached(detached, easy_rows):
    x = easy_rows[0][:40]
    model = DECUCO(3, kernel="naive", detach_assignments=detached)
    model.build((None, 8))
    with tf.GradientTape() as tape:
        terms = model.loss_terms(x, model.training_outputs(x, training=True), training=True)
        loss = terms["uco_1"] + terms["uco_2"]
    gradient = tape.gradient(loss, model.clustering.centroids.value)
    assert (gradient is None) == detached


def test_one_cluster_has_no_divergence():
    with pytest.raises(ValueError, match=r"`n_clusters` must be an integer of at least 2\. Received: 1"):
        DECUCO(1)
