"""`tfcluster compare`: several runs side by side."""

import sys

from tfcluster.command_parser import CommandParser

__all__ = ["main"]


def main(arguments=None):
    """Run the command; returns the exit status: 0 done, 2 the request is wrong."""
    parser = CommandParser(
        prog="tfcluster compare",
        description="Print the results of finished runs and write a page with their differences, curves and maps.",
    )
    parser.add_argument("runs", nargs="+", help="folders of runs, two or more")
    parser.add_argument("-o", "--output", default="comparison.html", help="the page (default: %(default)s)")
    parser.add_argument("--overwrite", action="store_true", help="replace a page that is there")
    options = parser.parse_args(arguments)
    from tfcluster.analysis.comparison import COMPARISON_HEAD, comparison_rows, write_comparison
    from tfcluster.experiments.output_file import check_output

    try:
        lines = [COMPARISON_HEAD, *comparison_rows(options.runs)]
        check_output(options.output, options.overwrite)
        path = write_comparison(options.runs, options.output)
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    widths = [max(len(line[i]) for line in lines) for i in range(len(COMPARISON_HEAD))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    print(path)
    return 0
