"""HTML pages that need no other file."""

import base64
import html
import json
import os
import pathlib
import string

import tensorflow as tf

__all__ = ["MONITORS", "SCORES", "embedded", "load_run", "table", "write_page"]

SCORES = ("acc", "nmi", "ari")
MONITORS = ("criterion", "changed", "used_clusters", "occupancy_entropy", "temperature")


def load_run(folder):
    """What the folder of a finished run says.

    Args:
        folder: The folder, with `results.json`.

    Returns:
        Its configuration and its results, dicts, and the path of the run that was chosen.

    Raises:
        ValueError: If the folder holds no finished run.
    """
    folder = pathlib.Path(folder)
    if not (folder / "results.json").is_file():
        raise ValueError(
            f"This takes the folder of a run that has come to its end (with results.json). Received: {folder}"
        )
    config, results = (json.loads((folder / f"{name}.json").read_text()) for name in ("config", "results"))
    return config, results, folder / f"run-{results['best_run']:02d}"


def write_page(path, title, subtitle, sections, points=None):
    """Write a page at once.

    Args:
        path: Where.
        title: Text.
        subtitle: Text.
        sections: Pairs of a heading and HTML; those without HTML are left out.
        points: What the script of the map takes, or None.

    Returns:
        The path.
    """
    path = pathlib.Path(path)
    page = string.Template((pathlib.Path(__file__).parent / "report.html").read_text()).substitute(
        title=html.escape(title),
        subtitle=html.escape(subtitle),
        body="\n".join(f"<h2>{name}</h2>\n{content}" for name, content in sections if content),
        points=json.dumps(points).replace("<", "\\u003c"),  # no tag or comment can begin in the script
    )
    part = path.with_suffix(".part")
    part.write_text(page)
    os.replace(part, path)
    return path


def embedded(picture):
    """A picture, array of bytes of shape (H, W, 1 or 3), as an address; grey without loss, colours as JPEG."""
    if picture.shape[-1] == 1:
        kind, content = "png", tf.io.encode_png(picture).numpy()
    else:
        kind, content = "jpeg", tf.io.encode_jpeg(picture, quality=85).numpy()
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def table(head, rows):
    """A table.

    Args:
        head: Texts of its first line.
        rows: Pairs of the attributes of a line, mostly none, and its cells.

    Returns:
        HTML.
    """
    cells = "".join(f"<th>{name}</th>" for name in head)
    lines = "".join(f"<tr{mark}>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for mark, row in rows)
    return f"<table><tr>{cells}</tr>{lines}</table>"
