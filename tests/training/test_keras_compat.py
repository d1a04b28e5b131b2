import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import DCN, DDCUCO, DEC, DEPICT, IDEC, M2, RBM, VAE, ShallowAutoencoder, VaDE
from tfcluster.training.keras_compat import CompiledFit
from tfcluster.training.sources import ResidentSource


class Mean(CompiledFit):
    """min mean |x - m|^2, with a count of the steps and of the refreshes."""

    seed = 0

    def __init__(self, interval=None, stop_at=None, **kwargs):
        super().__init__(**kwargs)
        self.interval, self.stop_at = interval, stop_at
        self.refreshes = []

    def build(self, input_shape):
        self.m = self.add_weight(name="m", shape=(input_shape[-1],), initializer="zeros")
        self.steps_done = self.add_weight(name="steps", shape=(), dtype="int32", initializer="zeros", trainable=False)
        self.make_term_means()
        self.built = True

    def call(self, x, training=False):
        return x - self.m

    def loss_names(self):
        return ["square"]

    def loss_terms(self, x, outputs, training, targets=None):
        return {"square": tf.reduce_mean(tf.square(outputs))}

    def after_step(self, outputs, targets):
        self.steps_done.assign_add(1)

    def refresh(self):
        self.refreshes.append(int(self.steps_done))
        self.stop_training = len(self.refreshes) == self.stop_at

    def train(self, x, epochs, batch_size=10):
        self.build((None, x.shape[1]))
        self.refresh_interval = self.interval
        self.prepare_loop(ResidentSource(x, batch_size), lambda: keras.optimizers.SGD(0.1))
        return self.run_loop([], epochs=epochs, verbose=0)


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(2.0, 1.0, size=(50, 3)).astype(np.float32)


def test_history_holds_the_mean_over_the_steps_of_an_epoch(x):
    model = Mean()
    history = model.train(x, epochs=1, batch_size=50)
    np.testing.assert_allclose(history.history["square"], [np.mean(x**2)], rtol=1e-5)
    np.testing.assert_allclose(model.m, 0.1 * 2 * x.mean(0) / 3, rtol=1e-4)


def test_refresh_comes_after_every_interval_over_epochs(x):
    model = Mean(interval=3)
    model.train(x, epochs=2)  # 5 steps an epoch
    assert model.refreshes == [3, 6, 9]


def test_refresh_may_end_training(x):
    model = Mean(interval=3, stop_at=2)
    history = model.train(x, epochs=10)
    assert model.refreshes == [3, 6]
    assert len(history.epoch) == 2
    assert np.isfinite(history.history["square"]).all()


def test_rows_are_put_in_order_once_an_epoch(x, monkeypatch):
    epochs, order = [], ResidentSource.order
    monkeypatch.setattr(ResidentSource, "order", lambda self, epoch: epochs.append(int(epoch)) or order(self, epoch))
    Mean(interval=2).train(x, epochs=3)  # blocks of 2, 2 and 1 steps
    assert epochs == [0, 1, 2]


def test_the_data_are_let_go(x):
    model = Mean()
    model.train(x, epochs=1)
    assert model.source is None
    model.train_on_batch(x)  # Keras's own step works after it


COMPILED = [DEC, *(pytest.param(method, marks=pytest.mark.long) for method in (IDEC, DCN))]


@pytest.mark.parametrize("method", COMPILED)
def test_long_trainings_of_dense_layers_are_compiled_and_give_the_same(method, easy_rows, monkeypatch):
    found = []
    for least in (10**9, 1):
        monkeypatch.setattr("tfcluster.training.keras_compat._JIT_STEPS", least)
        model = method(3, pretrain_epochs=2)
        model.fit(easy_rows[0], epochs=2, batch_size=64, verbose=0)  # 4 whole batches and a smaller one
        assert model.jit_compile == (least == 1)
        found.append(model.embed(easy_rows[0]))
    np.testing.assert_allclose(*found, rtol=1e-2, atol=1e-2)


def test_what_xla_makes_slower_is_not_compiled(monkeypatch, easy_images):
    monkeypatch.setattr("tfcluster.training.keras_compat._JIT_STEPS", 1)
    convolutions, kernels = DEC(3, backbone="cnn_strided", pretrain_epochs=0), DDCUCO(3)
    for model in (convolutions, kernels, DEC(3, backbone="mlp", pretrain_epochs=0, dtype="mixed_bfloat16")):
        model.fit(easy_images[0][:60], epochs=1, batch_size=30, verbose=0)
        assert not model.jit_compile


def shallow(**arguments):
    encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    return ShallowAutoencoder(encoder, decoder, **arguments)


@pytest.mark.parametrize(
    ("make", "compiled"),
    [
        (shallow, True),
        (lambda: shallow(masking=0.2), False),
        (lambda: shallow(input_dropout=0.2), False),
        (lambda: shallow(code_dropout=0.2), False),
        (lambda: RBM(4), False),
        (lambda: VAE(3), False),
        (lambda: VaDE(3), False),
        (lambda: M2(3), False),
        (lambda: DEPICT(3), False),
    ],
)
def test_what_draws_is_not_compiled(make, compiled):
    model = make()
    model.build((None, 8))
    assert model._is_faster_compiled() == compiled
