"""`python -m tfcluster.data list | info NAME | download NAME`."""

import sys

from tfcluster.command_parser import CommandParser
from tfcluster.data.download import OriginUnreachableError, download_entry
from tfcluster.data.files import find_file
from tfcluster.data.loading import load
from tfcluster.data.registry import REGISTRY, get_entry

__all__ = ["main"]


def main(arguments=None, prog="tfcluster data"):
    """Run the command; returns the exit status: 0 done, 1 failed, 2 the request is wrong."""
    parser = CommandParser(prog=prog, description="Data sets that tfcluster knows by name.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, text in (
        ("list", "all names"),
        ("info", "facts about one set"),
        ("download", "get one set into the cache"),
    ):
        sub = verbs.add_parser(verb, help=text)
        sub.add_argument("--data-dir", help="folder to look in first")
        if verb != "list":
            sub.add_argument("name")
    options = parser.parse_args(arguments)
    try:
        return {"list": _list, "info": _info, "download": _download}[options.verb](options)
    except (ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OriginUnreachableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _list(options):
    print(f"{'name':<17}{'rows':>7}  {'shape':<14}{'classes':>7}  where")
    for entry in REGISTRY.values():
        found = find_file(entry.files, options.data_dir)
        where = "bundled" if not entry.files else str(found or f"not here ({entry.origin})")
        shape, classes = "x".join(map(str, entry.shape)), entry.n_clusters or "-"
        note = "" if found is None else entry.note.get(found.name, "")  # of a file that is not the set as published
        print(f"{entry.name:<17}{entry.n:>7}  {shape:<14}{classes:>7}  {where}{f' ({note})' if note else ''}")
    return 0


def _info(options):
    data = load(options.name, options.data_dir, download=False)
    facts = {"rows": f"{len(data)} x {data.x.shape[1:]} {data.x.dtype}", **vars(data.info)}
    for key, value in facts.items():
        print(f"{key:<12}{value if value not in (None, '') else '-'}")
    return 0


def _download(options):
    entry = get_entry(options.name)
    found = find_file(entry.files, options.data_dir)
    if found or not entry.files:
        print(found or f"{entry.name} is bundled")
        return 0
    print(download_entry(entry))
    return 0


if __name__ == "__main__":
    sys.exit(main(prog="python -m tfcluster.data"))
