"""When a new version of a process takes effect: at once, or with the next period that its rules judge (domain Q43).

A package says it in its ``package.yaml``: ``takes_effect: 下季度``. Rules never reach back: whatever began before the
day goes on with the version that was in force, and so does everything that is started for a period before it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from workflows.errors import Invalid


def _first_of_next_quarter(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 4
    return date(day.year + (month > 12), (month - 1) % 12 + 1, 1)  # noqa: PLR2004 - months of a year


_DAYS: Final[Mapping[str, Callable[[date], date | None]]] = {
    "立即": lambda _day: None,
    "下季度": _first_of_next_quarter,
    "下季度的考核": lambda day: _first_of_next_quarter(_first_of_next_quarter(day)),
    "下年度的考核": lambda day: date(day.year + 2, 1, 1),
}
"""Words of a package -> the first day on which instances begin with the new version. An assessment begins after the
period it judges is over: that of the next quarter begins in the quarter after it."""


def check(words: str) -> str:
    """
    Raises:
        Invalid: not one of the words.
    """
    if words not in _DAYS:
        raise Invalid(
            "package.yaml 的 takes_effect 写的是“{words}”，请改为：{known}。", words=words, known="、".join(_DAYS)
        )
    return words


def first_day(words: str, published_on: date) -> date | None:
    """The first day on which a version is in force; None for at once."""
    return _DAYS[words](published_on)
