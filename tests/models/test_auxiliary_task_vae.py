import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.analysis import generated_pictures
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


def test_networks_of_the_published_code(easy_rows, tmp_path):
    x, y = easy_rows
    known = np.where(np.arange(300) < 30, y, -1)
    model = AuxiliaryTaskVAE(3, normalized_features=True, dense_output=True, norm_momentum=0.8, **SMALL)
    history = model.fit(x, known, y_true=y, epochs=10, batch_size=60, verbose=0).history
    assert history["acc"][-1] > 0.9
    f = model.embed(x)
    norm = model.features.layers[1]
    scale = norm.gamma / tf.sqrt(norm.moving_variance + norm.epsilon)
    linear = model.features.layers[0](model.encoder(x))
    np.testing.assert_allclose(f, tf.nn.relu((linear - norm.moving_mean) * scale + norm.beta), rtol=1e-3, atol=1e-4)
    assert 0.1 < np.mean(f == 0.0) < 0.9
    last = next(weight for weight in model.weights if weight.path.endswith("output/kernel"))
    assert last.shape == (8, 8)
    drawn = model.reconstruct(x[:5])
    last.assign(tf.zeros((8, 8)))
    assert np.ptp(model.reconstruct(x[:5]), axis=0).max() == 0.0 < np.ptp(drawn, axis=0).max()
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.embed(x[:5]), f[:5])


def test_without_a_gaussian_latent_the_features_are_decoded(easy_rows, tmp_path):
    x, y = easy_rows
    known = np.where(np.arange(300) < 30, y, -1)
    model = AuxiliaryTaskVAE(3, gaussian_latent=False, norm_momentum=0.8, **SMALL)
    history = model.fit(x, known, y_true=y, epochs=10, batch_size=60, verbose=0).history
    assert model.loss_names() == ["reconstruction", "category", "assignment", "metric"]
    assert "gaussian" not in history
    assert history["acc"][-1] > 0.9
    outputs = model(x[:5], training=False, everything=True)
    np.testing.assert_array_equal(outputs["mean"], outputs["embedding"])
    decoded = model.decode(outputs["assignments"], outputs["embedding"])
    np.testing.assert_allclose(model.reconstruct(x[:5]), decoded, rtol=1e-4, atol=1e-5)
    assert not any("log_variance" in weight.path for weight in model.weights)
    assert model.style(x[:2]).shape == (2, 3, 8)
    assert model.traverse(x[:1], 2, 5).shape == (1, 5, 8)  # the last of 6 features
    with pytest.raises(ValueError, match="no distribution of styles to draw from"):
        model.generate(4)
    with pytest.raises(ValueError, match="`dimension` must be from 0 to 5"):
        model.traverse(x[:1], 2, 6)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.reconstruct(x[:5]), model.reconstruct(x[:5]))
    model.export_serving(tmp_path / "served")


def test_pictures_without_a_gaussian_latent():
    model = AuxiliaryTaskVAE(3, gaussian_latent=False, backbone="mlp_norm", feature_dim=6)
    x = np.random.default_rng(0).uniform(size=(12, 8, 8, 1)).astype("float32")
    model.build((None, 8, 8, 1))
    assert {"reconstructed", "style"} <= set(generated_pictures(model, x)) <= {"reconstructed", "style", "traversal"}
