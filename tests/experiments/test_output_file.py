import json
import pathlib

import pytest

from tfcluster.experiments.output_file import check_output, write_json


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"value": 1, "path": pathlib.PurePosixPath("b")})
    assert json.loads(path.read_text()) == {"value": 1, "path": "b"}
    circle = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular"):
        write_json(path, circle)
    assert json.loads(path.read_text())["value"] == 1
    assert list(tmp_path.iterdir()) == [path]


def test_what_may_not_be_written(tmp_path):
    there = tmp_path / "a.csv"
    there.write_text("1")
    check_output(tmp_path / "new.csv", overwrite=False)
    check_output(there, overwrite=True, inputs=["digits", f"csv:{tmp_path / 'b.csv'}"])
    for output, overwrite, inputs, message in (
        (tmp_path / "none" / "a.csv", False, [], "a folder that is there"),
        (tmp_path, True, [], "a folder"),
        (there, True, [f"csv:{there}"], "another file than what is read"),
        (there, False, [], "already exists: add --overwrite"),
    ):
        with pytest.raises(ValueError, match=message):
            check_output(output, overwrite, inputs)
