"""When processes start by themselves: ``每月倒数第5个工作日``, ``每季后第1个工作日``, ``每周一 09:00``."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from workflows.clock import beijing_date, beijing_moment
from workflows.engine.expressions import Calendar
from workflows.engine.time_words import COUNT, OPENING, TimerRuleError, read_count, tidied

WEEKDAYS = "一二三四五六日"
MONTH_WORKING_DAYS = 23
QUARTER_WORKING_DAYS = 66
PERIODS_AHEAD = 800  # days for a daily schedule; months and years come earlier

Days = Callable[[date, Calendar], Iterator[date]]
"""Every day of a schedule, in order, from the period that holds the given day (some may lie before it)."""


@dataclass(frozen=True)
class Schedule:
    """A compiled schedule.

    Attributes:
        text: as it was written.
        at: Beijing time of day.
    """

    text: str
    at: time
    _wording: str
    _days: Days = field(repr=False, compare=False)

    def next_after(self, moment: datetime, calendar: Calendar) -> datetime:
        """The first occurrence later than `moment`, in UTC.

        Raises:
            TimerRuleError: none comes within the next periods.
        """
        if moment.tzinfo is None:
            raise ValueError("moment must be aware")
        for day in self._days(beijing_date(moment), calendar):
            occurrence = beijing_moment(day, self.at)
            if occurrence > moment:
                return occurrence
        raise TimerRuleError(f"定时“{self.text}”以后不会再到。请检查写法和工作日历。")

    def describe(self) -> str:
        """The schedule in full Chinese wording, with its time."""
        return f"{self._wording} {self.at:%H:%M}"


def compile_schedule(text: str) -> Schedule:
    """Read a schedule, optionally with a time of day at its end (otherwise the office's opening).

    Raises:
        TimerRuleError: a Chinese sentence saying what can be written instead.
    """
    tidy = tidied(text).strip("\"'“”‘’").strip()
    if not tidy:
        raise TimerRuleError("定时规则是空的，请填写，例如“每月25日 08:30”。")
    rule, at = _split_time(tidy)
    for pattern, read in _PATTERNS:
        match = re.fullmatch(pattern, rule)
        if match:
            wording, days = read(*match.groups())
            return Schedule(text.strip(), at, wording, days)
    raise TimerRuleError(
        f"看不懂定时规则“{tidy[:40]}”。可以写：每月倒数第5个工作日、每月25日、每季后第1个工作日、"
        "每年1月10日、每周一、每天，后面可以加时间，如 08:30。"
    )


def _split_time(text: str) -> tuple[str, time]:
    match = re.fullmatch(r"(.*?)\s*(\d{1,2}):(\d{2})", text)
    if match is None:
        return text, OPENING
    hour, minute = int(match[2]), int(match[3])
    if hour > 23 or minute > 59:
        raise TimerRuleError(f"没有“{match[2]}:{match[3]}”这个时间，请写 00:00 到 23:59。")
    return match[1], time(hour, minute)


# Periods: each gives its first days, beginning with the one that holds a day.


def _month_starts(day: date, step: int = 1) -> Iterator[date]:
    """First days of months (step 1), quarters (3) or years (12)."""
    index = (day.year * 12 + day.month - 1) // step * step
    for _ in range(PERIODS_AHEAD // step):
        yield date(index // 12, index % 12 + 1, 1)
        index += step


def _last_of(start: date, months: int = 1) -> date:
    index = start.year * 12 + start.month - 1 + months - 1
    year, month = index // 12, index % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


# Readers: the wording and the days of one kind of schedule.


def _working_day_of(months: int, name: str, limit: int) -> Callable[..., tuple[str, Days]]:
    """The nth working day of a period from either end; in a period with fewer, its last (or first)."""

    def read(backwards: str | None, count: str) -> tuple[str, Days]:
        n = read_count(count)
        if n > limit:
            raise TimerRuleError(f"{name}没有第{n}个工作日，最多写{limit}。")

        def days(day: date, calendar: Calendar) -> Iterator[date]:
            for start in _month_starts(day, months):
                working = [d for d in _span(start, _last_of(start, months)) if calendar.is_working_day(d)]
                if working:
                    position = min(n, len(working))
                    yield working[-position] if backwards else working[position - 1]

        return f"{name}{'倒数' if backwards else ''}第{n}个工作日", days

    return read


def _last_working_day_of(months: int, name: str) -> Callable[..., tuple[str, Days]]:
    return lambda: _working_day_of(months, name, MONTH_WORKING_DAYS)("倒数", "1")


def _after_quarter(count: str) -> tuple[str, Days]:
    """The nth working day after a quarter has ended, which lies in the next quarter."""
    read = _working_day_of(3, "每季", QUARTER_WORKING_DAYS)
    _, days = read(None, count)
    return f"每季后第{read_count(count)}个工作日", days


def _day_of_month(number: str) -> tuple[str, Days]:
    n = _up_to(read_count(number), 31, "每月没有{}日。")

    def days(day: date, calendar: Calendar) -> Iterator[date]:
        for start in _month_starts(day):
            yield start.replace(day=min(n, _last_of(start).day))

    return f"每月{n}日", days


def _last_day_of_month() -> tuple[str, Days]:
    _, days = _day_of_month("31")
    return "每月最后一天", days


def _day_of_year(month: str, number: str) -> tuple[str, Days]:
    m = _up_to(read_count(month), 12, "没有{}月。")
    leap_year = 2024
    n = _up_to(read_count(number), monthrange(leap_year, m)[1], f"{m}月没有{{}}日。")

    def days(day: date, calendar: Calendar) -> Iterator[date]:
        for start in _month_starts(day, 12):
            yield date(start.year, m, min(n, monthrange(start.year, m)[1]))

    return f"每年{m}月{n}日", days


def _weekday(name: str) -> tuple[str, Days]:
    wanted = WEEKDAYS.index(name.replace("天", "日"))

    def days(day: date, calendar: Calendar) -> Iterator[date]:
        for candidate in _span(day, day + timedelta(days=14)):
            if candidate.weekday() == wanted:
                yield candidate

    return f"每周{WEEKDAYS[wanted]}", days


def _daily() -> tuple[str, Days]:
    return "每天", lambda day, calendar: iter(_span(day, day + timedelta(days=1)))


def _every_working_day() -> tuple[str, Days]:
    def days(day: date, calendar: Calendar) -> Iterator[date]:
        return (d for d in _span(day, day + timedelta(days=60)) if calendar.is_working_day(d))

    return "每个工作日", days


def _up_to(number: int, limit: int, sentence: str) -> int:
    if number > limit:
        raise TimerRuleError(sentence.format(number) + "请检查写法。")
    return number


_WORKING = "个?(?:工作日|工作天)"

_PATTERNS: tuple[tuple[str, Callable[..., tuple[str, Days]]], ...] = (
    (rf"每个?月(倒数)?第({COUNT}){_WORKING}", _working_day_of(1, "每月", MONTH_WORKING_DAYS)),
    (rf"每个?季度?(倒数)?第({COUNT}){_WORKING}", _working_day_of(3, "每季", QUARTER_WORKING_DAYS)),
    (rf"每个?季度?(?:结束)?后第({COUNT}){_WORKING}", _after_quarter),
    (rf"每个?月最后一{_WORKING}", _last_working_day_of(1, "每月")),
    (rf"每个?季度?最后一{_WORKING}", _last_working_day_of(3, "每季")),
    (r"每个?月最后[1一]天", _last_day_of_month),
    (rf"每个?月({COUNT})[日号]", _day_of_month),
    (rf"每年({COUNT})月({COUNT})[日号]", _day_of_year),
    (r"每个?(?:周|星期|礼拜)([一二三四五六日天])", _weekday),
    (r"每[天日]", _daily),
    (r"每个?(?:工作日|工作天)", _every_working_day),
)
