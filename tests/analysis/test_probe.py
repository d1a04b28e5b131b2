import numpy as np
import pytest

from tfcluster.analysis import linear_probe, probe_layers
from tfcluster.models import DDC


def test_learns_what_is_linear_and_nothing_else(rng):
    x = rng.normal(size=(600, 5)) * [1, 10, 100, 1, 1]
    linear = (x[:, 1] > 0).astype(int) * 3 + 4  # any integers
    product = (x[:, 0] * x[:, 3] > 0).astype(int)
    assert linear_probe(x[:400], linear[:400], x[400:], linear[400:]) > 0.95
    assert linear_probe(x[:400], product[:400], x[400:], product[400:]) < 0.65


def test_the_penalty_is_chosen(rng, monkeypatch):
    x = rng.normal(size=(1000, 150))
    y = (x[:, :5].sum(axis=1) > 0).astype(int)
    chosen = linear_probe(x[:200], y[:200], x[200:], y[200:])
    monkeypatch.setattr("tfcluster.analysis.probe._PENALTIES", (1.0,))
    assert chosen > linear_probe(x[:200], y[:200], x[200:], y[200:]) + 0.1


def test_layers_of_a_model(easy_rows):
    x, y = easy_rows
    model = DDC(3, backbone="mlp")
    model.build((None, 8))
    names = [layer.name for layer in model.encoder.layers[1:3]]
    found = probe_layers(model, names, x[:200], y[:200], x[200:], y[200:])
    assert list(found) == names
    assert min(found.values()) > 0.9


def test_one_label_only(rng):
    with pytest.raises(ValueError, match="class"):
        linear_probe(rng.normal(size=(20, 3)), np.zeros(20), rng.normal(size=(5, 3)), np.zeros(5))
