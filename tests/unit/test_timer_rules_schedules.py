"""Processes that start by themselves: month ends, quarter ends, weekdays."""

from datetime import date, datetime, time, timedelta

import pytest

from tests.unit.test_timer_rules import Autumn2026
from workflows.clock import BEIJING, beijing_moment
from workflows.engine.timer_rules import TimerRuleError, compile_schedule

CALENDAR = Autumn2026()


def occurrences(text: str, after: date, count: int = 3, at: time = time(0)) -> list[str]:
    schedule, moment, found = compile_schedule(text), beijing_moment(after, at), []
    for _ in range(count):
        moment = schedule.next_after(moment, CALENDAR)
        found.append(f"{moment.astimezone(BEIJING):%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "每月倒数第5个工作日",
            ["09-23 08:30", "10-26 08:30", "11-24 08:30"],
        ),  # 23, 24, 28, 29, 30 September
        ("每月倒数第五个工作日", ["09-23 08:30", "10-26 08:30", "11-24 08:30"]),
        ("每月第3个工作日", ["10-10 08:30", "11-04 08:30", "12-03 08:30"]),
        ("每月最后一个工作日", ["09-30 08:30", "10-30 08:30", "11-30 08:30"]),
        ("每月25日", ["09-25 08:30", "10-25 08:30", "11-25 08:30"]),
        ("每月二十五号 17:05", ["09-25 17:05", "10-25 17:05", "11-25 17:05"]),
        ("每月31日", ["09-30 08:30", "10-31 08:30", "11-30 08:30"]),
        ("每月最后一天 23:00", ["09-30 23:00", "10-31 23:00", "11-30 23:00"]),
        ("每季后第1个工作日", ["10-08 08:30", "01-01 08:30", "04-01 08:30"]),
        ("每季度结束后第3个工作日", ["10-10 08:30", "01-05 08:30", "04-05 08:30"]),
        ("每季倒数第1个工作日", ["09-30 08:30", "12-31 08:30", "03-31 08:30"]),
        ("每年1月10日", ["01-10 08:30", "01-10 08:30", "01-10 08:30"]),
        ("每年十二月三十一日 0:00", ["12-31 00:00", "12-31 00:00", "12-31 00:00"]),
        ("每周一", ["09-21 08:30", "09-28 08:30", "10-05 08:30"]),
        ("每星期天 9:00", ["09-20 09:00", "09-27 09:00", "10-04 09:00"]),
        ("每天 06:00", ["09-20 06:00", "09-21 06:00", "09-22 06:00"]),
        ("“每天”", ["09-20 08:30", "09-21 08:30", "09-22 08:30"]),
        ("每个工作日", ["09-20 08:30", "09-21 08:30", "09-22 08:30"]),
    ],
)
def test_when_a_schedule_comes_next(text: str, expected: list[str]) -> None:
    assert occurrences(text, date(2026, 9, 20)) == expected


def test_an_occurrence_is_never_repeated() -> None:
    on_time = time(8, 30)
    assert occurrences("每天", date(2026, 9, 20), 1, on_time) == ["09-21 08:30"]
    assert occurrences("每月25日", date(2026, 9, 25), 1, on_time) == ["10-25 08:30"]


def test_the_holiday_week_is_skipped_by_working_days() -> None:
    assert occurrences("每个工作日", date(2026, 10, 1), 4) == [
        "10-08 08:30",
        "10-09 08:30",
        "10-10 08:30",
        "10-12 08:30",
    ]


def test_29_february_comes_on_28_february_in_other_years() -> None:
    assert occurrences("每年2月29日", date(2026, 1, 1)) == ["02-28 08:30", "02-28 08:30", "02-29 08:30"]


def test_a_month_with_too_few_working_days_gives_its_last() -> None:
    assert occurrences("每月第20个工作日", date(2026, 10, 1), 1) == ["10-30 08:30"]  # October 2026 has 18


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("每个月倒数第五个工作日", "每月倒数第5个工作日 08:30"),
        ("每季度后第1个工作日 9:00", "每季后第1个工作日 09:00"),
        ("每月最后一个工作日", "每月倒数第1个工作日 08:30"),
        ("每年一月十日", "每年1月10日 08:30"),
        ("每周天", "每周日 08:30"),
        ("每日", "每天 08:30"),
        ("每月最后1天", "每月最后一天 08:30"),
    ],
)
def test_a_schedule_describes_itself(text: str, wording: str) -> None:
    assert compile_schedule(text).describe() == wording
    assert compile_schedule(wording).describe() == wording


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "是空的"),
        ("7个工作日", "看不懂定时规则"),
        ("R/P1D", "看不懂定时规则"),
        ("每月32日", "每月没有32日"),
        ("每月0日", "必须大于0"),
        ("每年13月1日", "没有13月"),
        ("每年2月30日", "2月没有30日"),
        ("每月第24个工作日", "最多写23"),
        ("每天 24:00", "没有“24:00”"),
        ("每天 08:60", "没有“08:60”"),
        ("每周八", "看不懂定时规则"),
    ],
)
def test_what_a_schedule_can_not_say(text: str, sentence: str) -> None:
    with pytest.raises(TimerRuleError, match=sentence):
        compile_schedule(text)


def test_a_moment_without_offset_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="aware"):
        compile_schedule("每天").next_after(datetime(2026, 1, 1) + timedelta(0), CALENDAR)  # noqa: DTZ001
