"""`tfcluster export`: a trained model as a SavedModel for TF Serving."""

import pathlib
import sys

from tfcluster.command_parser import CommandParser

__all__ = ["export_run", "main"]


def export_run(folder):
    """Export the chosen model of a run's folder into it: `serving/<name of the folder>/<version>`.

    Returns:
        Path of the version.
    """
    from tfcluster.experiments.run_folder import load_model

    folder = pathlib.Path(folder)
    return load_model(folder).export_serving(folder / "serving" / folder.resolve().name)


def main(arguments=None):
    """Run the command; returns the exit status: 0 done, 2 the request is wrong."""
    parser = CommandParser(
        prog="tfcluster export", description="Write the model of a run as the next version of a SavedModel."
    )
    parser.add_argument("model", help="folder of a run, or a .keras file")
    parser.add_argument(
        "-o", "--output", help="folder of the versions (default: serving/<name of the run> in the run's folder)"
    )
    options = parser.parse_args(arguments)
    from tfcluster.experiments.run_folder import load_model, model_path

    try:
        if options.output is None and model_path(options.model) == pathlib.Path(options.model):
            raise ValueError("A .keras file needs --output, the folder of the versions.")
        version = (
            load_model(options.model).export_serving(options.output) if options.output else export_run(options.model)
        )
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(version)
    return 0
