import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import normalized_mutual_info_score

from tests.helpers import small_convnet
from tfcluster.models.feature_clusters import FeatureClusters


class Plain(FeatureClusters):
    """The least that a method must add."""

    def build_network(self, input_shape):
        self.encoder = small_convnet(input_shape)
        self.make_clusters(input_shape)

    def network(self, x, training):
        return self.clusters_of(self.flatten(self.encoder(x, training=training)))

    def logits_and_labels(self, outputs, targets):
        return outputs["features"][:, :4], targets


@pytest.fixture
def model():
    model = Plain(2, n_prototypes=4, weight_decay=0.01)
    model.build((None, 20, 20, 1))
    return model


def test_loss_terms_by_hand(model):
    logits = np.array([[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 0.0, -1.0]], np.float32)
    targets = tf.constant([3, 1])
    terms = model.loss_terms(None, {"features": tf.constant(logits)}, training=True, targets=targets)
    expected = np.mean(np.log(np.exp(logits).sum(1)) - [3.0, 0.0])
    assert float(terms["pseudo_labels"]) == pytest.approx(expected, rel=1e-6)
    squares = sum((layer.kernel.numpy() ** 2).sum() for layer in model.encoder.layers if layer.weights)
    assert float(terms["weight_decay"]) == pytest.approx(0.01 / 2 * squares, rel=1e-6)
    assert list(terms) == model.loss_names()
    assert list(model.loss_terms(None, {}, training=False)) == ["weight_decay"]  # without pseudo-labels


def test_no_term_without_decay():
    assert Plain(2, weight_decay=0.0).loss_names() == ["pseudo_labels"]


def test_agreement_of_pseudo_labels_with_those_before(model, rng):
    first, second = rng.integers(0, 4, (2, 50))
    model.keep(first)
    assert np.isnan(model.found["agreement"])
    model.keep(np.stack([second, first], axis=1), rows=np.arange(3))
    assert model.found["agreement"] == normalized_mutual_info_score(first, second)  # of the first clustering
    assert model.times_reassigned() == 2
    logs = {}
    (monitor,) = model.refinement_callbacks()
    monitor.on_epoch_end(0, logs)
    assert logs == {"nmi_previous": model.found["agreement"], "used_prototypes": 4.0}


def test_embedding_is_centred_and_of_length_1(model):
    model.feature_mean.assign(np.ones(16))
    features = np.zeros((2, 16), np.float32)
    features[0, 0] = 5.0
    features[1] = 1.0  # the mean itself
    z = keras.ops.convert_to_numpy(model.clusters_of(tf.constant(features))["embedding"])
    centred = features[0] - 1.0
    np.testing.assert_allclose(z[0], centred / np.linalg.norm(centred), rtol=1e-6)
    np.testing.assert_array_equal(z[1], np.zeros(16))


def test_numbers_of_prototypes(easy_images):
    assert Plain(3).prototypes == 30
    with pytest.raises(ValueError, match=r"`n_prototypes` must be at least n_clusters=3\. Received: 2"):
        Plain(3, n_prototypes=2)
    with pytest.raises(ValueError, match=r"`n_prototypes` must be at most the 20 rows\. Received: 21"):
        Plain(3, n_prototypes=21).fit(easy_images[0][:20], verbose=0)
