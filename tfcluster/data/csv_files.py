"""Comma-separated files of numbers."""

import csv
import dataclasses
import itertools
import logging

import numpy as np

__all__ = ["CsvForm", "csv_batches", "csv_form", "narrowed", "read_csv"]

logger = logging.getLogger("tfcluster")

_LABEL_COLUMNS = ("label", "labels", "y", "class", "target")
_UNKNOWN = ("", "?", "NA", "NaN", "nan")  # what stands for a label that is not known
_FEW = 20  # lines that say nothing of what the others are like
_LINES = 4096  # in memory at a time, as texts
_SEPARATORS = (";", "\t", "|")
_OPEN_QUOTE = 'close or remove the quote (") that opens a cell'


def read_csv(path):
    """Rows and labels of a comma-separated file of numbers; a first line of names is the header.

    The column named label, labels, y, class or target holds the labels. If all of them are numbers they are read as
    numbers, else as texts; an empty text, ?, NA, NaN and nan stand for an unknown one. Every other cell is a number:
    text has to be encoded and missing values filled in before.

    Args:
        path: The file.

    Returns:
        Rows as float32 of shape (n, d); and labels, numbers with nan for an unknown one or texts with "", or None.
    """
    form = csv_form(path)
    values, labels = bytearray(), []  # the bytes grow in place: parts in a list would take the memory twice
    low, high, lost = np.inf, -np.inf, 0.0  # of each column: its bounds, and the most that float32 takes away
    for rows, texts in csv_batches(path, form, _LINES):
        if not labels and not form.names and len(rows) > _FEW:
            _warn_of_header(path, rows)
        kept = narrowed(rows)
        values += kept.tobytes()
        labels.append(texts)
        low, high = np.minimum(low, rows.min(axis=0)), np.maximum(high, rows.max(axis=0))
        with np.errstate(invalid="ignore"):  # of infinite values
            lost = np.maximum(lost, np.abs(rows - kept).max(axis=0))
    if not labels:
        raise ValueError(f"{path} has a header and no rows.")
    with np.errstate(invalid="ignore"):
        coarse = (high > low) & (lost > (high - low) / 2e4)
    if coarse.any():
        names = ", ".join(form.cell(form.features[i]) for i in np.flatnonzero(coarse)[:5])
        logger.warning(
            "%s, %s: the values differ so little for their size that float32 does not tell them apart. Subtract one of "
            "them in the file, the same one for training and prediction",
            path,
            names,
        )
    x = np.frombuffer(values, np.float32).reshape(-1, len(form.features))
    return x, None if form.label is None else _labels(path, form, np.concatenate(labels))


def _warn_of_header(path, rows):
    """Say so if the first line, all of numbers, lies apart from the others in every column: names may be numbers."""
    first, rest = rows[0], rows[1:]
    if ((first < rest.min(axis=0)) | (first > rest.max(axis=0))).all():
        logger.warning(
            "%s: the first line is taken as a row, since all of its cells are numbers, but lies apart from the next "
            "%d rows in every column. If it holds names, give them a letter or drop it",
            path,
            len(rest),
        )


def _labels(path, form, texts):
    """Numbers with nan for an unknown label if all the others are numbers, else texts with ""."""
    names, index = np.unique(texts, return_inverse=True)
    known = ~np.isin(names, _UNKNOWN)
    if not all(_is_number(name) for name in names[known]):
        return np.where(known, names, "")[index]
    numbers = np.full(names.shape, np.nan)
    numbers[known] = names[known].astype(float)
    rows, distinct = int(known[index].sum()), len(np.unique(numbers[known]))
    if rows > 20 and distinct > rows / 2:
        logger.warning(
            "%s, %s: taken as labels, but %d of %d are distinct numbers. If these are measurements, give the column "
            "another name",
            path,
            form.cell(form.label),
            distinct,
            rows,
        )
    return numbers[index]


@dataclasses.dataclass(frozen=True)
class CsvForm:
    """The columns of a csv file.

    Attributes:
        names: Their names, () without a header.
        width: How many there are.
        label: Which one holds labels, or None.
        features: Which ones hold values, in the order in which they make a row.
    """

    names: tuple[str, ...]
    width: int
    label: int | None
    features: tuple[int, ...]

    @property
    def columns(self):
        """Names of the values of a row, None without a header."""
        return tuple(self.names[i] for i in self.features) or None if self.names else None

    def cell(self, column):
        """What a column is called in a message."""
        return f"column {self.names[column]!r}" if self.names else f"column {column + 1}"


def csv_form(path, columns=None):
    """The `CsvForm` of a file, from its first line.

    Args:
        path: The file.
        columns: Names of the columns that make a row, in that order, None for all but the labels. A file without a
            header is taken to have them in that order.

    Raises:
        ValueError: If the file is empty or lacks one of them, or if it cannot be told what its columns are.
    """
    number, first = next(_records(path), (0, None))
    if first is None:
        raise ValueError(f"{path} is empty.")
    if len(first) == 1 and (separator := next((mark for mark in _SEPARATORS if mark in first[0]), None)):
        raise ValueError(
            f"{path}, line {number}: cells are separated by commas; write the file with them. "
            f"Received: {separator!r} in {first[0][:40]!r}"
        )
    names = _header(path, number, [cell.strip() for cell in first], columns)
    wanted = names if columns is None else columns
    missing = [name for name in wanted if names and name not in names]
    if missing:
        raise ValueError(
            f"{path} must have the columns that the model was trained on. Missing: {', '.join(missing[:5])}. "
            f"Received: {', '.join(names[:20])}"
        )
    twice = sorted({name for name in wanted if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"{path}: every column must have a name of its own; rename or drop the others. "
            f"Received more than once: {', '.join(map(repr, twice[:5]))}"
        )
    if columns is not None and names:
        return CsvForm(names, len(first), None, tuple(names.index(name) for name in columns))
    labels = [i for i, name in enumerate(names) if name.lower() in _LABEL_COLUMNS]
    if len(labels) > 1:
        raise ValueError(
            f"{path} must have one column of labels, named {', '.join(_LABEL_COLUMNS[:-1])} or {_LABEL_COLUMNS[-1]}; "
            f"rename or drop the others. Received: {', '.join(names[i] for i in labels)}"
        )
    features = tuple(i for i in range(len(first)) if i not in labels)
    if not features:
        raise ValueError(f"{path} must have a column of values. Received: labels only, the column {names[0]!r}")
    return CsvForm(names, len(first), labels[0] if labels else None, features)


def _header(path, number, cells, columns):
    """The names in the first line, () if it is a row; an empty cell is a value that is missing."""
    numbers = [cell for cell in cells if _is_number(cell)]
    texts = [cell for cell in cells if cell and cell not in numbers]
    if columns is not None and set(columns) <= set(cells):
        return tuple(cells)
    if numbers and texts and not any(text.lower() in _LABEL_COLUMNS for text in texts):
        raise ValueError(
            f"{path}, line {number}: the first line must be all names or all numbers. Name every column in it, or drop "
            f"or encode columns of text. Received: {texts[0][:40]!r} beside {numbers[0]!r}"
        )
    return tuple(cells) if texts else ()


def csv_batches(path, form, size):
    """Pairs of rows, float64, and texts in the column of labels or None, of up to `size` lines at a time."""
    records = itertools.islice(_records(path), 1 if form.names else 0, None)
    while batch := list(itertools.islice(records, size)):
        yield _rows(path, batch, form)


def narrowed(rows):
    """The rows as float32; what is too large for it becomes infinite, which is refused later."""
    with np.errstate(over="ignore"):
        return rows.astype(np.float32)


def _records(path):
    """Pairs of the number of its first line and the cells, of all lines that are not empty."""
    number = 1
    with open(path, newline="", encoding="utf-8-sig") as stream:
        reader = csv.reader(stream)
        try:
            for cells in reader:
                if cells:
                    yield number, cells
                number = reader.line_num + 1
        except csv.Error as error:
            raise ValueError(f"{path}, line {number}: {error}; {_OPEN_QUOTE}.") from error
        except UnicodeDecodeError as error:
            raise ValueError(_undecodable(path, error)) from error


def _undecodable(path, error):
    """What to do about a file that is not UTF-8."""
    with open(path, "rb") as stream:
        first = stream.read(4)
    if first == b"PK\x03\x04":
        return f"{path} is an archive and no text: an .npz file is named as npz:FILE, a spreadsheet is saved as csv."
    coding = "utf-16" if first[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin1"
    return (
        f"{path}, line {_undecodable_line(path)}: text must be coded as UTF-8; save the file as UTF-8, or convert it "
        f"with `iconv -f {coding} -t utf-8`. Received: the byte {error.object[error.start]:#x}"
    )


def _undecodable_line(path):
    """Number of the first line that is not UTF-8."""
    with open(path, "rb") as stream:
        return next(i for i, line in enumerate(stream, start=1) if line.decode(errors="ignore").encode() != line)


def _rows(path, records, form):
    rows, labels = [], []
    for number, line in records:
        if len(line) != form.width:
            hint = ". Cells are separated by commas" if form.width == 1 or ";" in "".join(line) else ""
            hint = f"; {_OPEN_QUOTE}" if any("\n" in cell for cell in line) else hint
            raise ValueError(f"{path}, line {number}: expected {form.width} cells{hint}. Received: {len(line)}")
        if form.label is not None:
            labels.append(line[form.label].strip())
        try:
            rows.append([float(line[i]) for i in form.features])
        except ValueError:
            wrong = next(i for i in form.features if not _is_number(line[i]))
            labels = f"labels are a column of the name {', '.join(_LABEL_COLUMNS)}; drop or encode other text first"
            remedy = labels if line[wrong].strip() else "fill in missing values first"
            remedy = _OPEN_QUOTE if "\n" in line[wrong] else remedy
            raise ValueError(
                f"{path}, line {number}, {form.cell(wrong)}: every cell must be a number; {remedy}. "
                f"Received: {line[wrong][:40]!r}"
            ) from None
    rows = np.asarray(rows, np.float64)
    if not np.isfinite(rows).all():
        row, place = np.argwhere(~np.isfinite(rows))[0]
        number, line = records[row]
        wrong = form.features[place]
        raise ValueError(
            f"{path}, line {number}, {form.cell(wrong)}: every cell must be a finite number; fill in or drop what is "
            f"none. Received: {line[wrong][:40]!r}"
        )
    return rows, np.asarray(labels) if form.label is not None else None


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # 1_0 is a name
