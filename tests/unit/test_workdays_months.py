"""Periods of months: corresponding days, month ends, rest days (民法典 201 to 203)."""

from datetime import date

import pytest

from workflows.errors import Invalid
from workflows.workdays import seed
from workflows.workdays.months import add_months, months_before, months_deadline, sentence

CALENDAR = seed.bundled()

CORRESPONDING = [
    ("2026-03-02", 3, "2026-06-02"),
    ("2026-01-31", 1, "2026-02-28"),  # no corresponding day: the month's last
    ("2024-01-31", 1, "2024-02-29"),  # a leap year has one more
    ("2025-11-30", 3, "2026-02-28"),
    ("2023-11-30", 3, "2024-02-29"),
    ("2024-02-29", 12, "2025-02-28"),
    ("2026-08-31", 6, "2027-02-28"),
    ("2026-12-15", 1, "2027-01-15"),  # over the turn of the year
    ("2026-12-31", 12, "2027-12-31"),
    ("2026-02-28", 1, "2026-03-28"),  # the corresponding day, not the month's end
]

LAST_DAYS = [
    ("2026-03-02", 3, "2026-06-02", "周二，工作日"),
    ("2026-01-31", 1, "2026-02-28", "a Saturday that is worked: the last day stays"),
    ("2025-11-30", 3, "2026-02-28", "the same day, three months before"),
    ("2026-07-01", 3, "2026-10-08", "National Day: the first day after the holiday"),
    ("2026-04-06", 6, "2026-10-08", "in the middle of the holiday"),
    ("2026-03-13", 3, "2026-06-15", "a Saturday: Monday"),
    ("2026-03-14", 3, "2026-06-15", "a Sunday: Monday"),
    ("2026-07-10", 3, "2026-10-10", "a Saturday worked for the holiday"),
    ("2025-11-17", 3, "2026-02-24", "Spring Festival: nine days, then Tuesday"),
]


@pytest.mark.parametrize(("start", "months", "expected"), CORRESPONDING)
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(start: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(start), months).isoformat() == expected


@pytest.mark.parametrize(("start", "months", "expected", "why"), LAST_DAYS)
def test_a_last_day_without_work_moves_to_the_next_working_day(
    start: str, months: int, expected: str, why: str
) -> None:
    deadline = months_deadline(CALENDAR, date.fromisoformat(start), months)
    assert deadline.due.isoformat() == expected, why
    assert CALENDAR.is_working_day(deadline.due)
    assert deadline.trace[-1].day == deadline.due
    assert [line.day for line in deadline.trace if line.ordinal] == [deadline.due]


def test_the_reason_names_day_zero_the_corresponding_day_and_the_holiday() -> None:
    text = sentence(months_deadline(CALENDAR, date(2026, 7, 1), 3))
    assert text == (
        "2026年7月1日当天不计，3个月后的对应日是2026年10月1日（国庆节放假），顺延到之后的第一个工作日：2026年10月8日。"
    )
    assert "没有对应日，以月末为准：2026年2月28日" in sentence(months_deadline(CALENDAR, date(2026, 1, 31), 1))


def test_a_last_day_in_a_year_without_notice_is_provisional() -> None:
    assert months_deadline(CALENDAR, date(2026, 3, 2), 3).final
    assert not months_deadline(CALENDAR, date(2026, 11, 2), 3).final


@pytest.mark.parametrize("months", [0, -1])
def test_less_than_a_month_is_refused(months: int) -> None:
    with pytest.raises(Invalid):
        add_months(date(2026, 3, 2), months)


def test_a_day_beyond_every_calendar_is_refused() -> None:
    with pytest.raises(Invalid, match="2060"):
        add_months(date(2060, 11, 1), 3)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2028, 4, 1), 24, date(2026, 4, 1)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 15), 13, date(2025, 12, 15)),
    ],
)
def test_months_are_counted_back_to_the_corresponding_day(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before
