"""Working days: layers, provisional dates, deadlines with their reasons. No I/O.

Start day is day zero, working or not (Civil Code arts. 201, 203 by analogy; domain Q01, Q02). The calendar of a year
follows the State Council's notice; a year without one is counted by its statutory holidays alone and every date that
depends on it is 暂定 (provisional), as is one that reaches the last days of December before next year's notice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from workflows.errors import Invalid
from workflows.workdays.lunar import FESTIVALS

SATURDAY: Final = 5
FIRST_YEAR: Final = 2007  # before it nothing is known for certain
SEARCH_LIMIT_DAYS: Final = 4000
GUARDED_FROM: Final = (12, 20)  # next year's notice has changed days from 29 December on; make-up days reach 11 further
WARN_DAYS: Final = 14
WEEKDAYS: Final = "一二三四五六日"


class Layer(StrEnum):
    """Who decided about a day, weakest first; a stronger layer wins (Guangxi 2017: a region over the nation)."""

    NATIONAL = "national"
    REGION = "region"
    OFFICE = "office"


_STRENGTH: Final = {layer: strength for strength, layer in enumerate(Layer)}


@dataclass(frozen=True)
class DayRule:
    """One day that is not as its weekday says.

    Attributes:
        working: True for a make-up working day, False for a day off.
        source: the notice or document that says so.
        affects_deadline: False for the office's own closures, which shorten nobody's rights.
    """

    day: date
    working: bool
    name: str
    layer: Layer = Layer.NATIONAL
    source: str = ""
    affects_deadline: bool = True


@dataclass(frozen=True)
class TraceLine:
    """Why a day counts or not: ``10月10日（周六，国庆节补班）计第3日``."""

    day: date
    ordinal: int | None
    reason: str
    source: str
    settled: bool

    def __str__(self) -> str:
        counted = f"计第{self.ordinal}日" if self.ordinal else "不计"
        return f"{self.day.month}月{self.day.day}日（周{WEEKDAYS[self.day.weekday()]}，{self.reason}）{counted}"


@dataclass(frozen=True)
class Deadline:
    """The last day of a number of working days, with the reason for every day on the way.

    Attributes:
        final: False when a day on the way may still change (暂定).
        warning: a Chinese sentence when the date may come earlier once next year's notice is out.
    """

    start: date
    count: int
    due: date
    final: bool
    trace: tuple[TraceLine, ...]
    warning: str | None


@dataclass(frozen=True)
class WorkingCalendar:
    """The calendar that holds for one sub-district.

    Attributes:
        days: day -> the strongest rule about it that counts for deadlines.
        official: years whose State Council notice is in force here.
    """

    days: Mapping[date, DayRule] = field(default_factory=dict)
    official: frozenset[int] = frozenset()

    def is_working_day(self, day: date) -> bool:
        rule = self.days.get(day)
        if rule is not None:
            return rule.working
        if day.weekday() >= SATURDAY:
            return False
        return day.year in self.official or day not in statutory_days(day.year)

    def is_settled(self, day: date) -> bool:
        """Whether no later notice can change this day any more."""
        if day.year not in self.official:
            return False
        return (day.month, day.day) < GUARDED_FROM or day.year + 1 in self.official

    def add_working_days(self, start: date, count: int) -> date:
        """The last of `count` working days after `start`; `start` itself is day zero.

        Raises:
            Invalid: `count` is below 1, or `start` lies before 2007.
        """
        check_countable(start, count)
        day = start
        for _ in range(SEARCH_LIMIT_DAYS):
            day += timedelta(days=1)
            count -= self.is_working_day(day)
            if count == 0:
                return day
        raise Invalid("期限太长，算不出日期。")

    def working_days_before(self, day: date, count: int) -> date:
        """The `count`-th working day before `day`; `day` itself when `count` is 0."""
        for _ in range(SEARCH_LIMIT_DAYS):
            if count <= 0:
                return day
            day -= timedelta(days=1)
            count -= self.is_working_day(day)
        raise Invalid("期限太长，算不出日期。")

    def working_days_of_month(self, year: int, month: int) -> list[date]:
        first = date(year, month, 1)
        days = (first + timedelta(days=n) for n in range(31))
        return [day for day in days if day.month == month and self.is_working_day(day)]

    def is_final(self, start: date, due: date) -> bool:
        """Whether every day after `start` up to `due` is settled."""
        return all(self.is_settled(day) for day in _days_between(start, due))

    def explain(self, start: date, count: int) -> Deadline:
        """The deadline and, for every day after `start`, whether it counts and why."""
        due = self.add_working_days(start, count)
        trace, ordinal = [], 0
        for day in _days_between(start, due):
            working = self.is_working_day(day)
            ordinal += working
            reason, source = self._reason(day)
            trace.append(TraceLine(day, ordinal if working else None, reason, source, self.is_settled(day)))
        final = all(line.settled for line in trace)
        return Deadline(start, count, due, final, tuple(trace), None if final else _warning(due))

    def _reason(self, day: date) -> tuple[str, str]:
        rule = self.days.get(day)
        if rule is not None:
            if rule.working:
                return f"{rule.name}补班", rule.source
            return f"{rule.name}放假", rule.source
        if day.weekday() >= SATURDAY:
            return "周末", ""
        if day.year not in self.official and day in statutory_days(day.year):
            return f"{statutory_days(day.year)[day]}法定假日（暂定）", "全国年节及纪念日放假办法"
        return "工作日" if self.is_settled(day) else "工作日（暂定）", ""


def resolve(rules: Iterable[DayRule]) -> dict[date, DayRule]:
    """The strongest rule of each day, leaving out those that do not touch deadlines."""
    strongest: dict[date, DayRule] = {}
    for rule in rules:
        other = strongest.get(rule.day)
        if rule.affects_deadline and (other is None or _STRENGTH[rule.layer] >= _STRENGTH[other.layer]):
            strongest[rule.day] = rule
    return strongest


def check_countable(start: date, count: int) -> None:
    """
    Raises:
        Invalid: `count` is below 1, or `start` lies before 2007.
    """
    if count < 1:
        raise Invalid("工作日数至少是 1。", fields={"days": "工作日数至少是 1。"})
    if start.year < FIRST_YEAR:
        raise Invalid("{year} 年以前没有放假安排数据，不能计算。", year=FIRST_YEAR)


def affected(start: date, due: date, changed: Iterable[date]) -> bool:
    """Whether a deadline can move when these days change: exactly those inside ``(start, due]`` matter."""
    return any(start < day <= due for day in changed)


@lru_cache(maxsize=128)
def statutory_days(year: int) -> Mapping[date, str]:
    """The statutory holidays themselves (Measures as revised 2024, art. 2): all that is known without a notice.

    Counting these and no make-up days is the provisional rule: over 2008–2026 it gives the true date in 83 % of
    starts and is never later than the rule with substitutes. Beyond the bundled festivals only fixed days are known.
    """
    days = {date(year, 1, 1): "元旦", date(year, 5, 1): "劳动节", date(year, 5, 2): "劳动节"}
    days.update({date(year, 10, n): "国庆节" for n in (1, 2, 3)})
    if year in FESTIVALS:
        spring, qingming, dragon, moon = (date.fromisoformat(f"{year}-{text}") for text in FESTIVALS[year])
        days.update({spring + timedelta(days=n): "春节" for n in range(-1, 3)})
        days.update({qingming: "清明节", dragon: "端午节", moon: "中秋节"})
    return days


def _days_between(start: date, due: date) -> list[date]:
    return [start + timedelta(days=n) for n in range(1, (due - start).days + 1)]


def _warning(due: date) -> str | None:
    near = [name for day, name in statutory_days(due.year).items() if abs((day - due).days) <= WARN_DAYS]
    if any(name in ("春节", "国庆节") for name in near):
        return "放假安排公布后，这个日期可能提前。"
    return "放假安排公布后，这个日期可能变动。"
