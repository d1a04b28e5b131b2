import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import DDC, DEC, KMeans
from tfcluster.training.rows import Rows
from tfcluster.training.sources import ResidentSource


@pytest.fixture
def model(easy_rows):
    model = DDC(3, "mlp", hidden_units=8)
    model.build((None, 8))
    return model


def test_several_outputs_of_one_pass(model, easy_rows, monkeypatch):
    passes = []
    infer = model._infer
    monkeypatch.setattr(model, "_infer", lambda rows: passes.append(len(rows)) or infer(rows))
    labels, assignments, embedding = model.map_rows(easy_rows[0], ("labels", "assignments", "embedding"), 128)
    assert passes == [128, 128, len(easy_rows[0]) - 256]
    assert (labels.dtype, embedding.dtype) == (np.int32, np.float32)
    np.testing.assert_array_equal(labels, assignments.argmax(1))
    np.testing.assert_array_equal(labels, model.cluster(easy_rows[0], 128))
    np.testing.assert_array_equal(embedding, model.embed(easy_rows[0], 128))
    np.testing.assert_array_equal(assignments[:128], model(easy_rows[0][:128], training=False))


def test_cluster_takes_a_data_set(model, easy_rows):
    dataset = tf.data.Dataset.from_tensor_slices(easy_rows).batch(64)
    np.testing.assert_array_equal(model.cluster(dataset), model.cluster(easy_rows[0]))


def test_rows_outside_of_a_batch_do_not_matter(model, easy_rows):
    whole = model.map_rows(easy_rows[0], "assignments")
    for size in (1, 7, 300):
        np.testing.assert_allclose(model.map_rows(easy_rows[0], "assignments", size), whole, atol=1e-6)


def test_criterion_is_the_mean_loss_of_whole_batches(model, easy_rows):
    x = easy_rows[0][:250]
    source = Rows(x, None, 3).source(120, seed=0, drop_remainder=True)
    losses = []
    for _, (rows,) in itertools.islice(source.fixed(), 2):  # the last ten rows are no batch
        outputs = model(rows, training=False, everything=True)
        losses.append(sum(float(term) for term in model.loss_terms(rows, outputs, training=False).values()))
    labels, criterion = model.assess(source)
    assert criterion == pytest.approx(np.mean(losses), rel=1e-6)
    np.testing.assert_array_equal(labels, model.cluster(x))
    again, nothing = model.assess(source, with_loss=False)
    assert np.isnan(nothing)
    np.testing.assert_array_equal(again, labels)


def test_tensorflow_does_not_complain_of_many_models(easy_rows, caplog):
    for _ in range(8):
        model = KMeans(3)
        model.fit(easy_rows[0], verbose=0)
        model.cluster(easy_rows[0])
    assert "retracing" not in caplog.text


@pytest.mark.parametrize("use", ["predict", "cluster", "embed"])
def test_before_fit(easy_rows, use):
    with pytest.raises(ValueError, match="KMeans has not been trained: call `fit` first"):
        getattr(KMeans(3), use)(easy_rows[0])


@pytest.mark.parametrize("use", ["predict", "cluster", "embed"])
def test_rows_that_are_no_rows(easy_rows, use):
    model = KMeans(3)
    model.fit(easy_rows[0])
    wrong = easy_rows[0].copy()
    wrong[60, 1] = np.nan
    with pytest.raises(ValueError, match="nan in row 60, feature 1"):
        getattr(model, use)(wrong, batch_size=50)
    if use != "predict":
        with pytest.raises(ValueError, match="`x` must have rows"):
            getattr(model, use)(easy_rows[0][:0])


def test_saved_as_keras_only(easy_rows, tmp_path):
    model = KMeans(3)
    with pytest.warns(UserWarning, match="has not yet been built"):  # of Keras
        model.save(tmp_path / "before.keras")
    assert keras.models.load_model(tmp_path / "before.keras").n_clusters == 3
    with pytest.raises(ValueError, match=r"saved as .keras; .* Received: .*model.h5"):
        model.save(tmp_path / "model.h5")


def test_one_call_assigns_all_rows(easy_rows):
    x = easy_rows[0][:110]
    model = DEC(3, pretrain_epochs=0)
    model.build((None, *x.shape[1:]))
    for rows in (x, x[:96], x[:7]):  # the last batch has 14 rows, 32, and 7
        source = ResidentSource(rows, 32)
        source.attach(tf.Variable(tf.zeros((len(rows), 3))))
        expected = model.map_rows(rows, "assignments", 32)
        np.testing.assert_array_equal(model.map_source(source, "assignments"), expected)


def test_a_data_set_without_end_is_refused(model, easy_rows):
    dataset = tf.data.Dataset.from_tensor_slices(easy_rows[0]).batch(64).repeat()
    with pytest.raises(ValueError, match="A data set must be finite"):
        model.cluster(dataset)
