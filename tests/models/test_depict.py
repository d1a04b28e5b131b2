import keras
import numpy as np
import tensorflow as tf

from tfcluster.models import DEPICT


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.targets = []

    def on_epoch_begin(self, epoch, logs=None):
        self.targets.append(self.model.targets.numpy())


def test_first_targets_are_the_k_means_labels_then_they_soften(easy_rows):
    x = np.tanh(easy_rows[0])
    model, recorder = DEPICT(3, pretrain_epochs=2, label_epochs=2, tolerance=0.0), Recorder()
    model.fit(x, epochs=4, batch_size=100, callbacks=[recorder], verbose=0)
    first, second, third, fourth = recorder.targets
    assert set(np.unique(first).tolist()) == {0.0, 1.0}
    np.testing.assert_array_equal(first, second)
    assert ((third > 0) & (third < 1)).any()
    assert np.abs(fourth - third).max() > 0


def test_head_starts_as_unit_centroids(easy_rows):
    model = DEPICT(3, pretrain_epochs=0)
    model.initialize(np.tanh(easy_rows[0]))
    kernel = model.head.get_weights()[0]
    centroids = model.initial_centroids.numpy()
    np.testing.assert_allclose(kernel, (centroids / np.linalg.norm(centroids, axis=1, keepdims=True)).T, rtol=1e-5)


def test_cross_entropy_by_hand(easy_rows):
    x = np.tanh(easy_rows[0][:5])
    model = DEPICT(3)
    model.build((None, 8))
    outputs = model.training_outputs(x, training=True)
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
    terms = model.loss_terms(x, outputs, training=True, targets=targets)
    expected = -np.log((outputs["noisy_assignments"].numpy() * targets).sum(1)).mean()
    np.testing.assert_allclose(terms["cross_entropy"], expected, rtol=1e-5)


def test_does_not_end_before_its_soft_targets(easy_rows):
    model = DEPICT(3, pretrain_epochs=1, label_epochs=2, tolerance=1.1)  # every table is as good as the last
    assert len(model.fit(np.tanh(easy_rows[0]), epochs=6, batch_size=100, verbose=0).epoch) == 3


def test_the_cross_entropy_trains_the_noisy_encoder(easy_rows):
    x = np.tanh(easy_rows[0][:6])
    model = DEPICT(3)
    model.build((None, 8))
    targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    with tf.GradientTape() as tape:
        outputs = model.training_outputs(x, training=True)
        term = model.loss_terms(x, outputs, training=True, targets=targets)["cross_entropy"]
    found, *of_weights = tape.gradient(term, [outputs["noisy"], *model.encoder.trainable_weights])
    kernel = model.head.get_weights()[0]
    expected = (outputs["noisy_assignments"].numpy() - targets) @ kernel.T / len(x)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert all(np.abs(gradient).max() > 0 for gradient in of_weights[::2])  # kernels


def test_the_best_checkpoint_can_be_kept(easy_rows):
    model = DEPICT(3, pretrain_epochs=1, tolerance=0.0)
    history = model.fit(np.tanh(easy_rows[0]), epochs=3, batch_size=100, evaluate_every=1, keep_best=True, verbose=0)
    assert np.isfinite(history.history["criterion"]).all()
    assert model.checkpoint.rank[1] == min(history.history["criterion"])


def test_rows_that_are_no_images_are_flattened(rng):
    x = rng.normal(size=(60, 4, 5)).astype(np.float32)
    model = DEPICT(3, pretrain_epochs=1, label_epochs=1)
    model.fit(x, epochs=2, verbose=0)
    assert model.predict(x, verbose=0).shape == (60, 3)
