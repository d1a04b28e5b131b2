"""Weights & Biases, by the command that writes for it."""

import sys

import pytest

from tests.helpers import tiny_run


@pytest.mark.long
def test_weights_and_biases_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    folder = tiny_run(tmp_path, "--wandb", "tests")
    (written,) = (folder / "run-00" / "wandb").glob("offline-run-*/*.wandb")
    content = written.read_bytes()
    for name in ("ddc_1", "criterion", "nmi", "ddc on digits, seed 0"):
        assert name.encode() in content


def test_without_the_package(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(AssertionError):
        tiny_run(tmp_path, "--wandb", "tests")
    assert "pip install 'tfcluster[wandb]'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
