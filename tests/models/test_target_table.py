import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models.target_table import TargetTable
from tfcluster.ops import target_distribution


class Linear(TargetTable):
    """Softmax of a linear layer."""

    selection = "agreement"
    drop_remainder = False

    def build_network(self, input_shape):
        super().build_network(input_shape)
        self.head = keras.layers.Dense(3, "softmax", kernel_initializer=keras.initializers.GlorotUniform(0))

    def network(self, x, training):
        return {"embedding": x, "assignments": self.head(x)}

    def target_interval(self):
        return 2

    def loss_names(self):
        return ["error"]

    def loss_terms(self, x, outputs, training, targets=None):
        return {"error": tf.reduce_mean(tf.square(outputs["assignments"] - targets))}


class Spy(keras.callbacks.Callback):
    def __init__(self, x):
        super().__init__()
        self.x, self.tables, self.expected, self.states = x, [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.tables.append(self.model.targets.numpy())
        self.expected.append(target_distribution(self.model.map_rows(self.x, "assignments")))
        self.states.append(self.model.loop_state())


def test_tables_follow_the_assignments_of_all_rows(easy_rows):
    x = easy_rows[0]
    model, spy = Linear(3, tolerance=0.0), Spy(x)
    model.fit(x, epochs=3, batch_size=150, callbacks=[spy], verbose=0, evaluate_every=99)
    for table, expected in zip(spy.tables, spy.expected, strict=True):  # renewed every two steps, an epoch
        np.testing.assert_allclose(table, expected, rtol=1e-4)
    assert np.abs(spy.tables[1] - spy.tables[0]).max() > 0
    np.testing.assert_array_equal(spy.states[1]["targets"], spy.tables[1])


def test_ends_below_the_tolerance(easy_rows):
    model = Linear(3, tolerance=1.1)  # any share of changed labels is below
    history = model.fit(easy_rows[0], epochs=9, batch_size=150, verbose=0, evaluate_every=99)
    assert len(history.epoch) == 1


def test_labels_are_compared_with_those_of_the_table_before(easy_rows):
    one, other = (np.eye(3, dtype=np.float32)[(np.arange(300) + shift) % 3] for shift in (0, 1))
    script = iter([one, other, one, one])  # in between no label is that of the table before

    class Scripted(Linear):
        def map_source(self, source, key):
            return next(script)

    history = Scripted(3).fit(easy_rows[0], epochs=9, batch_size=150, verbose=0, evaluate_every=99)
    assert len(history.epoch) == 3


def test_nothing_of_the_table_stays(easy_rows):
    model = Linear(3)
    model.fit(easy_rows[0], epochs=1, batch_size=150, verbose=0, evaluate_every=99)
    assert model.targets is None
    assert model.loop_state() == {}


def test_a_method_must_give_its_interval(easy_rows):
    class Without(Linear):
        target_interval = TargetTable.target_interval

    with pytest.raises(NotImplementedError):
        Without(3).fit(easy_rows[0], epochs=1, verbose=0)
