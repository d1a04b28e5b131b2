import numpy as np
import pytest

from tfcluster.analysis import write_comparison
from tfcluster.analysis.comparison import _curves, _matched
from tfcluster.cli import main


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs of two methods on the same rows, and one on others."""
    found = []
    for name, method, limit in (("a", "kmeans", 300), ("b", "gmm", 300), ("c", "kmeans", 200)):
        found.append(str(tmp_path_factory.mktemp("compare") / name))
        options = ["--dataset", "digits", "--limit", str(limit), "--output", found[-1], "--quiet", "--no-report"]
        assert main(["run", method, *options, "--seed", str(limit)]) == 0
    return found


def test_command(folders, tmp_path, capsys):
    assert main(["compare", *folders, "-o", str(tmp_path / "page.html")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines[1:4]] == ["kmeans", "gmm", "kmeans"]
    assert lines[4] == str(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    for heading in ("Runs", "How to repeat them", "Settings that differ", "Agreement of the chosen runs", "Maps"):
        assert f"<h2>{heading}</h2>" in text
    assert text.count("data:image/jpeg;base64") == 3
    assert "--seed 300" in text
    assert main(["compare", *folders, "-o", str(tmp_path / "page.html")]) == 2
    assert "already exists: add --overwrite" in capsys.readouterr().err
    assert main(["compare", folders[0], str(tmp_path), "-o", str(tmp_path / "page.html")]) == 2
    assert "has come to its end" in capsys.readouterr().err  # not that the page is there
    assert main(["compare", *folders[:2], "-o", str(tmp_path / "page.html"), "--overwrite"]) == 0
    assert (tmp_path / "page.html").read_text() != text


def test_only_runs_on_the_same_rows_are_said_to_agree(folders, tmp_path):
    text = write_comparison(folders, tmp_path / "page.html").read_text()
    table = text[text.index("Agreement") : text.index("NMI between")]
    cells = [part.split("</td>")[0] for part in table.split("<td>")[1:]]
    first, second, third = cells[1:4], cells[5:8], cells[9:12]
    assert first[0] == second[1] == third[2] == "1.000"
    assert first[1] == second[0] != "-"
    assert first[2] == second[2] == third[0] == third[1] == "-"
    assert "Agreement" not in write_comparison(folders[1:], tmp_path / "page.html").read_text()


def test_losses_and_criteria_are_drawn_for_one_method_only():
    line = {"epoch": "1", "loss": "0.5", "criterion": "0.4", "acc": "0.9", "used_clusters": "3", "own": ""}
    histories = [[line, line | {"epoch": "2"}], [line]]
    for one_method, names in ((True, ["loss", "criterion", "acc", "used clusters"]), (False, ["acc", "used clusters"])):
        charts = _curves(histories, one_method)
        assert [name for name in ("loss", "criterion", "acc", "used clusters") if f">{name}<" in charts] == names
    assert _curves([[line], []], True) == ""  # one curve is no comparison


def test_requests_that_are_wrong(folders, tmp_path, capsys):
    assert main(["compare", folders[0], "-o", str(tmp_path / "page.html")]) == 2
    assert "two runs or more. Received: 1" in capsys.readouterr().err
    assert main(["compare", folders[0], str(tmp_path)]) == 2
    assert "has come to its end" in capsys.readouterr().err


def test_clusters_take_the_numbers_that_they_match():
    others = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    labels = np.array([5, 5, 5, 0, 0, 1, 1, 7])
    np.testing.assert_array_equal(_matched(labels, others), [0, 0, 0, 1, 1, 2, 2, 3])
