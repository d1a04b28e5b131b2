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


def test_time_before_a_kill_counts_for_its_phase(tmp_path):
    session = Session(tmp_path)
    session.state("fit").elapsed_before = 5.0
    with session.phase("pretrain"):
        session.state("layer-1").elapsed_before = 2.0
    with session.phase("fit"):
        pass
    assert 2.0 <= session.seconds["pretrain"] < 3.0
    assert 5.0 <= session.seconds["fit"] < 6.0
