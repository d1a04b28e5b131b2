"""A run as one HTML page."""

import csv
import html
import json
import math
import pathlib

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.cluster import contingency_matrix

from tfcluster.analysis.charts import bars, heatmap, lines
from tfcluster.analysis.page import MONITORS, SCORES, embedded, load_run, table, write_page
from tfcluster.analysis.pictures import PROJECTION_NAMES, PROJECTIONS, image_grid, label_colour, project, thumbnails
from tfcluster.utils import check_choice, counted

__all__ = ["write_report"]

_POINTS = 3000  # on the map
_MEMBERS = 10  # of a cluster in the gallery, at either end
_CLUSTERS = 100  # in the gallery
_VALUES = 6  # of a row of features that are shown


def write_report(folder, data=None, projection="pca"):
    """Write `report.html` into the folder of a finished run: one file that needs no other, and no network.

    What was run and how to repeat it; the curves of the chosen run; sizes of the clusters; a map of the embedding
    that can be zoomed, with the row under the pointer; the most and least certain members of
    each cluster; the table of labels and clusters; seconds.

    Args:
        folder: The folder, with `results.json`.
        data: The `ClusteringData` of the run, or None for a report without rows and labels.
        projection: How embeddings become points of the map, see `project`.

    Returns:
        Path of the report.

    Raises:
        ValueError: If the folder holds no finished run or the data are not its data, or for an unknown projection.
    """
    check_choice("projection", projection, PROJECTIONS)
    config, results, run = load_run(folder)
    with np.load(run / "assignments.npz") as file:
        labels, soft, embeddings = (file[name] for name in ("labels", "probabilities", "embeddings"))
    if data is not None and len(data) != len(labels):
        raise ValueError(f"The data must be those of the run, {len(labels)} rows. Received: {len(data)} rows")
    colours = ["rgb({}, {}, {})".format(*label_colour(j)) for j in range(results["n_clusters"])]
    confidence = soft.max(axis=1)
    sizes = np.bincount(labels, minlength=results["n_clusters"]).tolist()
    sections = [
        ("Runs", _runs(results)),
        ("How to repeat it", _command(config)),
        ("Curves of the chosen run", _curves(run / "history.csv")),
        ("Sizes of the clusters", bars(sizes, colours)),
        ("Map", _map(colours, sizes, projection)),
        ("Members", _gallery(labels, confidence, embeddings, data, results["n_clusters"])),
        ("Labels and clusters", _confusion(labels, data)),
    ]
    return write_page(
        pathlib.Path(folder) / "report.html",
        f"{results['method']} on {results['dataset']}",
        f"{results['n_samples']} rows, {counted(results['n_clusters'], 'cluster')}, preset {results['preset']}",
        sections,
        _points(labels, confidence, embeddings, data, colours, projection),
    )


def _runs(results):
    def number(value, digits=3):
        return "-" if value is None else f"{value:.{digits}f}"

    scored = [] if results["acc"] is None else SCORES
    head = ["run", "seed", "criterion", "clusters", *scored, "pretrain s", "initialize s", "fit s", "total s"]
    rows = []
    for index, run in enumerate(results["runs"]):
        seconds = [number(run["seconds"][name], 1) for name in ("pretrain", "initialize", "fit", "total")]
        criterion = "-" if run["criterion"] is None else f"{run['criterion']:.5g}"
        scores = [number(run[name]) for name in scored]
        cells = [index, run["seed"], criterion, run["used_clusters"], *scores, *seconds]
        rows.append((' class="chosen"' if index == results["best_run"] else "", cells))
    text = f"The marked run was chosen without labels: {results['selection']}; one with unused clusters ranks last."
    if results["acc"] is not None and len(rows) > 1:
        pairs = (f"{name} {results['mean'][name]:.3f} ± {results['std'][name]:.3f}" for name in SCORES)
        text += f" Over the runs: {', '.join(pairs)}."
    return f'{table(head, rows)}<p class="note">{html.escape(text)}</p>'


def _command(config):
    settings, versions = config["settings"], config["versions"]
    facts = ", ".join(f"{name} {version}" for name, version in versions.items())
    complete = settings | {"model": settings["model"] | config.get("defaults", {})}
    details = html.escape(json.dumps(complete, indent=1, default=str))
    command = config.get("request", {}).get("command")
    command = f"<pre>{html.escape(command)}</pre>" if command else ""
    machine = f"{counted(config['host']['cpus'], 'CPU')} ({config['host']['machine']})"
    return (
        f'{command}<p class="note">{html.escape(facts)}; {machine}. '
        f"Checksum of the rows: {settings['rows_sha256'][:16]}.</p>"
        f"<details><summary>All settings</summary><pre>{details}</pre></details>"
    )


def _curves(path):
    with open(path, newline="") as file:
        history = list(csv.DictReader(file))
    if len(history) < 2:
        return ""  # a method without epochs: its values stand above
    columns = [name for name in history[0] if name != "epoch"]

    def points(name):
        return [(float(line["epoch"]), float(line[name]) if line[name] else math.nan) for line in history]

    mismatch = [name for name in columns if name.startswith("ofm")]
    plain = [name for name in columns if name not in (*SCORES, *MONITORS, *mismatch)]
    charts = [lines(name.replace("_", " "), {name: points(name)}) for name in plain]
    charts.append(lines("scores", {name: points(name) for name in SCORES if name in columns}))
    charts += [lines(name.replace("_", " "), {name: points(name)}) for name in MONITORS if name in columns]
    if mismatch:
        title = "objective-function mismatch (cosine, +1 aligned)"
        charts.append(lines(title, {name: points(name) for name in mismatch}))
    note = (
        "The loss and its terms, which the page on the method explains, are over the epochs: lower is better, within "
        "one method. The others are of evaluations: the criterion chooses among runs (lower is better), changed is the "
        "share of rows with another cluster than the last time, occupancy entropy is 1 for clusters of one size."
    )
    return f'<div class="charts">{"".join(charts)}</div><p class="note">{note}</p>'


def _map(colours, sizes, projection):
    entries = "".join(
        f'<span data-cluster="{j}"><i style="background:{colour}"></i>{j}</span>'
        for j, colour in enumerate(colours)
        if sizes[j]
    )
    return (
        f'<p class="legend">{entries}</p><canvas id="map" width="760" height="760"></canvas>'
        f'<p class="note">{PROJECTION_NAMES[projection]} of the embedding. Point at a row to see it; wheel and drag to '
        "zoom and move, double click to go back, click a cluster above to see it alone. Pale points are uncertain.</p>"
    )


def _points(labels, confidence, embeddings, data, colours, projection):
    """What the map's script takes."""
    rows = np.arange(len(labels))
    if len(rows) > _POINTS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), _POINTS, replace=False))
    plane = project(embeddings[rows], projection)
    low, extent = plane.min(axis=0), max(float(np.ptp(plane, axis=0).max()), 1e-12)
    plane = 0.03 + 0.94 * (plane - low + (extent - np.ptp(plane, axis=0)) / 2) / extent
    found = {
        "x": plane[:, 0].round(4).tolist(),
        "y": (1.0 - plane[:, 1]).round(4).tolist(),
        "row": rows.tolist(),
        "cluster": labels[rows].tolist(),
        "confidence": confidence[rows].astype(float).round(3).tolist(),
        "colours": colours,
    }
    if data is None:
        return found
    if data.y is not None:
        found["label"] = [_label(data, label) for label in np.asarray(data.y)[rows]]
    if data.names is not None:
        found["names"] = np.asarray(data.names)[rows].tolist()
    if data.info.kind == "image":
        tiles, columns = thumbnails(data, rows), 60
        blank = np.zeros((-len(tiles) % columns, *tiles.shape[1:]), tiles.dtype)
        tiles = np.concatenate([tiles, blank]).reshape(-1, columns, *tiles.shape[1:])
        atlas = tiles.transpose(0, 2, 1, 3, 4).reshape(len(tiles) * tiles.shape[2], -1, tiles.shape[-1])
        side = tiles.shape[2]
        found["atlas"] = {"src": embedded(atlas), "side": side, "columns": columns, "zoom": max(1, 112 // side)}
    else:
        found["values"] = [[float(f"{value:.4g}") for value in data.x[row].ravel()[:_VALUES]] for row in rows]
        found["more"] = bool(data.x[0].size > _VALUES)
        if data.info.columns is not None:
            found["columns"] = list(data.info.columns[:_VALUES])
    return found


def _gallery(labels, confidence, embeddings, data, n_clusters):
    if data is None:
        return ""
    certainty, measure = confidence, "soft assignment"
    if np.ptp(confidence) < 1e-6:  # a hard method
        certainty, measure = _closeness(labels, embeddings, n_clusters), "closeness to the mean of the cluster"
    parts = []
    for j in range(min(n_clusters, _CLUSTERS)):
        members = np.flatnonzero(labels == j)
        if not len(members):
            continue
        order = members[np.argsort(-certainty[members], kind="stable")]
        ends = [order[:_MEMBERS], order[::-1][:_MEMBERS]]
        parts.append(f'<div class="cluster">cluster {j}, {len(members)} rows{_members(data, ends)}</div>')
    note = f"Of each cluster the rows of highest (above) and of lowest {measure} (below)."
    return f'<p class="note">{note}</p>{"".join(parts)}'


def _closeness(labels, embeddings, n_clusters):
    flat = embeddings.reshape(len(embeddings), -1)
    means = np.stack([flat[labels == j].mean(axis=0) if (labels == j).any() else flat[0] for j in range(n_clusters)])
    return -np.linalg.norm(flat - means[labels], axis=1)


def _members(data, ends):
    if data.info.kind == "image":
        tiles = [thumbnails(data, end) for end in ends]
        shape = (_MEMBERS, *tiles[0].shape[1:])
        grid = np.full((2, *shape), 255, np.uint8)
        for line, tile in zip(grid, tiles, strict=True):
            line[: len(tile)] = tile
        return f'<img src="{embedded(image_grid(grid, 0, 255))}" alt="">'
    rows = [
        (mark if i == 0 else "", [row, *(f"{value:.4g}" for value in data.x[row].ravel()[:_VALUES])])
        for mark, end in zip(("", ' class="below"'), ends, strict=True)
        for i, row in enumerate(end[:3])
    ]
    names = data.info.columns or [f"x{i}" for i in range(data.x[0].size)]
    return table(["row", *(html.escape(name) for name in names[:_VALUES])], rows)


def _confusion(labels, data):
    known = np.zeros(0, bool) if data is None or data.y is None else np.asarray(data.y) >= 0
    if not known.any():
        return ""
    y, labels = np.asarray(data.y)[known], labels[known]
    counts = contingency_matrix(y, labels)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    matched = dict(zip(rows, columns, strict=True))
    order = [matched[i] for i in range(len(counts)) if i in matched]
    order += [j for j in range(counts.shape[1]) if j not in order]
    clusters = np.unique(labels)[order]
    note = f"{len(y)} rows with a known label; the clusters stand in the order of the labels that they match best."
    names = [_label(data, label) for label in np.unique(y)]
    return f'{heatmap(counts[:, order].tolist(), names, clusters.tolist())}<p class="note">{note}</p>'


def _label(data, label):
    """What a label is called."""
    if label < 0:
        return "unknown"
    return data.info.label_names[label] if data.info.label_names else str(label)
