"""Small pieces of SVG: elements with safe escaping, text that wraps as Chinese does, rounded lines.

Everything is a presentation attribute: a strict content security policy forbids ``style``, and WeasyPrint does not
apply a page's CSS inside an SVG.
"""

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

from lxml import etree

NAMESPACE = "http://www.w3.org/2000/svg"
FONT = "Noto Sans CJK SC, PingFang SC, HarmonyOS Sans SC, Microsoft YaHei, sans-serif"
LINE_HEIGHT = 1.3

Point = tuple[float, float]

UPRIGHT_FORMS = {"（": "︵", "）": "︶", "(": "︵", ")": "︶", "—": "︱", "《": "︽", "》": "︾"}
"""Punctuation as it is written in a column."""

_NOT_FIRST = "，。、；：！？）》」』】”’…,.;:!?)]}%"
_NOT_LAST = "（《「『【“‘([{"
_NARROW = 0.56  # width of a Latin letter in em, about


def add(parent: Any, tag: str, **attributes: Any) -> Any:
    """A new child element; ``stroke_width=2`` becomes ``stroke-width="2"``, ``cls`` becomes ``class``."""
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    for name, value in attributes.items():
        if value is not None:
            element.set("class" if name == "cls" else name.replace("_", "-"), _plain(value))
    return element


def root(**attributes: Any) -> Any:
    namespaces: dict[Any, str] = {None: NAMESPACE}
    element = etree.Element(f"{{{NAMESPACE}}}svg", nsmap=namespaces)
    for name, value in attributes.items():
        element.set(name.replace("_", "-"), _plain(value))
    return element


def to_text(element: Any) -> str:
    return str(etree.tostring(element, encoding="unicode"))


def _plain(value: Any) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def printable(text: str) -> str:
    """Without the control characters that no XML file may hold."""
    return "".join(" " if char in "\t\r\n" else char for char in text if char >= " " or char in "\t\r\n").strip()


def width_of(text: str, size: float) -> float:
    """About how wide a line is, in pixels at font size `size`."""
    wide = sum(unicodedata.east_asian_width(char) in "WFA" for char in text)
    return size * (wide + (len(text) - wide) * _NARROW)


def wrap(text: str, width: float, size: float) -> list[str]:
    """Lines no wider than `width` (but for hanging punctuation), of about equal length.

    Breaks between Chinese characters and at spaces; no line begins with a closing mark or ends with an opening one.
    """
    lines = _fill(_atoms(text), width, size)
    narrower = width
    while len(lines) > 1 and narrower > size * 3:  # the narrowest block with as many lines looks balanced
        narrower -= size / 2
        candidate = _fill(_atoms(text), narrower, size)
        if len(candidate) > len(lines) or any(width_of(line, size) > width for line in candidate):
            break
        lines = candidate
    return lines


def fit(text: str, width: float, height: float, sizes: Sequence[float]) -> tuple[list[str], float]:
    """Lines and the largest of `sizes` at which they fit; cut with an ellipsis when none does."""
    for size in sizes:
        lines = wrap(text, width, size)
        if len(lines) * size * LINE_HEIGHT <= height and all(width_of(line, size) <= width * 1.1 for line in lines):
            return lines, size
    size = sizes[-1]
    room = max(1, int(height / (size * LINE_HEIGHT)))
    lines = _fill(_atoms(text), width, size)
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1][:-1] + "…"]
    return lines, size


def _atoms(text: str) -> list[str]:
    """Pieces that are not broken: a Chinese character with the marks that cling to it, or a Latin word."""
    atoms: list[str] = []
    for char in text:
        if atoms and (char in _NOT_FIRST or atoms[-1][-1] in _NOT_LAST or _same_word(atoms[-1][-1], char)):
            atoms[-1] += char
        else:
            atoms.append(char)
    return atoms


def _same_word(left: str, right: str) -> bool:
    return not left.isspace() and not right.isspace() and left < "\u2e80" and right < "\u2e80"


def _fill(atoms: Sequence[str], width: float, size: float) -> list[str]:
    lines, line = [], ""
    for atom in atoms:
        if line.strip() and width_of((line + atom).strip().rstrip(_NOT_FIRST), size) > width:
            lines.append(line.strip())
            line = ""
        line += atom
    return [*lines, line.strip()] if line.strip() else lines


def text_block(parent: Any, lines: Sequence[str], x: float, middle: float, size: float, **attributes: Any) -> None:
    """Lines around the height `middle`."""
    settings = {"text_anchor": "middle", "font_size": size, **attributes}
    top = middle - (len(lines) - 1) * size * LINE_HEIGHT / 2 + size * 0.36
    for index, line in enumerate(lines):
        add(parent, "text", x=x, y=top + index * size * LINE_HEIGHT, **settings).text = line


def rounded_path(points: Sequence[Point], radius: float = 6) -> str:
    """A line through the points with rounded corners, as path data."""
    parts = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        parts.append(f"L{_pair(toward(corner, before, reach))}Q{_pair(corner)} {_pair(toward(corner, after, reach))}")
    return "".join([*parts, f"L{_pair(points[-1])}"])


def toward(start: Point, end: Point, distance: float) -> Point:
    """The point `distance` away from `start` in the direction of `end`."""
    length = math.dist(start, end)
    if length == 0:
        return start
    share = distance / length
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def arrow_head(before: Point, tip: Point, length: float = 9, half: float = 4.2) -> str:
    """A triangle that points from `before` to `tip`, as path data.

    Drawn with the line instead of as a ``<marker>``: markers need ids, and two drawings on a page would share them.
    """
    base = toward(tip, before, length)
    across = toward((0, 0), (base[1] - tip[1], tip[0] - base[0]), half)
    left, right = (base[0] + across[0], base[1] + across[1]), (base[0] - across[0], base[1] - across[1])
    return f"M{_pair(tip)}L{_pair(left)}L{_pair(right)}Z"


def _pair(point: Point) -> str:
    return f"{_plain(float(point[0]))} {_plain(float(point[1]))}"
