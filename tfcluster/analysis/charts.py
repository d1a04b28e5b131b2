"""Charts as SVG text."""

import html
import itertools
import math

__all__ = ["bars", "heatmap", "lines", "standalone"]

_LONGEST_NAME = 24  # characters beside a table

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 330, 180, 54, 22, 18
_COLOURS = ("#2563a8", "#c2452d", "#2f8f4e", "#8a5bb5", "#b8860b", "#3aa6a0")


def lines(title, series, width=_WIDTH):
    """A chart of one or more lines over the epochs.

    Args:
        title: Text above it.
        series: Dict from names to lists of pairs (epoch, value); values that are not finite are left out. Colours go by
            the place in this dict, also of lines without a point, so that they are the same in several charts.
        width: In pixels.

    Returns:
        SVG text; empty if there is no point.
    """
    colours = dict(zip(series, itertools.cycle(_COLOURS), strict=False))
    series = {name: [(x, y) for x, y in points if math.isfinite(y)] for name, points in series.items()}
    series = {name: points for name, points in series.items() if points}
    if not series:
        return ""
    xs, ys = zip(*(point for points in series.values() for point in points), strict=True)
    (x0, x1), (y0, y1) = _span(xs), _span(ys)
    low, middle, high = _HEIGHT - _BOTTOM, (_HEIGHT - _BOTTOM + _TOP + 6) / 2 + 4, _TOP + 12
    heights = [(ys[0], middle)] if min(ys) == max(ys) else [(y0, low), (y1, high)]
    begin = f'<text x="{_LEFT}" y="{_HEIGHT - 6}">{x0:g}</text>' if min(xs) < max(xs) else ""

    def place(x, y):
        across = _LEFT + (x - x0) / (x1 - x0) * (width - _LEFT - 8)
        return f"{across:.1f},{_HEIGHT - _BOTTOM - (y - y0) / (y1 - y0) * (_HEIGHT - _BOTTOM - _TOP - 6):.1f}"

    parts = [
        f'<text x="{_LEFT}" y="12">{html.escape(title)}</text>',
        *(f'<text x="{_LEFT - 4}" y="{down:g}" text-anchor="end">{_short(value)}</text>' for value, down in heights),
        begin,
        f'<text x="{width - 8}" y="{_HEIGHT - 6}" text-anchor="end">epoch {max(xs):g}</text>',
        f'<path d="M{_LEFT},{_TOP}V{_HEIGHT - _BOTTOM}H{width - 8}" fill="none" stroke="#9aa6b4"/>',
    ]
    for index, (name, points) in enumerate(series.items()):
        colour = colours[name]
        if len(points) == 1:
            across, down = place(*points[0]).split(",")
            parts.append(f'<circle cx="{across}" cy="{down}" r="2.5" fill="{colour}"/>')
        path = " ".join(place(x, y) for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if len(series) > 1:
            place_of_name = f'x="{width - 8 - 42 * (len(series) - 1 - index)}" y="12" text-anchor="end"'
            parts.append(f'<text {place_of_name} style="fill:{colour}">{html.escape(name)}</text>')
    return _svg(width, _HEIGHT, parts)


def bars(values, colours):
    """Columns, one for each value, with its number below and its colour.

    Args:
        values: Numbers of at least 0.
        colours: A colour for each.

    Returns:
        SVG text.
    """
    width = max(10.0, min(60.0, 900.0 / len(values)))
    largest = max([*values, 1])
    parts = []
    for index, (value, colour) in enumerate(zip(values, colours, strict=True)):
        height = 120.0 * value / largest
        left = 4 + index * width
        parts.append(
            f'<rect x="{left:.1f}" y="{140 - height:.1f}" width="{width - 2:.1f}" height="{height:.1f}" '
            f'fill="{colour}"><title>cluster {index}: {value} rows</title></rect>'
        )
        if width >= 24:
            centre = f'x="{left + width / 2 - 1:.1f}" text-anchor="middle"'
            parts.append(f'<text {centre} y="{134 - height:.1f}">{value}</text><text {centre} y="154">{index}</text>')
    return _svg(8 + len(values) * width, 160, parts)


def heatmap(table, rows, columns):
    """A table of counts as squares, darker for more.

    Args:
        table: Counts, rows of equal length.
        rows: Names of the rows.
        columns: Names of the columns.

    Returns:
        SVG text.
    """
    side = 34 if len(columns) <= 20 else 9
    largest = max(max(row) for row in table) or 1
    rows = [str(name) for name in rows]
    shown = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in rows]
    left = max(40, 10 + 7 * max(map(len, shown))) if side > 20 else 40
    parts = [f'<text x="{left}" y="12">cluster</text><text x="0" y="26">label</text>']
    for j, name in enumerate(columns):
        if side > 20:
            parts.append(f'<text x="{left + (j + 0.5) * side}" y="26" text-anchor="middle">{name}</text>')
    for i, row in enumerate(table):
        if side > 20:
            middle = 34 + (i + 0.6) * side
            parts.append(f'<text x="{left - 6}" y="{middle:.0f}" text-anchor="end">{html.escape(shown[i])}</text>')
        for j, count in enumerate(row):
            shade = count / largest
            place = f'x="{left + j * side}" y="{32 + i * side}"'
            parts.append(
                f'<rect {place} width="{side - 1}" height="{side - 1}" fill="rgba(37,99,168,{shade:.3f})">'
                f"<title>label {html.escape(rows[i])}, cluster {columns[j]}: {count}</title></rect>"
            )
            if side > 20 and count:
                ink = "#fff" if shade > 0.5 else "#1d2733"
                centre = f'x="{left + (j + 0.5) * side}" y="{32 + (i + 0.6) * side:.0f}" text-anchor="middle"'
                parts.append(f'<text {centre} style="fill:{ink}">{count}</text>')
    return _svg(left + 8 + len(columns) * side, 40 + len(rows) * side, parts)


def standalone(chart):
    """A chart as a file of its own, with the style that a page would give it."""
    style = "<style>text { font: 11px sans-serif; fill: #5a6675; }</style>"
    return chart.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(">", f">{style}", 1)


def _short(value):
    """A number in three digits, in no more characters than there is room for beside an axis."""
    digits, _, exponent = f"{value:.3g}".partition("e")
    return f"{digits}e{int(exponent)}" if exponent else digits


def _span(values):
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _svg(width, height, parts):
    return f'<svg width="{width:.0f}" height="{height:.0f}" role="img">{"".join(parts)}</svg>'
