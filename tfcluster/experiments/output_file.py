"""Files that a command writes."""

import json
import os
import pathlib

__all__ = ["check_output", "input_names", "write_json"]


def input_names(text):
    """The names that a file may have which is given as FILE or as `kind:FILE`."""
    return text, text.partition(":")[2]


def check_output(output, overwrite, inputs=()):
    """Refuse, by a ValueError, to write over a file that is read, or without `overwrite` over any.

    Args:
        output: The file to write.
        overwrite: Whether a file that is there may be replaced.
        inputs: What is read: files, also as `kind:FILE`, or folders.
    """
    output = pathlib.Path(output)
    if not output.parent.is_dir():
        raise ValueError(f"--output takes a file in a folder that is there. Received: {output}")
    if not output.exists():
        return
    if output.is_dir():
        raise ValueError(f"--output takes a file. Received: {output}, a folder")
    for text in map(str, inputs):
        for source in input_names(text):
            if source and os.path.exists(source := os.path.expanduser(source)) and os.path.samefile(source, output):
                raise ValueError(f"--output must be another file than what is read. Received: {output}")
    if not overwrite:
        raise ValueError(f"{output} already exists: add --overwrite or choose another with --output.")


def write_json(path, content):
    """Write a JSON file, whole or not at all.

    Args:
        path: A `pathlib.Path`.
        content: What it is to hold; what JSON has no form for is written as its text.
    """
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, default=str) + "\n")
    os.replace(part, path)
