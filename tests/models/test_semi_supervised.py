import numpy as np
import pytest
import tensorflow as tf

from tfcluster.models import M2


def few(y, count=30):
    return np.where(np.arange(len(y)) < count, y, -1)


def small(**arguments):
    options = {"units": 20, "latent_dim": 3, "learning_rate": 3e-3, "classification_weight": 10.0}
    return M2(3, likelihood="mse", **options, **arguments)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda y: None, "Received: None"),
        (lambda y: y.astype(float), "must be a vector of integers"),
        (lambda y: y[:, None], "must be a vector of integers"),
        (lambda y: np.where(y == 2, 3, y), r"from 0 to 2, or -1 for unknown. Received: 3"),
        (lambda y: np.where(y == 2, -2, y), "Received: -2"),
        (lambda y: np.where(y == 1, -1, y), r"at least one label for each class. Received: none for \[1\]"),
        (lambda y: y[:-1], "one label for each of the 300 rows"),
    ],
)
def test_labels_that_are_refused(spoil, message, easy_rows):
    x, y = easy_rows
    with pytest.raises(ValueError, match=message):
        small().fit(x, spoil(few(y)), epochs=1, verbose=0)


@pytest.mark.parametrize("truth", [lambda y: y[:9], lambda y: y.astype(str)])
def test_labels_for_scores_have_their_own_name(truth, easy_rows):
    x, y = easy_rows
    with pytest.raises(ValueError, match="`y_true` must hold"):
        small().fit(x, few(y), truth(y), epochs=1, verbose=0)


def test_known_labels_are_learned_and_clusters_are_classes(easy_rows):
    x, y = easy_rows
    model = small(labelled_per_batch=20)
    history = model.fit(x, few(y), y_true=y, epochs=10, batch_size=60, verbose=0).history
    assert model.error(x, y) < 0.05
    assert history["acc"][-1] > 0.95
    assert "acc" not in small().fit(x, few(y), epochs=1, batch_size=60, verbose=0).history


def test_steps_go_over_all_rows_once(easy_rows):
    x, y = easy_rows
    model = small(labelled_per_batch=20)
    model.fit(x, few(y), epochs=1, batch_size=60, verbose=0)
    assert int(model.optimizer.iterations) == 300 // 40


def test_a_data_set_is_as_good_as_an_array(easy_rows):
    x, y = easy_rows
    rows = tf.data.Dataset.from_tensor_slices(x).batch(50)
    models = [small(), small()]
    for model, given in zip(models, (x, rows), strict=True):
        model.fit(given, few(y), epochs=1, batch_size=60, verbose=0)
    np.testing.assert_array_equal(*(model.predict(x, verbose=0) for model in models))


def test_rows_of_unknown_class_are_no_errors(easy_rows):
    x = easy_rows[0]
    model = M2(3, likelihood="mse", units=12, latent_dim=4)
    model.build((None, 8))
    found = model.cluster(x)
    truth = np.where(np.arange(len(x)) < 10, (found + 1) % 3, found)
    truth[5:50] = -1
    assert model.error(x, truth) == pytest.approx(5 / 255)
