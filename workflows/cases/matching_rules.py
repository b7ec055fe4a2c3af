"""How alike two matters are, from the characters of their words. No dictionary, no service; no I/O.

Chinese is written without spaces, so pairs of neighbouring characters stand for words (domain D8).
"""

import re
from typing import Final

LIKE: Final = 0.34  # from here on two matters are shown side by side; below, people saw nothing in common
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


def digits(phone: str) -> str:
    """A telephone number without what people put between its digits."""
    return "".join(char for char in phone if char.isdigit())
