import keras
import numpy as np
import pytest

from tfcluster.training.fit_arguments import check_fit_arguments


def check(epochs=1, batch_size=2, callbacks=None, further=None, least_rows=2):
    check_fit_arguments(epochs, batch_size, callbacks, {} if further is None else further, least_rows)


def test_what_makes_sense():
    check(0, np.int64(2), [], {"validation_data": "rows", "shuffle": None})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"epochs": -1}, ValueError, "`epochs` must be a whole number of at least 0. Received: -1"),
        ({"epochs": 1.5}, ValueError, "`epochs` must be a whole number"),
        ({"batch_size": 1}, ValueError, "`batch_size` must be a whole number of at least 2. Received: 1"),
        ({"batch_size": None}, ValueError, "`batch_size` must be a whole number of at least 2. Received: None"),
        ({"batch_size": 64.0}, ValueError, "Received: 64.0"),
        (
            {"callbacks": keras.callbacks.TerminateOnNaN()},
            TypeError,
            "`callbacks` must be a list. Received: a Terminate",
        ),
        ({"further": {"sample_weight": [1.0]}}, ValueError, "It takes no sample_weight"),
    ],
)
def test_what_does_not(arguments, error, message):
    with pytest.raises(error, match=message):
        check(**arguments)
