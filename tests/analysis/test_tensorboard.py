"""TensorBoard, by the command that writes for it."""

import csv

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.util import event_pb2

from tests.helpers import tiny_run
from tfcluster.analysis.tensorboard import write_projector
from tfcluster.data import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_run(tmp_path_factory.mktemp("tracked"), "--tensorboard")


def history(folder):
    with open(folder / "run-00" / "history.csv") as stream:
        return list(csv.DictReader(stream))


def test_scalars_are_those_of_the_history(folder):
    files = sorted((folder / "run-00" / "tensorboard").glob("events.*"))
    assert len(files) == 1
    found = {}
    for record in tf.data.TFRecordDataset(str(files[0])).as_numpy_iterator():
        event = event_pb2.Event.FromString(record)
        for value in event.summary.value:
            found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
    lines = history(folder)
    expected = {
        (name, int(line["epoch"])): float(value)
        for line in lines
        for name, value in line.items()
        if name != "epoch" and value
    }
    assert set(found) == set(expected)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-6)


def test_projector(folder):
    written = folder / "run-00" / "tensorboard"
    with np.load(folder / "run-00" / "assignments.npz") as file:
        labels, embeddings = file["labels"], file["embeddings"]
    np.testing.assert_allclose(np.loadtxt(written / "vectors.tsv"), embeddings, rtol=1e-4, atol=1e-5)
    lines = (written / "metadata.tsv").read_text().splitlines()
    assert lines[0] == "row\tcluster\tlabel"
    data = load("digits").sample(200)
    assert lines[1:] == [f"{i}\t{labels[i]}\t{data.y[i]}" for i in range(200)]
    sprite = tf.io.decode_png((written / "sprite.png").read_bytes()).numpy()
    assert sprite.shape == (120, 120, 1)  # 15 x 15 images of 8 pixels
    np.testing.assert_array_equal(sprite[:8, 8:16, 0], np.round(data.x[1, ..., 0] * (255 / 16)))
    config = (written / "projector_config.pbtxt").read_text()
    assert "single_image_dim: 8 single_image_dim: 8" in config
    assert 'metadata_path: "metadata.tsv"' in config


def test_projector_of_rows_without_labels(tmp_path, rng):
    write_projector(tmp_path, np.zeros(20, int), rng.normal(size=(20, 2, 2)))
    assert np.loadtxt(tmp_path / "vectors.tsv").shape == (20, 4)
    assert (tmp_path / "metadata.tsv").read_text().startswith("row\tcluster\n0\t0\n")
    assert "sprite" not in (tmp_path / "projector_config.pbtxt").read_text()
