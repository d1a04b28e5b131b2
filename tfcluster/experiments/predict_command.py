"""`tfcluster predict`: labels for new rows, from a trained model."""

import csv
import logging
import os
import pathlib
import sys
import time

import numpy as np

from tfcluster.command_parser import CommandParser

__all__ = ["main", "predict_file"]

logger = logging.getLogger("tfcluster")


def predict_file(model, location, output, batch_size=1000, probabilities=False, progress=None):
    """Write the cluster of every row of a file as csv: `row,cluster,confidence`, in the order of the rows.

    `row` counts from 0; for a folder of images it is the name of the file. `confidence` is the largest soft assignment
    (1 for hard methods), and with `probabilities` a column for each cluster follows. Where clusters are classes with
    names, which a method that learns from labels has, `label` is the last column. The output appears when it is
    complete.

    A model of `tfcluster run` knows the rows that it was trained on (`row_facts`): the columns of a csv file are found
    by their names, images, from 0 to 255, are mapped to that range of values, and a file far outside it is warned of.

    Args:
        model: A built `ClusteringModel`.
        location: A file or folder, see `tfcluster.data.stream_rows`.
        output: The csv file to write.
        batch_size: Rows in memory at a time.
        probabilities: Whether to write all soft assignments.
        progress: Function of (rows done, number of rows or None), called after each batch, or None.

    Returns:
        Number of rows in each cluster, an array of shape (k,).

    Raises:
        ValueError: If the rows are not those that the model takes.
        FileNotFoundError: If there is nothing at `location`.
    """
    from tfcluster.data.row_stream import stream_rows
    from tfcluster.models.semi_supervised import SemiSupervised

    columns, value_range = model.row_facts.get("columns") or (), model.row_facts.get("range")
    classes = model.row_facts.get("label_names") if isinstance(model, SemiSupervised) else None
    total, batches = stream_rows(location, batch_size, model.row_shape, columns)
    output = pathlib.Path(output)
    part = output.with_name(output.name + ".part")
    sizes, done, warned = np.zeros(model.n_clusters, np.int64), 0, False
    try:
        with open(part, "w", newline="") as stream:
            writer = csv.writer(stream)
            columns = [f"p{j}" for j in range(model.n_clusters)] if probabilities else []
            writer.writerow(["row", "cluster", "confidence", *columns, *(["label"] if classes else [])])
            for rows, names in batches:
                rows = _as_trained(model, _mapped(model, rows, value_range) if names else rows, location, done)
                warned = warned or _warned_of(rows, value_range, location)
                labels, soft = model.map_rows(rows, ("labels", "assignments"), batch_size)
                names = range(done, done + len(rows)) if names is None else names
                further = ([f"{value:.6g}" for value in row] for row in soft) if probabilities else ([] for _ in soft)
                for name, label, confidence, rest in zip(names, labels, soft.max(axis=1), further, strict=True):
                    writer.writerow([name, label, f"{confidence:.6g}", *rest, *([classes[label]] if classes else [])])
                sizes += np.bincount(labels, minlength=model.n_clusters)
                done += len(rows)
                if progress is not None:
                    progress(done, total)
        if not done:
            raise ValueError(f"There are no rows in {location}.")
        os.replace(part, output)
    finally:
        part.unlink(missing_ok=True)
    return sizes


def _mapped(model, images, value_range):
    """Images of bytes, in the range of the values that the model was trained on."""
    if model.row_dtype == "uint8" or value_range is None:
        return images
    low, high = value_range
    return np.float32(low) + images * np.float32((high - low) / 255.0)


def _warned_of(rows, value_range, location):
    """Whether rows lie far outside the range of the values that the model was trained on; says so."""
    if value_range is None:
        return False
    (low, high), (least, largest) = value_range, (rows.min(), rows.max())
    if least >= low - (high - low) and largest <= high + (high - low):
        return False
    logger.warning(
        "%s holds values from %g to %g, and the model was trained on values from %g to %g: scale them alike",
        location,
        least,
        largest,
        low,
        high,
    )
    return True


def _as_trained(model, rows, location, start):
    """Rows of the shape and dtype that the model was trained on, finite."""
    if model.row_shape[-1] == 1 and rows.shape[1:] == model.row_shape[:-1]:  # grey images without a channel
        rows = rows[..., None]
    if rows.shape[1:] != model.row_shape:
        raise ValueError(
            f"The model was trained on rows of shape {model.row_shape}. Received: {rows.shape[1:]} in {location}"
        )
    if model.row_dtype == "uint8" and not ((rows >= 0) & (rows <= 255) & (rows == np.floor(rows))).all():
        raise ValueError(f"The model was trained on bytes, whole numbers from 0 to 255. Received: others in {location}")
    with np.errstate(over="ignore"):
        rows = rows.astype(model.row_dtype, copy=False)
    if not np.isfinite(rows).all():
        bad = start + int(np.flatnonzero(~np.isfinite(rows.reshape(len(rows), -1)).all(axis=1))[0])
        raise ValueError(
            f"Rows must hold numbers that are finite as {model.row_dtype}. Received: nan or inf in row {bad} of "
            f"{location}"
        )
    return rows


def main(arguments=None):
    """Run the command; returns the exit status: 0 done, 2 the request is wrong, 130 interrupted."""
    parser = CommandParser(prog="tfcluster predict", description=main.__doc__.splitlines()[0])
    add = parser.add_argument
    parser.description = "Cluster of every row of a file, as csv, from the model of a run."
    add("model", help="folder of a run, or a .keras file")
    add("input", help="a .csv, .npz, .npy or .h5 file, or a folder of images")
    add("-o", "--output", default="labels.csv", help="csv file to write (default: labels.csv)")
    add("--overwrite", action="store_true", help="replace a file that is there")
    add("--batch-size", type=int, default=1000, help="rows in memory at a time")
    add("--probabilities", action="store_true", help="write the soft assignment to every cluster too")
    add("--quiet", action="store_true", help="show no progress")
    options = parser.parse_args(arguments)
    from tfcluster.experiments.output_file import check_output, input_names
    from tfcluster.experiments.run_folder import load_model, model_path

    try:
        if options.batch_size < 1:
            raise ValueError(f"`--batch-size` must be at least 1. Received: {options.batch_size}")
        model_path(options.model)  # what is wrong with the input is said before that an output is there
        if not any(os.path.exists(os.path.expanduser(name)) for name in input_names(options.input)):
            raise FileNotFoundError(f"No such file or folder: {options.input}")
        check_output(options.output, options.overwrite, (options.model, options.input))
        model = load_model(options.model)
        started = time.monotonic()
        show = None if options.quiet else _Bar()
        update = show and show.update
        sizes = predict_file(model, options.input, options.output, options.batch_size, options.probabilities, update)
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
    seconds = time.monotonic() - started
    print(f"{sizes.sum()} rows in {seconds:.1f} s -> {options.output}; rows in each cluster: {sizes.tolist()}")
    return 0


class _Bar:
    """Progress on stderr: a line that is kept up to date on a terminal, elsewhere one every ten seconds."""

    def __init__(self):
        self._started = self._shown = time.monotonic()

    def update(self, done, total):
        now, terminal = time.monotonic(), sys.stderr.isatty()
        if now - self._shown < (0.2 if terminal else 10.0):
            return
        self._shown = now
        left = "" if total is None else f", {int((now - self._started) / done * (total - done))} s left"
        line = f"{done} rows{'' if total is None else f' of {total}'}{left}"
        sys.stderr.write(f"\r\x1b[K{line}" if terminal else f"{line}\n")
        sys.stderr.flush()
