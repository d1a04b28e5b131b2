"""`tfcluster suggest-k`: how many clusters the data support."""

import sys

from tfcluster.command_parser import CommandParser

__all__ = ["main"]


def main(arguments=None):
    """Run the command; returns the exit status: 0 done, 2 the request is wrong."""
    from tfcluster.estimators import ESTIMATED

    parser = CommandParser(
        prog="tfcluster suggest-k",
        description="The largest number of clusters that is found again in other rows of the data, without labels.",
    )
    add = parser.add_argument
    add("--dataset", default="digits", help="as for tfcluster run")
    add("--data-dir", help="folder to look for data files in first")
    add("--limit", type=int, default=5000, help="use at most this many random rows (default: 5000)")
    add("--method", default="kmeans", choices=sorted(ESTIMATED), help="what clusters (default: kmeans)")
    add("--least", type=int, default=2, help="smallest number of clusters (default: 2)")
    add("--most", type=int, default=15, help="largest number of clusters (default: 15)")
    add("--splits", type=int, default=5, help="splits of the data into halves, two fits each (default: 5)")
    add("--threshold", type=float, default=0.8, help="prediction strength that counts as found again (default: 0.8)")
    add("--epochs", type=int, default=20, help="epochs of pretraining and of refinement, for methods that have them")
    add("--seed", type=int, default=0, help="seed of splits and fits")
    add("--quiet", action="store_true", help="show the result only")
    options = parser.parse_args(arguments)
    from tfcluster.data import load
    from tfcluster.estimators import DeepClustering, suggest_k
    from tfcluster.experiments.preparation import preprocessing_for

    def show(k, strength):
        if not options.quiet:
            print(f"{k:>4} clusters: strength {strength:.2f}", file=sys.stderr)

    try:
        if options.limit < 1:
            raise ValueError(f"`--limit` must be at least 1. Received: {options.limit}")
        data = load(options.dataset, options.data_dir).sample(options.limit)
        most = min(options.most, len(data) // 4)  # a half has two rows for each cluster
        if not 2 <= options.least <= options.most:
            raise ValueError(f"`--least` must be from 2 to `--most`. Received: {options.least} and {options.most}")
        if options.least > most:
            raise ValueError(
                f"There must be four rows for each cluster. Received: {len(data)} rows, --least {options.least}"
            )
        if not options.quiet:
            cut = "" if most == options.most else ", for want of rows no more"
            print(f"{options.dataset}: {len(data)} rows, {options.least} to {most} clusters{cut}", file=sys.stderr)
        scale = preprocessing_for(data, None, (0.0, 1.0))
        rows = data.x if scale is None else scale(data.x).numpy()
        estimator = DeepClustering(
            options.method, epochs=options.epochs, pretrain_epochs=options.epochs, random_state=options.seed
        )
        found = suggest_k(
            rows.reshape(len(rows), -1),
            range(options.least, most + 1),
            estimator,
            options.splits,
            options.threshold,
            options.seed,
            show,
        )
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(f"{'k':>4} {'strength':>9} {'+-':>5} {'silhouette':>11}")
    for row in found.curve:
        mark = "*" if row["k"] == found.k else " "
        bar = "#" * round(20 * row["strength"])
        print(f"{mark}{row['k']:>3} {row['strength']:>9.2f} {row['error']:>5.2f} {row['silhouette']:>11.2f}  {bar}")
    print(f"suggestion: {found.k} clusters for {options.method}. {found.doubt()}".rstrip())
    return 0
