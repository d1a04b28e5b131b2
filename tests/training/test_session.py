import json

from tfcluster.training import Session


def test_without_a_folder_nothing_is_saved():
    session = Session()
    assert session.state("fit") is None
    assert session.callbacks("fit", 3) == []
    with session.phase("fit"):
        pass
    assert session.seconds["fit"] >= 0


def test_durations_outlive_the_process(tmp_path):
    with Session(tmp_path).phase("pretrain"):
        pass
    recorded = json.loads((tmp_path / "phases.json").read_text())
    assert Session(tmp_path).seconds == recorded
    Session(tmp_path).clear()
    assert not list(tmp_path.iterdir())


def test_callbacks_know_the_phase():
    session = Session(callbacks=lambda phase, epochs: [(phase, epochs)])
    assert session.callbacks("pretrain", 7) == [("pretrain", 7)]
