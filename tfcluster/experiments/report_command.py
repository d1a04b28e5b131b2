"""`tfcluster report`: the page of a run."""

import json
import pathlib
import sys

from tfcluster.command_parser import CommandParser

__all__ = ["main"]


def main(arguments=None):
    """Run the command; returns the exit status: 0 done, 2 the request is wrong."""
    parser = CommandParser(prog="tfcluster report", description="Write report.html into the folder of a finished run.")
    parser.add_argument("run", help="folder of the run")
    parser.add_argument("--data-dir", help="folder to look for data files in first")
    parser.add_argument("--projection", default="pca", help="of the map: pca, tsne, umap (extra viz) or first2")
    options = parser.parse_args(arguments)
    from tfcluster.analysis import write_report

    try:
        data = _data(pathlib.Path(options.run), options.data_dir)
        print(write_report(options.run, data, options.projection))
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def _data(folder, data_dir):
    """The rows of a run, or None if its data are not here or not the same any more."""
    from tfcluster.data import load
    from tfcluster.data.files import sha256_of

    try:
        config = json.loads((folder / "config.json").read_text())
        settings, request = config["settings"], config["request"]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{folder} is not the folder of a run.") from error
    try:
        data = load(request["dataset"], data_dir or request["data_dir"], settings["split"], request["image_size"])
    except (ValueError, OSError) as error:
        print(f"without rows and labels: {error}", file=sys.stderr)
        return None
    data = data if request["limit"] is None else data.sample(request["limit"])
    if sha256_of(data.x) != settings["rows_sha256"]:
        print("without rows and labels: the data are not those of the run", file=sys.stderr)
        return None
    return data
