"""Days that do not count: a pause, and the date that follows from it, day by day."""

from datetime import date

from workflows.cases import clock_rules
from workflows.cases.clock_rules import Pause
from workflows.workdays import seed

CALENDAR = seed.bundled()
START = date(2026, 9, 24)  # seven working days end on Monday 12 October: Mid-Autumn, National Day, a worked Saturday
PAUSE = Pause(date(2026, 9, 28), date(2026, 10, 9), "等待上级机关答复")


def test_a_pause_takes_the_working_days_after_its_first_day_up_to_its_last() -> None:
    days = clock_rules.paused_days(CALENDAR, [PAUSE])
    assert list(days) == [date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 9)]
    assert set(days.values()) == {"暂停：等待上级机关答复"}


def test_a_pause_that_ends_on_its_first_day_takes_nothing() -> None:
    assert clock_rules.paused_days(CALENDAR, [Pause(PAUSE.start, PAUSE.start, "x")]) == {}


def test_the_date_moves_by_as_many_working_days_and_says_why() -> None:
    skipped = clock_rules.paused_days(CALENDAR, [PAUSE])
    assert CALENDAR.add_working_days(START, 7) == date(2026, 10, 12)
    explained = CALENDAR.explain(START, 7, skipped)
    assert explained.due == CALENDAR.last_day(START, 7, skipped) == date(2026, 10, 16)
    lines = {line.day: line for line in explained.trace}
    assert [day for day, line in lines.items() if line.ordinal] == [
        date(2026, 9, 28),
        date(2026, 10, 10),
        *(date(2026, 10, day) for day in range(12, 17)),
    ]
    assert str(lines[date(2026, 9, 29)]) == "9月29日（周二，暂停：等待上级机关答复）不计"
    assert lines[date(2026, 10, 16)].ordinal == 7
    assert "国庆节" in lines[date(2026, 10, 5)].reason  # a day off is a day off, paused or not


def test_pauses_after_the_last_day_move_nothing() -> None:
    late = clock_rules.paused_days(CALENDAR, [Pause(date(2026, 10, 12), date(2026, 10, 20), "x")])
    assert CALENDAR.last_day(START, 7, late) == date(2026, 10, 12)


def test_all_pauses_together_end_when_their_limit_is_used_up() -> None:
    today = date(2026, 10, 12)
    end = clock_rules.latest_end(CALENDAR, today, limit=15, before=[PAUSE])
    assert len(clock_rules.paused_days(CALENDAR, [PAUSE, Pause(today, end, "x")])) == 15
    assert clock_rules.latest_end(CALENDAR, today, limit=4, before=[PAUSE]) == today
