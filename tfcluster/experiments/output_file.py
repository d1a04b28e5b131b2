"""Files that a command writes."""

import os
import pathlib

__all__ = ["check_output", "input_names"]


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
