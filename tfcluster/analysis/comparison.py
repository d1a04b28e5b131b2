"""Several runs side by side."""

import csv
import html

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from tfcluster.analysis.charts import lines
from tfcluster.analysis.page import MONITORS, SCORES, embedded, load_run, table, write_page
from tfcluster.analysis.pictures import project, scatter_picture

__all__ = ["COMPARISON_HEAD", "comparison_rows", "write_comparison"]

_POINTS = 3000  # on a map
_SIDE = 320  # pixels of a map

COMPARISON_HEAD = ("", "folder", "method", "dataset", "clusters", "used", "runs", *SCORES, "mean acc", "seconds a run")
"""What `comparison_rows` gives."""


def comparison_rows(folders):
    """What the results of finished runs say, a row of texts for each: number, folder, method, and so on.

    Args:
        folders: Folders of runs.

    Returns:
        Tuples of texts, as long as `COMPARISON_HEAD`.

    Raises:
        ValueError: If a folder holds no finished run.
    """
    return [_row(number, folder, load_run(folder)[1]) for number, folder in enumerate(folders, 1)]


def write_comparison(folders, path):
    """Write a page about several finished runs: one file that needs no other, and no network.

    Their chosen runs' scores, the settings in which they differ, their curves, how far their clusterings agree, and
    their embeddings in the plane. Clusters of runs on the same rows have the colours of those of the first run that
    they match best.

    Args:
        folders: Folders of runs, two or more.
        path: Path of the page.

    Returns:
        The path.

    Raises:
        ValueError: If there are fewer than two folders, or one holds no finished run.
    """
    if len(folders) < 2:
        raise ValueError(f"A comparison takes the folders of two runs or more. Received: {len(folders)}")
    loaded = [load_run(folder) for folder in folders]
    facts = [_row(number, folder, run[1]) for number, (folder, run) in enumerate(zip(folders, loaded, strict=True), 1)]
    rows = [("", [html.escape(cell) for cell in row]) for row in facts]
    found = []
    for _, _, run in loaded:
        with np.load(run / "assignments.npz") as file:
            found.append((file["labels"], file["embeddings"]))
    sums = [config["settings"]["rows_sha256"] for config, _, _ in loaded]
    histories = [_history(run / "history.csv") for _, _, run in loaded]
    one_method = len({results["method"] for _, results, _ in loaded}) == 1
    sections = [
        ("Runs", table(COMPARISON_HEAD, rows)),
        ("How to repeat them", _commands([config for config, _, _ in loaded])),
        ("Settings that differ", _differences([config["settings"] for config, _, _ in loaded])),
        ("Curves of the chosen runs", _curves(histories, one_method)),
        ("Agreement of the chosen runs", _agreement([labels for labels, _ in found], sums)),
        ("Maps", _maps(found, sums)),
    ]
    names = ", ".join(dict.fromkeys(results["dataset"] for _, results, _ in loaded))
    return write_page(path, f"{len(folders)} runs on {names}", "of each, the run chosen without labels", sections)


def _row(number, folder, results):
    best = results["runs"][results["best_run"]]
    scores = ["-" if results[name] is None else f"{results[name]:.3f}" for name in SCORES]
    spread = results["acc"] is not None and len(results["runs"]) > 1
    mean = f"{results['mean']['acc']:.3f} ± {results['std']['acc']:.3f}" if spread else "-"
    seconds = np.mean([run["seconds"]["total"] for run in results["runs"]])
    facts = [results["method"], results["dataset"], results["n_clusters"], best["used_clusters"], len(results["runs"])]
    return (str(number), str(folder), *map(str, facts), *scores, mean, f"{seconds:.0f}")


def _commands(configs):
    commands = [config.get("request", {}).get("command") or "-" for config in configs]
    return "".join(f"<pre>{number}  {html.escape(text)}</pre>" for number, text in enumerate(commands, 1))


def _differences(settings):
    flat = [dict(_flat(each)) for each in settings]
    names = dict.fromkeys(name for each in flat for name in each)
    rows = []
    for name in names:
        values = [each.get(name, "-") for each in flat]
        if len(set(values)) > 1 and not name.endswith("sha256"):
            rows.append(("", [html.escape(name), *(html.escape(value) for value in values)]))
    return table(["", *range(1, len(flat) + 1)], rows) if rows else ""


def _flat(settings, prefix=""):
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value)


def _history(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def _curves(histories, one_method):
    """Everything that two or more of the runs have recorded; losses and criteria only of one method."""
    comparable = {*SCORES, *MONITORS} - {"criterion"}
    names = [name for history in histories for name in (history[0] if history else ()) if name != "epoch"]
    shared = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    shared = [name for name in shared if one_method or name in comparable]
    charts = []
    for name in shared:
        series = {
            str(number): [(float(line["epoch"]), float(line[name])) for line in history if line.get(name)]
            for number, history in enumerate(histories, 1)
        }
        charts.append(lines(name.replace("_", " "), series))
    return f'<div class="charts">{"".join(charts)}</div>' if any(charts) else ""


def _agreement(labels, sums):
    """NMI of every pair on the same rows."""
    count = len(labels)
    cells = [
        [
            f"{normalized_mutual_info_score(labels[i], labels[j]):.3f}" if sums[i] == sums[j] else "-"
            for j in range(count)
        ]
        for i in range(count)
    ]
    if all(cells[i][j] == "-" for i in range(count) for j in range(count) if i != j):
        return ""
    note = '<p class="note">NMI between the clusters of two runs on the same rows; labels have no part in it.</p>'
    return table(["", *range(1, count + 1)], [("", [i + 1, *row]) for i, row in enumerate(cells)]) + note


def _maps(found, sums):
    parts, first = [], found[0][0]
    for number, ((labels, embeddings), rows) in enumerate(zip(found, sums, strict=True), 1):
        chosen = np.arange(len(labels))
        if len(chosen) > _POINTS:
            chosen = np.sort(np.random.default_rng(0).choice(len(labels), _POINTS, replace=False))
        colours = _matched(labels, first) if rows == sums[0] else labels
        picture = scatter_picture(project(embeddings[chosen]), colours[chosen], _SIDE, radius=1)
        parts.append(f'<div class="cluster">{number}<img src="{embedded(picture)}" alt=""></div>')
    return "".join(parts) + '<p class="note">First two principal components of the embeddings.</p>'


def _matched(labels, others):
    """Labels, with the numbers of the other clusters that they match best."""
    counts = contingency_matrix(labels, others)
    own, other = np.unique(labels), np.unique(others)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    numbers = dict(zip(own[rows], other[columns], strict=True))
    free = (number for number in range(len(own) + len(other)) if number not in set(numbers.values()))
    return np.array([numbers[label] if label in numbers else numbers.setdefault(label, next(free)) for label in labels])
