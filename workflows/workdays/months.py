"""Deadlines counted in calendar months, with their reasons. No I/O.

The day a period begins on does not count (民法典 201); it ends on the corresponding day of the last month, on that
month's last day when there is none (202); a last day that is no working day moves to the next one (203, weekends by
analogy). It ends at 24:00, or when the office closes.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from workflows.errors import Invalid
from workflows.workdays.rules import LAST_YEAR, TraceLine, WorkingCalendar

LAW = "《民法典》第二百零一条、第二百零二条、第二百零三条"
MONTHS_IN_YEAR = 12


@dataclass(frozen=True)
class MonthsDeadline:
    """The last day of a number of months and how it came about.

    Attributes:
        start: day zero.
        corresponding: the day the months end on, before rest days are looked at.
        month_end: the month has no corresponding day, so its last day stands for it.
        due: the last day.
        final: False when a notice that is not out yet may still move it (暂定).
        trace: the days from the corresponding day to the last one; only `due` counts.
    """

    start: date
    months: int
    corresponding: date
    month_end: bool
    due: date
    final: bool
    trace: tuple[TraceLine, ...]


def add_months(start: date, months: int) -> date:
    """The corresponding day so many months later, or else the last day of that month (民法典 202).

    Raises:
        Invalid: `months` is below 1, or the day lies after `LAST_YEAR`.
    """
    if months < 1:
        raise Invalid("期限至少要有 1 个月。", fields={"months": "期限至少要有 1 个月。"})
    index = start.year * MONTHS_IN_YEAR + start.month - 1 + months
    year, month = index // MONTHS_IN_YEAR, index % MONTHS_IN_YEAR + 1
    if year > LAST_YEAR:
        raise Invalid("期限超出了 {year} 年，没有那么远的日历，算不出日期。", year=LAST_YEAR)
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def months_before(day: date, months: int) -> date:
    """The corresponding day some months earlier, or the last of that month (Civil Code art. 202).

    Raises:
        ValueError: fewer than one month.
    """
    if months < 1:
        raise ValueError(f"months must be at least 1, got {months}")
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_deadline(calendar: WorkingCalendar, start: date, months: int) -> MonthsDeadline:
    """The last day of so many months after `start`, which is day zero.

    Raises:
        Invalid: as `add_months`, or a day of which no calendar is known.
    """
    corresponding = add_months(start, months)
    before = corresponding - timedelta(days=1)
    due = calendar.add_working_days(before, 1)
    return MonthsDeadline(
        start,
        months,
        corresponding,
        corresponding.day != start.day,
        due,
        calendar.is_final(before, due),
        calendar.explain(before, 1).trace,
    )


def sentence(deadline: MonthsDeadline) -> str:
    """How it was counted, for people: ``9月30日交办当天不计，3个月的对应日是12月30日。``"""
    start, day = deadline.start, deadline.corresponding
    found = "没有对应日，以月末为准：" if deadline.month_end else "的对应日是"
    words = f"{start.year}年{start.month}月{start.day}日当天不计，{deadline.months}个月后{found}"
    words += f"{day.year}年{day.month}月{day.day}日"
    if deadline.due == day:
        return f"{words}，这一天是期限的最后一天。"
    rest = deadline.trace[0].reason
    due = deadline.due
    return f"{words}（{rest}），顺延到之后的第一个工作日：{due.year}年{due.month}月{due.day}日。"
