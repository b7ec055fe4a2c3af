"""Is this the same picture? Prints of pictures, compared bit by bit (domain D7), and the day a camera noted."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from PIL import Image

SIDE: Final = 16
"""A window is looked at as 16 × 16 areas: 256 bits, one for each area that is clearly brighter than its right
neighbour."""
_CLEARLY: Final = 3  # of 255; below it two areas are one wall, and noise would decide
_WIDTHS: Final = (0.94, 0.88, 0.82, 0.76)
_PLACES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
ALIKE: Final = 28
"""Bits of 256 that may differ between two windows of one picture. Measured in tests/unit/test_pictures.py: scaled, made
brighter and saved again differ in 10 or fewer, trimmed to nine tenths anywhere in 25; photographs of one meeting room
with other people in it in 31 and more."""
_PLAIN: Final = 40
"""A window with fewer bits set is a wall or a sheet of paper: like every other one, and tells nothing."""
_DIGITS: Final = SIDE * SIDE // 4
_DAY: Final = re.compile(r"(\d{4}):(\d{2}):(\d{2}) ")
_EXIF_PART, _TAKEN, _CHANGED = 0x8769, 0x9003, 0x0132  # tags of Exif 2.3: its own directory, DateTimeOriginal, DateTime


def print_of(picture: Image.Image) -> str:
    """The whole picture's window and those that somebody could have trimmed it to, 64 hex digits each."""
    grey = picture.convert("L")
    grey.thumbnail((256, 256))
    return "".join(_bits(window) for window in _windows(grey))


def same(one: str, other: str) -> bool:
    """Whether two prints are of one picture, either of them trimmed by up to a quarter of its width and height."""
    first, second = _numbers(one), _numbers(other)
    if not first or not second:
        return False
    return any(_alike(first[0], window) for window in second) or any(_alike(second[0], window) for window in first)


def taken_on(picture: Image.Image) -> str:
    """The day a camera noted, ISO; empty when there is none or it is no day. Read before the picture is cleaned."""
    exif = picture.getexif()
    noted = exif.get_ifd(_EXIF_PART).get(_TAKEN) or exif.get(_CHANGED) or ""
    found = _DAY.match(str(noted))
    if found is None:
        return ""
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return ""


def _windows(grey: Image.Image) -> Iterator[Image.Image]:
    yield grey
    for share in _WIDTHS:
        width, height = max(1, round(grey.width * share)), max(1, round(grey.height * share))
        for across in _PLACES:
            for down in _PLACES:
                left, top = round((grey.width - width) * across), round((grey.height - height) * down)
                yield grey.crop((left, top, left + width, top + height))


def _bits(window: Image.Image) -> str:
    levels = window.resize((SIDE + 1, SIDE), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(0, len(levels), SIDE + 1):
        for left, right in zip(levels[row : row + SIDE], levels[row + 1 : row + SIDE + 1], strict=True):
            bits = bits << 1 | (left > right + _CLEARLY)
    return f"{bits:0{_DIGITS}x}"


def _numbers(prints: str) -> list[int]:
    return [int(prints[start : start + _DIGITS], 16) for start in range(0, len(prints), _DIGITS)]


def _alike(one: int, other: int) -> bool:
    return min(one.bit_count(), other.bit_count()) >= _PLAIN and (one ^ other).bit_count() <= ALIKE
