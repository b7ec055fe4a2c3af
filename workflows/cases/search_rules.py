"""What is looked for in the texts of a case and how it is shown. Pure.

Chinese is written without spaces, so the index knows pairs of neighbouring characters instead of words (domain D8).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WORDS_LIMIT: Final = 6  # looked for at once; more are left out
WORD_LENGTH: Final = 40
AROUND: Final = 24  # characters of a text shown before a hit; three times as many after it
_RUN: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Piece:
    """A part of a text as it is shown. `hit`: it is what was looked for."""

    text: str
    hit: bool


def grams(text: str) -> frozenset[str]:
    """Every two neighbouring letters, digits or Chinese characters of a text, in small letters."""
    return frozenset(run[n : n + 2] for run in _RUN.findall(text.lower()) for n in range(len(run) - 1))


def words(text: str) -> list[str]:
    """What was typed as separate words, each once."""
    return [word[:WORD_LENGTH] for word in dict.fromkeys(text.split())][:WORDS_LIMIT]


def marked(text: str, wanted: Iterable[str]) -> list[Piece]:
    """A text cut at what was looked for; the pieces put together are the text again."""
    longest_first = sorted(wanted, key=len, reverse=True)
    if not longest_first:
        return [Piece(text, False)] if text else []
    cut = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", text, flags=re.IGNORECASE)
    return [Piece(part, bool(n % 2)) for n, part in enumerate(cut) if part]


def excerpt(text: str, wanted: Sequence[str]) -> list[Piece]:
    """A line of a longer text around the first hit, on one line; nothing when there is no hit."""
    line = " ".join(text.split())
    found = [line.lower().find(word.lower()) for word in wanted]
    at = min((place for place in found if place >= 0), default=None)
    if at is None:
        return []
    first, last = max(at - AROUND, 0), at + 3 * AROUND
    shown = ("…" if first else "") + line[first:last] + ("…" if last < len(line) else "")
    return marked(shown, wanted)
