import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from tfcluster.analysis import write_png, write_report
from tfcluster.cli import main
from tfcluster.data import load


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A finished run on images."""
    folder = tmp_path_factory.mktemp("report") / "digits"
    options = ["--dataset", "digits", "--limit", "300", "--output", str(folder), "--quiet"]
    assert main(["run", "gmm", *options, "--set", "regularization=0.1"]) == 0
    return folder


def page(folder):
    text = (folder / "report.html").read_text()
    return text, json.loads(re.search(r'type="application/json">(.*?)</script>', text, re.DOTALL).group(1))


def test_report_of_images(images):
    text, points = page(images)
    assert not re.search(r'(src|href)="http|@import|<link', text)  # needs no other file
    for heading in ("Runs", "How to repeat it", "Sizes of the clusters", "Map", "Members", "Labels and clusters"):
        assert f"<h2>{heading}</h2>" in text
    assert "Curves" not in text  # there are no epochs
    assert "tfcluster run gmm --dataset digits --limit 300" in text
    data = load("digits").sample(300)
    labels = np.load(images / "run-00" / "assignments.npz")["labels"]
    assert points["cluster"] == labels.tolist()
    assert points["label"] == [str(label) for label in data.y]
    assert points["atlas"]["side"] == 8
    for axis in ("x", "y"):
        assert 0.0 <= min(points[axis]) <= max(points[axis]) <= 1.0
    results = json.loads((images / "results.json").read_text())
    assert f"<td>{results['acc']:.3f}</td>" in text
    assert (images / "report.html").stat().st_size < 1_000_000


def test_labels_have_their_names(tmp_path):
    rng = np.random.default_rng(0)
    names = np.array(["<b>oats", "rye", "a name of more than twenty-four characters", ""])  # "" is unknown
    place = rng.integers(0, 3, size=60)
    x = rng.normal(size=(60, 2)) + 9.0 * place[:, None]
    y = np.where(np.arange(60) < 50, place, 3)
    lines = [f"{a},{b},{names[label]}" for (a, b), label in zip(x, y, strict=True)]
    (tmp_path / "t.csv").write_text("\n".join(["width,height,label", *lines]))
    folder = tmp_path / "run"
    options = ["--dataset", f"csv:{tmp_path / 't.csv'}", "--output", str(folder), "--quiet"]
    assert main(["run", "kmeans", *options]) == 0
    text, points = page(folder)
    assert points["label"] == [names[label] or "unknown" for label in y]
    assert "<b>" not in text.partition('type="application/json"')[0]
    for shown in (
        ">&lt;b&gt;oats</text>",
        ">a name of more than twe…</text>",
        "label a name of more than twenty-four characters,",
    ):
        assert shown in text


def test_report_of_a_table_without_labels(tmp_path):
    x = np.random.default_rng(0).normal(size=(60, 9)) + 5.0 * (np.arange(60) % 2)[:, None]
    names = ["height", *(f"<b{i}>" for i in range(8))]
    np.savetxt(tmp_path / "t.csv", x, delimiter=",", header=",".join(names), comments="")
    folder = tmp_path / "run"
    options = ["--dataset", f"csv:{tmp_path / 't.csv'}", "--clusters", "2", "--output", str(folder), "--quiet"]
    assert main(["run", "kmeans", *options]) == 0
    text, points = page(folder)
    assert points["more"]
    assert points["columns"] == names[:6]
    assert "<th>height</th><th>&lt;b0&gt;</th>" in text
    assert "<th>acc</th>" not in text
    np.testing.assert_allclose(points["values"][3], x[3, :6], rtol=1e-3)
    assert "label" not in points
    assert "Labels and clusters" not in text
    assert "closeness to the mean" in text


def test_command(images, capsys, tmp_path):
    first = (images / "report.html").read_text()
    assert main(["report", str(images)]) == 0
    assert capsys.readouterr().out.strip() == str(images / "report.html")
    assert (images / "report.html").read_text() == first
    assert main(["report", str(tmp_path)]) == 2
    assert "is not the folder of a run" in capsys.readouterr().err
    assert main(["report", str(images), "--projection", "isomap"]) == 2
    assert "error: `projection` must be one of" in capsys.readouterr().err
    assert main(["report", str(images), "--projection", "tsne"]) == 0
    assert "t-SNE of the embedding." in (images / "report.html").read_text()
    assert main(["report", str(images)]) == 0
    capsys.readouterr()
    options = ["--dataset", "blobs", "--limit", "50", "--output", str(tmp_path / "run"), "--quiet"]
    assert main(["run", "kmeans", *options, "--no-report"]) == 0
    assert not (tmp_path / "run" / "report.html").exists()


def test_data_that_are_not_there_or_not_the_same(images, capsys, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(images, folder)
    config = json.loads((folder / "config.json").read_text())
    for change, message in (({"dataset": "npz:nowhere.npz"}, "nowhere.npz"), ({"limit": 299}, "not those of the run")):
        (folder / "config.json").write_text(json.dumps({**config, "request": {**config["request"], **change}}))
        assert main(["report", str(folder)]) == 0
        assert message in capsys.readouterr().err
        text, points = page(folder)
        assert "atlas" not in points
        assert "Members" not in text
    with pytest.raises(ValueError, match="those of the run, 300 rows"):
        write_report(folder, load("digits"))


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_in_a_browser(images, tmp_path):
    text, points = page(images)
    probe = """<script>
    const box = canvas.getBoundingClientRect();
    canvas.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + data.x[5] * box.width, clientY: box.top + data.y[5] * box.height}));
    document.title = tip.style.display + " " + tip.innerText.replaceAll("\\n", " ");
    canvas.dispatchEvent(new WheelEvent("wheel", {deltaY: -200, clientX: box.left, clientY: box.top}));
    document.querySelector(".legend span").click();
    </script></body>"""
    (tmp_path / "page.html").write_text(text.replace("</body>", probe))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    options = [f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=2000", f"file://{tmp_path}/page.html"]
    found = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in found.stderr
    title = re.search("<title>(.*?)</title>", found.stdout).group(1)
    near = re.fullmatch(r"block row (\d+) cluster (\d+) \([\d.]+\) label (\d+)", title)
    row = int(near.group(1))
    at = points["row"].index(row)
    assert np.hypot(points["x"][at] - points["x"][5], points["y"][at] - points["y"][5]) < 10 / 760
    assert [int(near.group(2)), near.group(3)] == [points["cluster"][at], points["label"][at]]


def test_files_of_images_are_named(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(12):
        write_png(tmp_path / "photos" / f"photo{i:02d}.png", rng.integers(0, 256, (8, 8, 1)).astype(np.uint8))
    folder = tmp_path / "run"
    options = ["--dataset", f"folder:{tmp_path / 'photos'}", "--clusters", "2", "--output", str(folder), "--quiet"]
    assert main(["run", "kmeans", *options, "--limit", "10"]) == 0
    _, points = page(folder)
    rows = np.sort(np.random.default_rng(0).permutation(12)[:10])
    assert points["names"] == [f"photo{i:02d}.png" for i in rows]
    with np.load(folder / "run-00" / "assignments.npz") as file:
        assert file["names"].tolist() == points["names"]
