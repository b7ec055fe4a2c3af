"""How alike two matters are, from the characters of their words. No dictionary, no service; no I/O.

Chinese is written without spaces, so pairs of neighbouring characters stand for words (domain D8).
"""

import re
from collections.abc import Iterator
from typing import Final

LIKE: Final = 0.34  # from here on two matters are shown side by side; below, people saw nothing in common
LIKE_IN_ONE_TOPIC: Final = 0.2
TOPIC_COUNTS: Final = 0.15
YEAR_COUNTS: Final = 0.15
_NUMBERS: Final = re.compile(r"[0-9]+|[一二三四五六七八九十百]+")
_WORDS: Final = re.compile(r"[0-9a-z]+|[㐀-鿿]+")
_EMPTY: Final = frozenset("的了在有是和与及很都也就我你他她们这那没不太又还")


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text; numbers and Latin words stay whole."""
    found: set[str] = set()
    for run in _WORDS.findall(text.lower()):
        if run[0].isascii():
            found.add(run)
            continue
        run = "".join(char for char in run if char not in _EMPTY)
        found.update(run[n : n + 2] for n in range(len(run) - 1))
    return frozenset(found)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """0 for nothing in common, 1 when the shorter text is part of the longer."""
    if not one or not other:
        return 0.0
    return len(one & other) / min(len(one), len(other))


def is_like(likeness: float, *, same_topic: bool) -> bool:
    """Whether two matters are shown side by side: fewer words need to agree when the topic does."""
    return likeness >= (LIKE_IN_ONE_TOPIC if same_topic else LIKE)


def nearness(likeness: float, *, same_topic: bool, days: int) -> float:
    """For sorting: the words, more for the same topic, less for every day that lies between."""
    return likeness + (TOPIC_COUNTS if same_topic else 0.0) - YEAR_COUNTS * abs(days) / 365


def same_place(one: str, other: str) -> bool:
    """Whether two places are written as the same one: most pairs agree, and no number in them differs."""
    if not one.strip() or not other.strip():
        return False
    if set(_NUMBERS.findall(one)) != set(_NUMBERS.findall(other)):
        return False
    first, second = pairs(one), pairs(other)
    return one.strip() == other.strip() or 2 * len(first & second) > max(len(first), len(second))


def in_common(one: str, other: str) -> list[str]:
    """The runs of characters that two texts share, at least two long, the longest first."""
    shared = pairs(one) & pairs(other)
    runs = {run for text in (one, other) for run in _runs(text, shared)}
    both = [run for run in runs if run in one.lower() and run in other.lower()]
    return sorted(both, key=lambda run: (-len(run), run))


def _runs(text: str, shared: frozenset[str]) -> Iterator[str]:
    """The longest stretches of a text that are made of these pairs only."""
    for run in _WORDS.findall(text.lower()):
        if run in shared:
            yield run
            continue
        start = None
        for n in range(len(run)):
            if run[n : n + 2] in shared and n + 1 < len(run):
                start = n if start is None else start
            elif start is not None:
                yield run[start : n + 1]
                start = None


def digits(phone: str) -> str:
    """A telephone number without what people put between its digits."""
    return "".join(char for char in phone if char.isdigit())
