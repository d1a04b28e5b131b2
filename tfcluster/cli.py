"""The `tfcluster` command."""

import importlib
import sys

from tfcluster.quiet import find_devices

__all__ = ["main"]

_USAGE = """usage: tfcluster list                    methods and data sets
       tfcluster run METHOD [options]    run a method (options: tfcluster run METHOD --help)
       tfcluster suggest-k [options]     how many clusters the data support, without labels
       tfcluster predict MODEL INPUT     clusters of the rows of a file, as csv; MODEL is a run's folder or .keras file
       tfcluster export MODEL            a SavedModel for TF Serving
       tfcluster serve DIR               answer TF Serving's REST requests with what export wrote
       tfcluster report RUN              report.html of a finished run
       tfcluster knn MODEL               nearest neighbours on the embedding, beside those on the rows as they are
       tfcluster compare RUN RUN ...     their results, and a page with what differs
       tfcluster data VERB ...           data sets: list, info NAME, download NAME
       tfcluster --version"""


# verbs to the modules whose `main` they are
_MODULES = {
    "suggest-k": "tfcluster.experiments.suggest_k_command",
    "predict": "tfcluster.experiments.predict_command",
    "export": "tfcluster.experiments.export_command",
    "serve": "tfcluster.experiments.serve_command",
    "report": "tfcluster.experiments.report_command",
    "knn": "tfcluster.experiments.knn_command",
    "compare": "tfcluster.experiments.compare_command",
    "data": "tfcluster.data.__main__",
}


def main(arguments=None):
    """Run a verb; returns the exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE)
        return 0
    verb, *rest = arguments
    if verb == "--version":
        from tfcluster.version import __version__

        print(__version__)
        return 0
    if verb in _MODULES:
        find_devices()
        return importlib.import_module(_MODULES[verb]).main(rest)
    if verb not in ("list", "run"):
        print(f"error: unknown verb {verb!r}; known: list, run, {', '.join(_MODULES)}", file=sys.stderr)
        return 2
    from tfcluster.experiments.command import main as run_main
    from tfcluster.experiments.command import methods
    from tfcluster.utils import nearest_names

    if verb == "list":
        width = max(map(len, methods())) + 2
        for name, text in methods().items():
            print(f"{name:<{width}}{text}")
        print()
        return importlib.import_module(_MODULES["data"]).main(["list", *rest])
    if not rest or rest[0] not in methods():
        received = rest[0] if rest else "nothing"
        print(f"error: run takes a method; {nearest_names(received, methods())}. Received: {received}", file=sys.stderr)
        return 2
    return run_main(rest[0], rest[1:], prog=f"tfcluster run {rest[0]}")


if __name__ == "__main__":
    sys.exit(main())
