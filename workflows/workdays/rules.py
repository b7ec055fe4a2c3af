"""Working days: layers, provisional dates, deadlines with their reasons. No I/O.

Start day is day zero, working or not (Civil Code arts. 201, 203 by analogy; domain Q01, Q02). The calendar of a year
follows the State Council's notice; a year without one is counted by its statutory holidays alone and every date that
depends on it is 暂定 (provisional), as is one that reaches the last days of December before next year's notice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Final, Self

from workflows.errors import Invalid
from workflows.workdays.lunar import FESTIVALS

SATURDAY: Final = 5
FIRST_YEAR: Final = 2007  # before it nothing is known for certain
LAST_YEAR: Final = max(FESTIVALS)  # after it the lunar festivals are unknown
GUARDED_FROM: Final = (12, 20)  # next year's notice has changed days from 29 December on; make-up days reach 11 further
WARN_DAYS: Final = 14
REMIND_FROM: Final = (10, 20)  # notices came out between 25 October and 18 December (calendar §2, §4.4)
ALARM_FROM: Final = (12, 1)
WEEKDAYS: Final = "一二三四五六日"


class Layer(StrEnum):
    """Who decided about a day, weakest first; a stronger layer wins (Guangxi 2017: a region over the nation)."""

    NATIONAL = "national"
    REGION = "region"
    OFFICE = "office"


class YearStatus(StrEnum):
    """What is known of a year; a year without any row is `UNPUBLISHED`."""

    UNPUBLISHED = "unpublished"
    DRAFT = "draft"
    OFFICIAL = "official"


YEAR_STATUS_NAMES: Final = {
    YearStatus.UNPUBLISHED: "未公布",
    YearStatus.DRAFT: "草稿",
    YearStatus.OFFICIAL: "正式",
}
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
        closures: days on which this office is closed by its own decision; they count all the same.
    """

    days: Mapping[date, DayRule] = field(default_factory=dict)
    official: frozenset[int] = frozenset()
    closures: Mapping[date, DayRule] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Iterable[DayRule], official: Iterable[int]) -> Self:
        """The calendar in which these rules are in force."""
        rules = list(rules)
        closures = {rule.day: rule for rule in rules if not (rule.affects_deadline or rule.working)}
        return cls(resolve(rules), frozenset(official), closures)

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
            Invalid: `count` is below 1, or the days are not all within 2007–2060.
        """
        check_countable(start, count)
        working = self._index.working
        last = bisect_right(working, start.toordinal()) + count - 1
        if last >= len(working):
            raise Invalid("期限超出了 {year} 年，没有那么远的日历，算不出日期。", year=LAST_YEAR)
        return date.fromordinal(working[last])

    def last_day(self, start: date, count: int, skipped: Collection[date] = ()) -> date:
        """As `add_working_days`, when these days do not count although they are worked (a pause of the clock).

        Raises:
            Invalid: as there.
        """
        passed = 0
        while True:
            due = self.add_working_days(start, count + passed)
            now_passed = sum(start < day <= due and self.is_working_day(day) for day in skipped)
            if now_passed == passed:
                return due
            passed = now_passed

    def working_days_after(self, start: date, end: date) -> list[date]:
        """The working days after `start` up to `end`."""
        return [day for day in _days_between(start, end) if self.is_working_day(day)]

    def working_days_before(self, day: date, count: int) -> date:
        """The `count`-th working day before `day`; `day` itself, working or not, when `count` is 0.

        Raises:
            Invalid: `count` is negative, or the days are not all within 2007–2060.
        """
        if count < 0:
            raise Invalid("工作日数不能是负数。", fields={"days": "工作日数不能是负数。"})
        if count == 0:
            return day
        _must_be_known(day)
        working = self._index.working
        found = bisect_left(working, day.toordinal()) - count
        if found < 0:
            raise Invalid("{year} 年以前没有放假安排数据，不能计算。", year=FIRST_YEAR)
        return date.fromordinal(working[found])

    def nth_working_day_of_month(self, year: int, month: int, nth: int) -> date:
        """The `nth` working day of a month; -1 is its last, -5 the fifth from its end.

        Raises:
            Invalid: the month has no such day, or lies outside 2007–2060.
        """
        first = date(year, month, 1)
        _must_be_known(first)
        working = self._index.working
        begin = bisect_left(working, first.toordinal())
        end = bisect_left(working, (first + timedelta(days=31)).replace(day=1).toordinal())
        wanted = begin + nth - 1 if nth > 0 else end + nth
        if nth == 0 or not begin <= wanted < end:
            raise Invalid("{year} 年 {month} 月没有第 {nth} 个工作日。", year=year, month=month, nth=nth)
        return date.fromordinal(working[wanted])

    def is_final(self, start: date, due: date) -> bool:
        """Whether every day after `start` up to `due` is settled."""
        unsettled = self._index.unsettled
        return bisect_right(unsettled, start.toordinal()) == bisect_right(unsettled, due.toordinal())

    def explain(self, start: date, count: int, skipped: Mapping[date, str] | None = None) -> Deadline:
        """The deadline and, for every day after `start`, whether it counts and why.

        Args:
            skipped: working days that do not count for this deadline -> why not.

        Raises:
            Invalid: `count` is below 1, or the days are not all within 2007–2060.
        """
        skipped = skipped or {}
        due = self.last_day(start, count, skipped)
        trace, ordinal = [], 0
        for day in _days_between(start, due):
            passed = day in skipped and self.is_working_day(day)
            working = self.is_working_day(day) and not passed
            ordinal += working
            reason, source = (skipped[day], "") if passed else self._reason(day)
            trace.append(TraceLine(day, ordinal if working else None, reason, source, self.is_settled(day)))
        final = self.is_final(start, due)
        return Deadline(start, count, due, final, tuple(trace), None if final else _warning(due))

    @cached_property
    def _index(self) -> "_Index":
        """Every working day in order: 100,000 deadlines are asked for at once, and a search beats a walk."""
        first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
        days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
        return _Index(
            [day.toordinal() for day in days if self.is_working_day(day)],
            [day.toordinal() for day in days if not self.is_settled(day)],
        )

    def _reason(self, day: date) -> tuple[str, str]:
        rule = self.days.get(day)
        if rule is not None:
            return f"{rule.name}{'补班' if rule.working else '放假'}", rule.source
        if day.weekday() >= SATURDAY:
            return "周末", ""
        if day.year not in self.official and day in statutory_days(day.year):
            return f"{statutory_days(day.year)[day]}法定假日，暂定", "全国年节及纪念日放假办法"
        closure = self.closures.get(day)
        if closure is not None:
            return f"本机关{closure.name}，不影响期限", closure.source
        return "工作日" if self.is_settled(day) else "工作日，暂定", ""


@dataclass(frozen=True)
class _Index:
    """Day ordinals in ascending order."""

    working: list[int]
    unsettled: list[int]


def local_day(
    day: date, *, working: bool, name: str, layer: Layer, source: str, affects_deadline: bool | None = None
) -> DayRule:
    """A day of a region or an office, with the default of calendar §4.6 for what it does to deadlines.

    A region's holiday moves deadlines; what an office decides for itself does not, unless it was ordered to
    (a stoppage for a typhoon), which whoever enters it says.
    """
    affects = layer is not Layer.OFFICE if affects_deadline is None else affects_deadline
    return DayRule(day, working, name, layer, source, affects)


def resolve(rules: Iterable[DayRule]) -> dict[date, DayRule]:
    """The strongest rule of each day, leaving out those that do not touch deadlines; of equals the later one."""
    strongest: dict[date, DayRule] = {}
    for rule in rules:
        other = strongest.get(rule.day)
        if rule.affects_deadline and (other is None or _STRENGTH[rule.layer] >= _STRENGTH[other.layer]):
            strongest[rule.day] = rule
    return strongest


def check_countable(start: date, count: int, *, today: date | None = None) -> None:
    """Refuse what has no deadline.

    Args:
        today: the Beijing date when a real receipt is meant; None for a calculation, which may look ahead.

    Raises:
        Invalid: `count` is below 1, `start` lies outside 2007–2060 or, when told the date, in the future.
    """
    if count < 1:
        raise Invalid("工作日数至少是 1。", fields={"days": "工作日数至少是 1。"})
    _must_be_known(start)
    if today is not None and start > today:
        raise Invalid("起算日期不能晚于今天，请核对接待日期。", fields={"start": "起算日期不能晚于今天。"})


def notice_title(year: int) -> str:
    """The title of a year's notice; it has been the same since 2007."""
    return f"国务院办公厅关于{year}年部分节假日安排的通知"


def affected(start: date, due: date, changed: Iterable[date]) -> bool:
    """Whether a deadline can move when these days change: exactly those inside ``(start, due]`` matter."""
    return any(start < day <= due for day in changed)


def missing_year(today: date, official: Iterable[int], *, since: tuple[int, int]) -> int | None:
    """The first year that ought to be official by now and is not: this one, or the next from `since` on."""
    wanted = [today.year, *([today.year + 1] if (today.month, today.day) >= since else [])]
    known = set(official)
    return next((year for year in wanted if year not in known), None)


@lru_cache(maxsize=128)
def statutory_days(year: int) -> Mapping[date, str]:
    """The statutory holidays themselves (Measures as revised 2024, art. 2): all that is known without a notice.

    Counting these and no make-up days is the provisional rule: over 2008–2026 it gives the true date in 83 % of
    starts and is never later than the rule with substitutes. Beyond the bundled festivals only fixed days are known.
    """
    days = {date(year, 1, 1): "元旦", date(year, 5, 1): "劳动节", date(year, 5, 2): "劳动节"}
    if year in FESTIVALS:
        spring, qingming, dragon, moon = (date.fromisoformat(f"{year}-{text}") for text in FESTIVALS[year])
        days.update({spring + timedelta(days=n): "春节" for n in range(-1, 3)})
        days.update({qingming: "清明节", dragon: "端午节", moon: "中秋节"})
    days.update({date(year, 10, n): "国庆节" for n in (1, 2, 3)})  # in 2031 the moon festival is one of them
    return days


def _days_between(start: date, due: date) -> list[date]:
    return [start + timedelta(days=n) for n in range(1, (due - start).days + 1)]


def _must_be_known(day: date) -> None:
    if day.year < FIRST_YEAR:
        raise Invalid("{year} 年以前没有放假安排数据，不能计算。", year=FIRST_YEAR)
    if day.year > LAST_YEAR:
        raise Invalid("{year} 年以后没有农历节日数据，不能计算。", year=LAST_YEAR)


def _warning(due: date) -> str:
    near = {name for day, name in statutory_days(due.year).items() if abs((day - due).days) <= WARN_DAYS}
    if near & {"春节", "国庆节"}:
        return "临近春节或国庆节，放假安排公布后可能提前，请提早办理。"
    return "放假安排公布后，这个日期可能变动。"
