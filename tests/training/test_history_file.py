import csv

import keras

from tfcluster.training import HistoryFile


def test_a_row_an_epoch_and_empty_cells(tmp_path):
    writer = HistoryFile(tmp_path / "history.csv")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.history = keras.callbacks.History()
    writer.set_model(model)
    for epoch, logs in enumerate([{"loss": 0.1, "acc": float("nan")}, {"loss": 1 / 3, "acc": 0.5}]):
        writer.on_epoch_begin(epoch)
        writer.on_epoch_end(epoch, logs)
    with open(tmp_path / "history.csv") as stream:
        rows = list(csv.DictReader(stream))
    assert rows == [
        {"epoch": "1", "loss": "0.1", "acc": ""},
        {"epoch": "2", "loss": repr(1 / 3), "acc": "0.5"},
    ]


def test_starts_from_a_resumed_history(tmp_path):
    writer = HistoryFile(tmp_path / "history.csv")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.history = keras.callbacks.History()
    model.history.history = {"loss": [3.0, 2.0]}
    writer.set_model(model)
    writer.on_epoch_begin(2)
    writer.on_epoch_end(2, {"loss": 1.0})
    assert (tmp_path / "history.csv").read_text().split() == ["epoch,loss", "1,3.0", "2,2.0", "3,1.0"]
