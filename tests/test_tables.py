"""The tables of `experiments/`."""

import importlib.util
import json
import pathlib
import shutil

import pytest

from tfcluster.data.registry import get_entry

EXPERIMENTS = pathlib.Path(__file__).parents[1] / "experiments"
GENERATIVE = [f"generative/{name}" for name in ("clustering", "weights", "neighbours", "few_labels")]
FOLDERS = ("ddc_uco", "dec", "sae", "image_encoder", "deepcluster", "jule", *GENERATIVE)
COMMANDS = (
    "ddc_uco",
    "dec",
    "deepcluster",
    "jule",
    "generative/clustering",
    "generative/weights",
    "generative/few_labels",
)


@pytest.fixture(autouse=True)
def path(monkeypatch):
    monkeypatch.syspath_prepend(EXPERIMENTS)


def table_of(folder):
    spec = importlib.util.spec_from_file_location(
        f"{folder.replace('/', '_')}_table", EXPERIMENTS / folder / "table.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TABLE


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_committed_is_what_the_cells_say(folder, tmp_path):
    table = table_of(folder)
    shutil.copytree(EXPERIMENTS / folder, tmp_path / folder)
    table.folder = tmp_path / folder
    table.render()
    pictures = [path.name for path in (EXPERIMENTS / folder).glob("*.svg")]
    assert sorted(pictures) == sorted(path.name for path in (tmp_path / folder).glob("*.svg"))
    for name in ("README.md", "results.csv", *pictures):
        assert (tmp_path / folder / name).read_text() == (EXPERIMENTS / folder / name).read_text()


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_cell_is_without_its_row(folder):
    table = table_of(folder)
    paths = {table.cell_path(row, name, seed) for row in table.rows for name in table.sets for seed in range(9)}
    assert paths >= set((EXPERIMENTS / folder / "cells").glob("*.json"))


@pytest.mark.parametrize("folder", COMMANDS)
def test_runs_of_a_row_are_of_one_recipe_and_of_the_stated_data(folder):
    lines = (EXPERIMENTS.parent / "data" / "SHA256SUMS").read_text().splitlines()
    sums = {file: checksum for checksum, file in map(str.split, lines)}
    table, found, defaults = table_of(folder), {}, {}
    for path in (EXPERIMENTS / folder / "cells").glob("*.json"):
        cell = json.loads(path.read_text())
        settings = cell["settings"]
        row = path.stem.rpartition("_")[0]
        common = {name: value for name, value in settings.items() if name not in ("seed", "runs")}
        assert found.setdefault(row, common) == common, path.name
        if "defaults" in cell:  # a cell of before they were kept has none
            assert defaults.setdefault(row, cell["defaults"]) == cell["defaults"], path.name
        files = get_entry(settings["dataset"]).files if ":" not in settings["dataset"] else ()
        if set(files) & set(sums):
            assert settings["data_sha256"] in [sums[file] for file in files if file in sums], path.name
    assert len(found) <= len(table.rows) * len(table.sets)


@pytest.mark.parametrize("folder", COMMANDS)
def test_every_command_is_one_of_the_command_line(folder):
    from tfcluster.experiments.command import make_parser
    from tfcluster.experiments.presets import METHODS

    table = table_of(folder)
    for row in table.rows:
        for name in table.sets:
            _, module, *options = table.command(row, name, 1)
            method = module.removeprefix("tfcluster.experiments.")
            assert method in METHODS
            assert make_parser(method, "tfcluster").parse_args(options).seed == 1


def test_cells_that_are_missing_are_filled(tmp_path, capsys):
    from tables import CellError, Table

    class Squares(Table):
        columns, fields = ("sum",), ("value",)
        ran = []

        def run(self, row, name, seed):
            self.ran.append((row, name, seed))
            if name == "broken":
                raise CellError("it is broken")
            return {"value": (self.rows[row] + seed) ** 2}

        def facts(self, run):
            return [run["value"]]

        def entries(self, row, name, runs):
            return [str(sum(run["value"] for run in runs))]

    (tmp_path / "HEAD.md").write_text("# Squares\n")
    table = Squares(tmp_path, {"Of three": 3, "Of four": 4}, {"a": 2, "broken": 1}, {("Of four", "a"): "left out"})
    table.fill(["a", "broken"], ["Of three", "Of four"], seeds=2)
    assert Squares.ran == [
        *(("Of three", "a", 0), ("Of three", "broken", 0), ("Of four", "broken", 0), ("Of three", "a", 1))
    ]
    assert json.loads((tmp_path / "cells" / "of-three_a_1.json").read_text()) == {"value": 16}
    table.fill(["a"], ["Of three"], seeds=2)
    assert len(Squares.ran) == 4
    assert "not run: it is broken" in capsys.readouterr().out
    assert (tmp_path / "README.md").read_text() == (
        "# Squares\n\n## a\n\n|  | sum |\n|---|---|\n| Of three | 25 |\n| Of four | left out |\n\n"
        "## broken\n\nNot run yet.\n"
    )
    assert (tmp_path / "results.csv").read_text().split() == [
        "row,dataset,value",
        "Of",
        "three,a,9",
        "Of",
        "three,a,16",
    ]


def test_the_chosen_run_of_a_row():
    from method_table import _packed, chosen_run

    def run(labels, criterion=None, used=3, **further):
        return {
            "criterion": criterion,
            "used_clusters": used,
            "settings": {"n_clusters": 3},
            "assigned": _packed(labels),
        }

    runs = [run([0, 1, 2, 2], 3.0), run([0, 0, 1, 2], 1.0), run([1, 1, 0, 2], 2.0)]
    assert chosen_run(runs, "loss") is runs[1]
    assert chosen_run([*runs[:1], run([0, 0, 1, 1], 0.0, used=2)], "loss") is runs[0]
    assert chosen_run([runs[0], run([0, 1, 2, 2])], "loss") is None
    assert chosen_run(runs, "agreement") is runs[1]  # from the clusters, whatever the criterion: the same as the third
    assert chosen_run(runs[:2], "agreement") is None
    of_a_command = [{name: value for name, value in one.items() if name != "assigned"} for one in runs]
    assert chosen_run(of_a_command, "agreement") is of_a_command[0]  # the highest that was written
