import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.helpers import small_convnet
from tfcluster.models import DeepClusterV2
from tfcluster.training.scalable_kmeans import nearest_centroids


def small(**arguments):
    network = small_convnet((20, 20, 1))
    options = {"n_prototypes": 8, "heads": 3, "projection_units": 32, "projection_dim": 6, "norm_momentum": 0.8}
    scale = keras.layers.Rescaling(1 / 255)
    return DeepClusterV2(3, network, preprocessing=scale, **(options | arguments))


class Noise(keras.layers.Layer):
    """Other rows at every call, in training."""

    def __init__(self):
        super().__init__()
        self.draws = keras.random.SeedGenerator(3)

    def call(self, x, training=False):
        return x + keras.random.uniform(tf.shape(x), 0.0, 0.1, seed=self.draws) if training else x


def watch(model, function):
    """Calls it after every epoch; the bank is empty before the first."""

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            for bank in model.bank:
                bank.assign(tf.zeros_like(bank))

        def on_epoch_end(self, epoch, logs=None):
            function(epoch)

    return Watch()


def test_loss_by_hand():
    """Two rows in two views, two heads of three prototypes in the plane."""
    model = small(heads=2, n_prototypes=3, projection_dim=2, temperature=0.5, weight_decay=0.0)
    model.build((None, 20, 20, 1))
    angles = np.array([0.1, 2.0, 0.3, 1.5])  # rows 0, 1 in the first view, rows 0, 1 in the second
    z = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    c = np.array([[[1, 0], [0, 1], [-1, 0]], [[0, -1], [0, 1], [1, 0]]], np.float32)
    model.centroids.assign(c)
    targets = tf.constant([[0, 2, 0], [1, 1, 1]])
    terms = model.loss_terms(None, {"projection": tf.constant(z)}, training=True, targets=targets)
    expected = []
    for h in range(2):
        for i in range(4):
            logits = c[h] @ z[i] / 0.5
            expected.append(np.log(np.exp(logits).sum()) - logits[[[0, 2], [1, 1]][i % 2][h]])
    np.testing.assert_allclose(terms["pseudo_labels"], np.mean(expected), rtol=1e-6)


def test_the_projector_decays_too():
    model = small(weight_decay=0.1)
    model.build((None, 20, 20, 1))
    kernels = [
        layer.kernel.numpy()
        for part in (model.encoder, model.projector)
        for layer in part.layers
        if hasattr(layer, "kernel")
    ]
    assert len(kernels) == 4
    term = model.loss_terms(None, {}, training=False)["weight_decay"]
    assert float(term) == pytest.approx(0.1 / 2 * sum((kernel**2).sum() for kernel in kernels), rel=1e-6)


@pytest.mark.parametrize("augmented", [False, True])
def test_training_fills_the_bank(augmented, easy_images):
    """After an epoch every row's embedding is that of the step that saw it, and has length 1."""
    model = small(augmentation=Noise() if augmented else None, learning_rate=1e-9, reassign_every=5)
    banks = []
    watched = watch(model, lambda epoch: banks.append([bank.numpy() for bank in model.bank]))
    model.fit(easy_images[0], epochs=1, batch_size=50, verbose=0, callbacks=[watched])
    assert len(banks[0]) == (2 if augmented else 1)
    for bank in banks[0]:
        np.testing.assert_allclose(np.linalg.norm(bank, axis=1), 1.0, rtol=1e-4)
    if augmented:  # two distortions of the same rows
        near = (banks[0][0] * banks[0][1]).sum(1).mean()
        apart = (banks[0][0] * np.roll(banks[0][1], 1, axis=0)).sum(1).mean()
        assert apart < near < 1.0 - 1e-6


def test_bank_of_a_step(easy_images):
    model = small(augmentation=Noise())
    model.build((None, 20, 20, 1))
    model.bank = [tf.Variable(tf.zeros([6, 6])) for _ in range(2)]
    views = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)  # two full views and a small one, 3 rows
    targets = tf.constant([[0, 0, 0, 4], [0, 0, 0, 0], [0, 0, 0, 5]])
    model.after_step({"projection": tf.constant(views)}, targets)
    for i, bank in enumerate(model.bank):
        expected = np.zeros((6, 6), np.float32)
        expected[[4, 0, 5]] = views[3 * i : 3 * i + 3]
        np.testing.assert_array_equal(bank, expected)


def test_prototypes_stay_until_the_next_clustering(easy_images):
    model = small(reassign_every=2)
    seen = []
    watched = watch(model, lambda epoch: seen.append((model.centroids.numpy(), model.targets.numpy())))
    model.fit(easy_images[0], epochs=4, batch_size=50, verbose=0, callbacks=[watched])
    changed = [bool((a[0] != b[0]).any()) for a, b in itertools.pairwise(seen)]
    assert changed == [True, False, True]
    np.testing.assert_allclose(np.linalg.norm(seen[0][0], axis=2), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(seen[0][1][:, -1], np.arange(300))
    assert seen[0][1][:, :3].max() < 8
    assert len({tuple(labels) for labels in seen[0][1][:, :3].T}) == 3  # the clusterings differ


def test_clusterings_take_the_banks_by_turns():
    model = small(heads=3, n_prototypes=3, projection_dim=2, augmentation=Noise())
    model.build((None, 20, 20, 1))
    model.targets = tf.Variable(tf.zeros([6, 4], tf.int32))
    right = np.array([[1.0, 0.0], [0.96, 0.28], [0.8, 0.6], [0.6, 0.8], [0.28, 0.96], [0.0, 1.0]], np.float32)
    model.bank = [tf.Variable(right), tf.Variable(-right)]
    model.refresh()
    assert [bool((c > -1e-6).all()) for c in model.centroids.numpy()] == [True, False, True]
    for head, bank in enumerate((right, -right, right)):
        nearest = (bank @ model.centroids.numpy()[head].T).argmax(1)
        np.testing.assert_array_equal(model.targets.numpy()[:, head], nearest)


def test_clusters_the_easy_images(easy_images):
    model = small(augmentation=Noise())
    record = model.fit(*easy_images, epochs=6, batch_size=50, evaluate_every=1, verbose=0).history
    assert record["acc"][-1] > 0.9
    assert record["used_prototypes"] == [8.0] * 6
    assert record["nmi_previous"][-1] > record["nmi_previous"][0]
    z = model.embed(easy_images[0])
    np.testing.assert_array_equal(
        model.cluster(easy_images[0]), nearest_centroids(z, model.clustering.centroids.numpy())
    )


def test_small_crops_are_parts_of_the_row(easy_images):
    model = small(augmentation=Noise(), small_crops=2)
    model.build((None, 20, 20, 1))
    x = tf.constant(easy_images[0][:4])
    assert model.training_outputs(x, training=True)["projection"].shape == (16, 6)
    assert model.training_outputs(x, training=False)["projection"].shape == (4, 6)
    rows = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    with pytest.raises(ValueError, match="`small_crops` are crops of images"):
        DeepClusterV2(3, rows, small_crops=2).build((None, 8))


def test_two_replicas_keep_one_bank(easy_images):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        model = small(learning_rate=1e-9, reassign_every=9, whole_batch=True)
    alone, banks = small(learning_rate=1e-9, reassign_every=9), []
    for each in (model, alone):
        watched = watch(each, lambda epoch, each=each: banks.extend(getattr(each.bank[0], "values", each.bank)))
        each.fit(easy_images[0], epochs=1, batch_size=50, verbose=0, callbacks=[watched])
    first, second, expected = (bank.numpy() for bank in banks)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, expected, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_prototypes": 2}, "`n_prototypes` must be at least n_clusters=3"),
        ({"heads": 0}, "`heads` and `reassign_every` must be at least 1"),
        ({"temperature": 0.0}, "`temperature` must be above 0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        small(**arguments)


def test_more_prototypes_than_rows(easy_images):
    with pytest.raises(ValueError, match="at most the 6 rows"):
        small().fit(easy_images[0][:6], verbose=0)
