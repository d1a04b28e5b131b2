import subprocess
import sys

import pytest

from tfcluster.cli import main
from tfcluster.experiments.presets import METHODS
from tfcluster.version import __version__


def test_usage_version_and_list(capsys):
    assert main([]) == 0
    assert "tfcluster run METHOD" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert {line.split()[0] for line in listed.split("\n\n")[0].splitlines()} == set(METHODS)
    assert "digits" in listed
    assert main(["data", "info", "digits"]) == 0


def test_wrong_requests(capsys):
    assert main(["sing"]) == 2
    assert "unknown verb 'sing'" in capsys.readouterr().err
    assert main(["run"]) == 2
    assert main(["run", "ddc-uco"]) == 2
    assert "did you mean ddc_uco" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["suggest-k", "predict", "export", "serve", "report", "knn", "compare", "data"])
def test_every_verb_says_what_is_wrong_in_one_line(verb, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([verb, "--no-such-option"])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.endswith(" (see --help)\n")
    assert said.count("\n") == 1


def test_run(tmp_path, capsys):
    assert main(["run", "kmeans", "--dataset", "blobs", "--output", str(tmp_path / "out"), "--quiet"]) == 0
    assert "acc" in capsys.readouterr().out


def test_import_is_light_and_quiet():
    script = (
        "import sys, tfcluster; print([m for m in ('tensorflow_datasets', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
