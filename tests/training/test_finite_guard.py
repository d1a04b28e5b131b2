import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import DCN, DDC, DEC, Autoencoder
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


class Fails(DEC):
    def loss_terms(self, x, outputs, training, targets=None):
        terms = super().loss_terms(x, outputs, training, targets)
        bad = tf.where(tf.cast(self.optimizer.iterations, tf.int32) >= 12, float("nan"), 1.0)
        return {name: bad * term for name, term in terms.items()}


def test_leaves_the_weights_of_the_last_evaluation(easy_rows):
    kept = {}

    class Keep(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            kept[epoch] = self.model.get_weights()

    model = Fails(3, backbone="mlp", pretrain_epochs=1)
    with pytest.raises(NonFiniteLossError):
        model.fit(easy_rows[0], epochs=6, batch_size=60, evaluate_every=2, callbacks=[Keep()], verbose=0)
    assert list(kept) == [0, 1]  # five steps an epoch
    for a, b in zip(model.get_weights(), kept[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_pretraining_leaves_the_weights_of_before(easy_rows):
    class Diverges(Autoencoder):
        def loss_terms(self, x, outputs, training, targets=None):
            return {name: float("nan") * term for name, term in super().loss_terms(x, outputs, training).items()}

    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    with pytest.raises(NonFiniteLossError):
        Diverges(encoder, decoder).fit(easy_rows[0], epochs=1, verbose=0)
    assert np.isfinite(encoder.get_weights()[0]).all()


def test_replicas_name_the_term_that_broke_first(easy_rows):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice())
    with strategy.scope():
        encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
        model = Breaks(3, backbone=encoder)
    with pytest.raises(NonFiniteLossError, match="'ddc_2' is nan"):
        model.fit(easy_rows[0], epochs=5, batch_size=60, verbose=0)


@pytest.mark.parametrize("momentum", [None, 0.9])
def test_a_lower_rate_helps_afterwards(momentum, easy_rows):
    model = DDC(3, backbone="mlp", learning_rate=1e20, momentum=momentum, clipnorm=None)
    with pytest.raises(NonFiniteLossError):
        model.fit(easy_rows[0], epochs=2, batch_size=60, verbose=0)
    model.optimizer.learning_rate = 1e-3
    assert np.isfinite(model.fit(easy_rows[0], epochs=2, batch_size=60, verbose=0).history["loss"]).all()


def test_nothing_is_computed_from_a_network_that_broke(easy_rows):
    options = {"pretrain_epochs": 1, "learning_rate": 1e20, "momentum": 0.9, "clipnorm": None, "kmeans_every": 1}
    model = DCN(3, backbone="mlp", **options)
    with pytest.raises(NonFiniteLossError):
        model.fit(easy_rows[0], epochs=2, batch_size=60, verbose=0)
    assert np.isfinite(model.embed(easy_rows[0])).all()


class BreaksWeights(keras.callbacks.Callback):
    """Makes one weight NaN at the beginning of an epoch."""

    def __init__(self, epoch, layer):
        super().__init__()
        self.epoch, self.layer = epoch, layer

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            weight = self.layer(self.model)
            weight.assign(np.full(weight.shape, np.nan))


@pytest.mark.parametrize("momentum", [None, 0.9])
def test_training_goes_on_from_the_state_that_was_kept(momentum, easy_rows):
    """As if the training had ended there."""
    options = {"batch_size": 60, "evaluate_every": 2, "keep_best": False, "verbose": 0}
    models = [DDC(3, backbone="mlp", hidden_units=8, momentum=momentum, learning_rate=1e-3) for _ in range(2)]
    models[0].fit(easy_rows[0], epochs=2, **options)
    with pytest.raises(NonFiniteLossError):
        models[1].fit(easy_rows[0], epochs=6, callbacks=[BreaksWeights(3, lambda m: m.trainable_weights[0])], **options)
    assert int(models[1].optimizer.iterations) == 10
    for a, b in zip(*(model.optimizer.variables for model in models), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)
    histories = [model.fit(easy_rows[0], epochs=2, **options).history["loss"] for model in models]
    np.testing.assert_array_equal(*histories)


def test_loss_scales_are_not_lost(easy_rows):
    model = DDC(3, backbone="mlp", hidden_units=8, dtype="mixed_float16")
    options = {"batch_size": 60, "verbose": 0}
    with pytest.raises(NonFiniteLossError):
        model.fit(easy_rows[0], epochs=9, callbacks=[BreaksWeights(0, lambda m: m.trainable_weights[0])], **options)
    assert float(model.optimizer.dynamic_scale) >= 1.0
    assert np.isfinite(model.fit(easy_rows[0], epochs=2, **options).history["loss"]).all()


@pytest.mark.parametrize("every", [1, 100])
def test_a_network_whose_loss_hides_that_it_is_broken(every, easy_rows):
    class Hides(DDC):
        def loss_terms(self, x, outputs, training, targets=None):
            terms = super().loss_terms(x, outputs, training, targets)
            return {name: tf.where(tf.math.is_finite(term), term, 0.0) for name, term in terms.items()}

    model = Hides(3, backbone="mlp", hidden_units=8)
    model.build((None, 8))
    before = model.get_weights()
    broken = BreaksWeights(0, lambda m: m.trainable_weights[0])
    with pytest.raises(NonFiniteLossError, match=r"The weight '.*kernel' holds numbers that are not finite"):
        model.fit(easy_rows[0], epochs=2, batch_size=60, evaluate_every=every, callbacks=[broken], verbose=0)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_that_were_never_finite_are_let_be(easy_rows):
    class Masked(keras.layers.Layer):
        def build(self, input_shape):
            self.mask = self.add_weight(name="mask", shape=(2,), initializer=keras.initializers.Constant(-np.inf))
            self.mask.trainable = False

        def call(self, x):
            return x + tf.exp(self.mask[0])

    encoder = keras.Sequential([keras.Input((8,)), Masked(), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    assert np.isfinite(Autoencoder(encoder, decoder).fit(easy_rows[0], epochs=2, verbose=0).history["loss"]).all()


def test_another_optimiser_does_not_hide_the_error(easy_rows):
    class Replaces(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer = keras.optimizers.SGD()
                self.model.optimizer.build(self.model.trainable_variables)

    model = DDC(3, backbone="mlp", hidden_units=8)
    broken = BreaksWeights(2, lambda m: m.trainable_weights[0])
    with pytest.raises(NonFiniteLossError):
        model.fit(easy_rows[0], epochs=4, batch_size=60, callbacks=[Replaces(), broken], verbose=0)
