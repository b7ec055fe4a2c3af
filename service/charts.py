"""Charts as SVG drawn by the server: they need no script, print as sharp as text and go into a PDF as they are.

Shapes carry presentation attributes only: the content security policy forbids ``style``, and WeasyPrint does not apply
a page's CSS inside an SVG. Text takes the colour of the page. Every chart names itself and tells its numbers to
whoever can not see it; the page puts a table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

from markupsafe import Markup

from workflows.engine import svg

WIDTH = 380.0
_SIZE = 13.0  # of letters
_SMALL = 11.5
_ROW = 30.0
_BAR = 17.0
_LEGEND_ROW = 20.0
_LEGEND_GAP = 12.0
_AMOUNT = 34.0  # room for a number at the end of a bar
_LABEL_MOST = 128.0
_PLOT_HEIGHT = 150.0
_RADIUS = 92.0
_FILLS = ("#1f5fae", "#8fbbee", "#e0a339", "#b3404a")
_LINES, _DASHES = ("#1f5fae", "#b3404a"), (None, "5 4")
_HATCHED = frozenset({2, 3})  # so that a black and white print still tells four parts apart


@dataclass(frozen=True)
class Bar:
    """One line or column of a chart.

    Attributes:
        values: one for each part, in the order of the chart's parts.
    """

    label: str
    values: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.values)


def bars(key: str, title: str, rows: Sequence[Bar], parts: Sequence[str]) -> Markup:
    """Horizontal bars with their number at the end, for groups without an order in time.

    Args:
        key: names the chart within its page.
        parts: what a bar is made of; the legend is left out when there is only one.
    """
    label_width = min(max((svg.width_of(row.label, _SIZE) for row in rows), default=0), _LABEL_MOST)
    left, top = label_width + 8, _legend_height(parts)
    picture = _frame(key, title, rows, parts, top + len(rows) * _ROW + 4)
    scale = (WIDTH - left - _AMOUNT) / max((row.total for row in rows), default=0) if any(r.total for r in rows) else 0
    for number, row in enumerate(rows):
        middle = top + (number + 0.5) * _ROW
        _words(picture, _shortened(row.label, label_width), label_width, middle + 4.5, anchor="end")
        x = left
        for part, value in enumerate(row.values):
            _block(picture, key, part, (x, middle - _BAR / 2, value * scale, _BAR))
            x += value * scale
        _words(picture, f"{row.total:g}", x + 6, middle + 4.5)
    return _finished(picture)


def columns(key: str, title: str, rows: Sequence[Bar], parts: Sequence[str]) -> Markup:
    """Upright columns with their number on top, for what follows each other in time."""
    top = _legend_height(parts) + 18
    bottom = top + _PLOT_HEIGHT
    picture = _frame(key, title, rows, parts, bottom + 24)
    step = WIDTH / max(len(rows), 1)
    width = min(step * 0.6, 44)
    scale = _PLOT_HEIGHT / max((row.total for row in rows), default=0) if any(row.total for row in rows) else 0
    svg.add(picture, "path", d=f"M0 {bottom:.1f}H{WIDTH:.0f}", stroke="currentColor", stroke_width=1, fill="none")
    for number, row in enumerate(rows):
        middle, y = (number + 0.5) * step, bottom
        for part, value in enumerate(row.values):
            y -= value * scale
            _block(picture, key, part, (middle - width / 2, y, width, value * scale))
        _words(picture, f"{row.total:g}", middle, y - 5, anchor="middle")
        _words(picture, row.label, middle, bottom + 17, anchor="middle", size=_SMALL)
    return _finished(picture)


def share(key: str, title: str, parts: Sequence[tuple[str, int]]) -> Markup:
    """One whole and its parts: a bar over the full width, each part named with its number and share below."""
    whole = sum(value for _, value in parts)
    rows, names = [Bar(title, tuple(value for _, value in parts))], [name for name, _ in parts]
    picture = _frame(key, title, rows, names, 44 + len(parts) * 24, legend=False)
    x = 0.0
    for part, (name, value) in enumerate(parts):
        length = WIDTH * value / whole if whole else 0
        _block(picture, key, part, (x, 4, length, 26))
        x += length
        y = 44 + part * 24
        _block(picture, key, part, (0, y, 13, 13))
        percent = f"{100 * value / whole:.1f}%" if whole else "—"
        _words(picture, f"{name} {value}", 21, y + 11.5)
        _words(picture, percent, WIDTH, y + 11.5, anchor="end")
    return _finished(picture)


def radar(key: str, title: str, rows: Sequence[Bar], parts: Sequence[str]) -> Markup:
    """One side for each row: the first part as an area with its numbers, the second as a dashed outline beside it.

    Raises:
        ValueError: fewer than three sides, or more than two parts.
    """
    if len(rows) < 3 or len(parts) > len(_LINES):
        raise ValueError("a radar has at least three sides and at most two parts")
    top = _legend_height(parts)
    centre, radius = (WIDTH / 2, top + 34 + _RADIUS), _RADIUS
    picture = _frame(key, title, rows, parts, centre[1] + radius + 40, legend=False)
    for (x, y), part, name in _legend_places(parts):
        ends = f"M{x:.1f} {y + 9.5:.1f}h14"
        svg.add(picture, "path", d=ends, stroke=_LINES[part], stroke_width=3, stroke_dasharray=_DASHES[part])
        _words(picture, name, x + 18, y + 14, size=_SMALL)
    most = max((value for row in rows for value in row.values), default=0) or 1
    for ring in (0.25, 0.5, 0.75, 1):
        outline = [_corner(centre, radius * ring, side, len(rows)) for side in range(len(rows))]
        _outline(picture, outline, stroke="currentColor", stroke_opacity=0.2, fill="none")
    for part in reversed(range(len(parts))):
        outline = [_corner(centre, radius * row.values[part] / most, side, len(rows)) for side, row in enumerate(rows)]
        if part:
            _outline(picture, outline, stroke=_LINES[part], stroke_width=2, stroke_dasharray=_DASHES[part], fill="none")
        else:
            _outline(picture, outline, stroke=_LINES[0], stroke_width=2, fill=_LINES[0], fill_opacity=0.25)
    for side, row in enumerate(rows):
        x, y = _corner(centre, radius + 16, side, len(rows))
        anchor = "middle" if abs(x - centre[0]) < 1 else "start" if x > centre[0] else "end"
        _words(picture, f"{row.label} {row.values[0]:g}", x, y + 4, anchor=anchor, size=_SMALL)
    return _finished(picture)


def _corner(centre: tuple[float, float], distance: float, side: int, sides: int) -> tuple[float, float]:
    """Where a side's value lies; the first side points upwards."""
    angle = 2 * pi * side / sides - pi / 2
    return centre[0] + distance * cos(angle), centre[1] + distance * sin(angle)


def _outline(picture: Any, corners: Sequence[tuple[float, float]], **look: Any) -> None:
    svg.add(picture, "polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in corners), **look)


# ------------------------------------------------------------------------------------------------ pieces


def _frame(key: str, title: str, rows: Sequence[Bar], parts: Sequence[str], height: float, legend: bool = True) -> Any:
    """The empty picture with its name, its numbers in words and its legend."""
    picture = svg.root(
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}",
        width=WIDTH,
        height=height,
        role="img",
        aria_labelledby=f"{key}-title {key}-words",
        font_family=svg.FONT,
    )
    svg.add(picture, "title", id=f"{key}-title").text = svg.printable(title)
    svg.add(picture, "desc", id=f"{key}-words").text = svg.printable(_in_words(rows, parts))
    hatched = [part for part in range(len(parts)) if part in _HATCHED]
    if hatched:
        _patterns(picture, key, hatched)
    if legend and len(parts) > 1:
        _legend(picture, key, parts)
    return picture


def _in_words(rows: Sequence[Bar], parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "；".join(f"{row.label} {row.total:g}" for row in rows)
    told = (
        f"{row.label}：" + "，".join(f"{name} {value:g}" for name, value in zip(parts, row.values, strict=True))
        for row in rows
    )
    return "；".join(told)


def _patterns(picture: Any, key: str, parts: Sequence[int]) -> None:
    definitions = svg.add(picture, "defs")
    for part in parts:
        pattern = svg.add(
            definitions, "pattern", id=_pattern(key, part), width=6, height=6, patternUnits="userSpaceOnUse"
        )
        svg.add(pattern, "rect", width=6, height=6, fill=_FILLS[part])
        stripes = "M0 6L6 0" if part == 2 else "M0 0L6 6M0 6L6 0"
        svg.add(pattern, "path", d=stripes, stroke="#fff", stroke_width=1, fill="none")


def _pattern(key: str, part: int) -> str:
    return f"{key}-part{part}"


def _legend(picture: Any, key: str, parts: Sequence[str]) -> None:
    for (x, y), part, name in _legend_places(parts):
        _block(picture, key, part, (x, y + 3, 13, 13))
        _words(picture, name, x + 18, y + 14, size=_SMALL)


def _legend_places(parts: Sequence[str]) -> list[tuple[tuple[float, float], int, str]]:
    places, x, y = [], 0.0, 0.0
    for part, name in enumerate(parts):
        width = 18 + svg.width_of(name, _SMALL) + _LEGEND_GAP
        if x and x + width - _LEGEND_GAP > WIDTH:
            x, y = 0.0, y + _LEGEND_ROW
        places.append(((x, y), part, name))
        x += width
    return places


def _legend_height(parts: Sequence[str]) -> float:
    if len(parts) < 2:
        return 0.0
    return _legend_places(parts)[-1][0][1] + _LEGEND_ROW + 6


def _block(picture: Any, key: str, part: int, place: tuple[float, float, float, float]) -> None:
    x, y, width, height = place
    if width <= 0 or height <= 0:
        return
    fill = f"url(#{_pattern(key, part)})" if part in _HATCHED else _FILLS[part]
    svg.add(picture, "rect", x=x, y=y, width=width, height=height, fill=fill, stroke="#fff", stroke_width=0.75)


def _words(picture: Any, text: str, x: float, y: float, *, anchor: str | None = None, size: float = _SIZE) -> None:
    words = svg.add(picture, "text", x=x, y=y, font_size=size, fill="currentColor", text_anchor=anchor)
    words.text = svg.printable(text)


def _shortened(text: str, width: float) -> str:
    if svg.width_of(text, _SIZE) <= width:
        return text
    while text and svg.width_of(text + "…", _SIZE) > width:
        text = text[:-1]
    return text + "…"


def _finished(picture: Any) -> Markup:
    return Markup(svg.to_text(picture))  # noqa: S704  # every text went through lxml, which escapes it
