"""Counts, days and clock times as a clerk types them; shared by timers and schedules."""

import re
import unicodedata
from datetime import date, time

OPENING = time(8, 30)  # Beijing time; reminders and scheduled starts come when somebody is there to read them
END_OF_DAY = time(23, 59, 59)
FIRST_YEAR, LAST_YEAR = 2000, 2200  # a date outside is a slip of the pen

DIGITS = "一二三四五六七八九"
COUNT = rf"(?:\d+|两|[{DIGITS}]?十[{DIGITS}]?|[{DIGITS}])"
"""Matches one count, in digits or in Chinese numerals up to 九十九."""
LONGEST_COUNT = 9  # digits; anything longer is refused before it becomes a date


class TimerRuleError(ValueError):
    """A timer or schedule can not be read, or gives no moment on this data: a Chinese sentence."""

    @property
    def message(self) -> str:
        return str(self)


def read_count(text: str) -> int:
    """The number that `COUNT` matched, at least 1.

    Raises:
        TimerRuleError: zero, or absurdly long.
    """
    if len(text) > LONGEST_COUNT:
        raise TimerRuleError(f"数量“{text[:20]}…”太大。")
    count = int(text) if text.isdigit() else _chinese(text)
    if count < 1:
        raise TimerRuleError("数量必须大于0。")
    return count


def _chinese(text: str) -> int:
    if text == "两":
        return 2
    tens, ten, ones = text.rpartition("十")
    return (_digit(tens) or 1) * 10 * bool(ten) + _digit(ones)


def _digit(character: str) -> int:
    return DIGITS.index(character) + 1 if character else 0


def tidied(text: str) -> str:
    """Full-width letters, digits and signs as half-width; no spaces beside Chinese characters."""
    narrow = unicodedata.normalize("NFKC", text).strip()
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", narrow)


def read_date(text: str) -> date:
    """A day written 2026-10-08.

    Raises:
        TimerRuleError: no such day, or in a year nobody means.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise TimerRuleError(f"没有“{text[:40]}”这一天，请检查日期。") from None
    check_year(day.year)
    return day


def check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise TimerRuleError(f"年份{year}不在{FIRST_YEAR}年到{LAST_YEAR}年之间，请检查日期。")
