"""Timers as clerks write them, against the working calendar around National Day 2026."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.clock import BEIJING, beijing_moment
from workflows.engine import timer_rules
from workflows.engine.expressions import Environment, ExpressionError
from workflows.engine.timer_rules import TimerRuleError
from workflows.errors import Invalid

OFF = {date(2026, 9, 25), date(2026, 9, 26), date(2026, 9, 27)} | {date(2026, 10, day) for day in range(1, 8)}
WORKED_WEEKENDS = {date(2026, 9, 20), date(2026, 10, 10)}


class Autumn2026:
    """Mid-Autumn and National Day 2026, with the weekend days worked in exchange."""

    def is_working_day(self, day: date) -> bool:
        return day in WORKED_WEEKENDS or (day.weekday() < 5 and day not in OFF)

    def add_working_days(self, start: date, n: int, /) -> date:
        return self._step(start, n, timedelta(days=1))

    def working_days_before(self, day: date, n: int, /) -> date:
        return self._step(day, n, timedelta(days=-1))

    def _step(self, day: date, n: int, step: timedelta) -> date:
        for _ in range(4000):
            day += step
            n -= self.is_working_day(day)
            if n == 0:
                return day
        raise ValueError("no such day")


RECEIVED = datetime(2026, 9, 24, 6, 30, tzinfo=UTC)  # Thursday, 14:30 in Beijing
ENVIRONMENT = Environment(today=date(2026, 9, 24), calendar=Autumn2026)
DATA: dict[str, Any] = {
    "case": {
        "respond_by": "2026-10-12",
        "closed_at": "2026-10-01T18:00:00+00:00",
        "title": "路灯",
        "none": None,
    },
    "start": {"received": "2026-09-24", "wait": "5个工作日"},
    "截止日": "2026-10-12",
}


def due(text: str, base: datetime = RECEIVED) -> str:
    """The due moment, as a Beijing wall clock shows it."""
    moment = timer_rules.compile(text).due(base, DATA, ENVIRONMENT)
    assert moment.tzinfo is UTC
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7个工作日", "2026-10-12 23:59:59"),
        ("5个工作日", "2026-10-09 23:59:59"),
        ("七个工作日", "2026-10-12 23:59:59"),
        ("７个工作日", "2026-10-12 23:59:59"),
        (" 7 个 工作日 ", "2026-10-12 23:59:59"),
        ("7工作日", "2026-10-12 23:59:59"),
        ("7 工作天", "2026-10-12 23:59:59"),
        ("7个工作日内", "2026-10-12 23:59:59"),
        ("7wd", "2026-10-12 23:59:59"),
        ("7 working days", "2026-10-12 23:59:59"),
        ("P7WD", "2026-10-12 23:59:59"),
        ('"7个工作日"', "2026-10-12 23:59:59"),
        ("'P7WD'", "2026-10-12 23:59:59"),
        ("“7个工作日”", "2026-10-12 23:59:59"),
        ("两个工作日", "2026-09-29 23:59:59"),
        ("十二个工作日", "2026-10-19 23:59:59"),
        ("3天", "2026-09-27 23:59:59"),
        ("三天后", "2026-09-27 23:59:59"),
        ("两周", "2026-10-08 23:59:59"),
        ("3个月", "2026-12-24 23:59:59"),
        ("一年", "2027-09-24 23:59:59"),
        ("10年", "2036-09-24 23:59:59"),
        ("48小时", "2026-09-26 14:30:00"),
        ("30分钟", "2026-09-24 15:00:00"),
        ("P7D", "2026-10-01 23:59:59"),
        ("P2W", "2026-10-08 23:59:59"),
        ("PT30M", "2026-09-24 15:00:00"),
        ("PT1H1M1S", "2026-09-24 15:31:01"),
        ("P1DT12H", "2026-09-26 02:30:00"),
        ("P1Y2M", "2027-11-24 23:59:59"),
        ("2026-10-08", "2026-10-08 23:59:59"),
        ("2026年10月8日", "2026-10-08 23:59:59"),
        ("2026-10-08T09:00:00+08:00", "2026-10-08 09:00:00"),
        ("2026-10-08T01:00:00Z", "2026-10-08 09:00:00"),
        ("case.respond_by前3个工作日", "2026-10-08 08:30:00"),
        ("case.respond_by前两个工作日", "2026-10-09 08:30:00"),
        ("case.respond_by 之前 3 个工作日", "2026-10-08 08:30:00"),
        ("case.respond_by后1个工作日", "2026-10-13 08:30:00"),
        ("case.respond_by前3天", "2026-10-09 08:30:00"),
        ("case.respond_by后十天", "2026-10-22 08:30:00"),
        ("case.respond_by当日", "2026-10-12 08:30:00"),
        ("case.closed_at后1天", "2026-10-03 08:30:00"),  # 18:00 UTC on the 1st is already the 2nd in Beijing
        ("截止日前1天", "2026-10-11 08:30:00"),
        ("2026-10-08前1个工作日", "2026-09-30 08:30:00"),
        ("(case.respond_by if case.title else start.received)前1天", "2026-10-11 08:30:00"),
        ("case.respond_by", "2026-10-12 23:59:59"),
        ("case.closed_at", "2026-10-02 02:00:00"),
        ("start.wait", "2026-10-09 23:59:59"),
        ("date(start.received) + days(3)", "2026-09-27 23:59:59"),
        ("workdays_after(start.received, 7)", "2026-10-12 23:59:59"),
        ("days(2)", "2026-09-26 23:59:59"),
        ("2020-01-01", "2020-01-01 23:59:59"),  # past: fires at once
    ],
)
def test_when_a_timer_fires(text: str, expected: str) -> None:
    assert due(text) == expected


def test_a_month_ends_on_its_last_day_when_the_day_is_missing() -> None:
    assert due("1个月", beijing_moment(date(2026, 1, 31), time(9))) == "2026-02-28 23:59:59"
    assert due("P1M", beijing_moment(date(2028, 1, 31), time(9))) == "2028-02-29 23:59:59"
    assert due("P1Y", beijing_moment(date(2028, 2, 29), time(9))) == "2029-02-28 23:59:59"


def test_day_zero_is_the_beijing_date() -> None:
    shortly_after_midnight = datetime(2026, 9, 24, 16, 5, tzinfo=UTC)  # 25 September in Beijing
    assert due("3天", shortly_after_midnight) == "2026-09-28 23:59:59"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "是空的"),
        ("  ", "是空的"),
        ('""', "是空的"),
        ("R/PT1H", "循环"),
        ("R3/2026-01-01T00:00:00Z/P1D", "循环"),
        ("2026-10-08T09:00:00", "时区"),
        ("2026-10-08 09:00", "时区"),
        ("2026-10-08T25:00:00+08:00", "不是有效的时间"),
        ("2026-02-30", "没有“2026-02-30”这一天"),
        ("2026年2月30日", "这一天"),
        ("2026-02-30前3天", "这一天"),
        ("0002-01-01", "年份2"),
        ("0个工作日", "必须大于0"),
        ("-3天", "不能是负数"),
        ("-P1D", "不能是负数"),
        ("P-1D", "不能是负数"),
        ("PT0S", "必须大于0"),
        ("P0D", "必须大于0"),
        ("P1.5D", "看不懂计时规则"),
        ("P7DX", "看不懂计时规则"),
        ("PT", "看不懂计时规则"),
        ("P99999999999D", "最多10年"),
        ("PT99999999999H", "最多10年"),
        ("99999999999999999999天", "太大"),
        ("4000天", "最多10年"),
        ("9999个工作日", "最多10年"),
        ("11年", "最多10年"),
        ("case.respond_by前9999天", "最多10年"),
        ("case.respond_by前0天", "必须大于0"),
        ("7 bananas", "看不懂计时规则"),
        ('"bananas"', "看不懂计时规则"),
        ("7", "看不懂计时规则"),
        ("open('x')前3天", "没有名为“open”的函数"),
        ("a" * 3000, "太长"),
    ],
)
def test_what_is_refused_when_publishing(text: str, sentence: str) -> None:
    with pytest.raises(TimerRuleError) as caught:
        timer_rules.compile(text)
    assert sentence in caught.value.message


@pytest.mark.parametrize("text", ["P", "七天半", "soon"])
def test_a_single_word_is_taken_for_the_name_of_data_and_reported(text: str) -> None:
    rule = timer_rules.compile(text)
    assert rule.names == {text}
    with pytest.raises(ExpressionError, match=f"没有名为“{text}”的数据"):
        rule.due(RECEIVED, DATA, ENVIRONMENT)


@pytest.mark.parametrize(
    "text",
    ["case.title", "case.none", "case.title前3天", "case.none当日", "len(case.title)", "date('2099-01-01')"],
)
def test_data_that_gives_no_moment_is_said(text: str) -> None:
    with pytest.raises(TimerRuleError, match=r"无法计时|年以后"):
        due(text)


@pytest.mark.parametrize("text", ["days(0)", "days(-2)", "today() - date(start.received)"])
def test_a_span_that_is_not_ahead_is_refused(text: str) -> None:
    with pytest.raises(TimerRuleError, match="必须大于0"):
        due(text)


class YearNotPublished(Autumn2026):
    def add_working_days(self, start: date, n: int, /) -> date:
        raise Invalid("{year} 年没有放假安排数据，不能计算。", year=start.year)


@pytest.mark.parametrize("text", ["3个工作日", "start.received后3个工作日", "workdays_after(start.received, 3)"])
def test_what_the_calendar_refuses_is_passed_on(text: str) -> None:
    environment = Environment(today=date(2026, 9, 24), calendar=YearNotPublished)
    with pytest.raises((TimerRuleError, ExpressionError), match="2026 年没有放假安排数据"):
        timer_rules.compile(text).due(RECEIVED, DATA, environment)


@pytest.mark.parametrize("rule", ["case.none前3个工作日", "case.none当日", "case.none", "start.empty后1天"])
def test_a_date_that_may_be_missing_is_not_waited_for_when_the_rule_says_so(rule: str) -> None:
    data = {**DATA, "start": {"empty": ""}}
    allowed = timer_rules.compile(f"{rule}（没有日期不计时）")
    assert not allowed.waits(data, ENVIRONMENT)
    strict = timer_rules.compile(rule)
    assert strict.waits(data, ENVIRONMENT)  # an empty date that nobody allowed is a fault, not silence
    with pytest.raises(TimerRuleError, match="无法计时"):
        strict.due(RECEIVED, data, ENVIRONMENT)


def test_a_rule_that_may_be_without_a_date_fires_as_any_other_when_there_is_one() -> None:
    for brackets in ("（没有日期不计时）", " (没有日期不计时)"):
        assert due(f"case.respond_by前3个工作日{brackets}") == "2026-10-08 08:30:00"
        assert due(f"case.respond_by{brackets}") == "2026-10-12 23:59:59"
    rule = timer_rules.compile("case.respond_by前3个工作日（没有日期不计时）")
    assert rule.waits(DATA, ENVIRONMENT)
    assert (rule.paths, rule.text) == ({"case.respond_by"}, "case.respond_by前3个工作日（没有日期不计时）")
    with pytest.raises(ExpressionError, match="answer_by"):
        timer_rules.compile("case.answer_by前3天（没有日期不计时）").waits(DATA, ENVIRONMENT)


@pytest.mark.parametrize("fixed", ["7个工作日", "2026-10-08", "48小时", "2026-10-08前3天"])
def test_a_rule_that_reads_no_date_can_not_be_without_one(fixed: str) -> None:
    with pytest.raises(TimerRuleError, match="只能写在"):
        timer_rules.compile(f"{fixed}（没有日期不计时）")


def test_a_missing_fact_is_an_expression_fault() -> None:
    with pytest.raises(ExpressionError, match="answer_by"):
        due("case.answer_by前3天")


def test_a_rule_tells_what_it_reads() -> None:
    assert not timer_rules.compile("7个工作日").depends_on_data
    rule = timer_rules.compile("case.respond_by前3个工作日")
    assert rule.depends_on_data
    assert rule.names == {"case"}
    assert rule.paths == {"case.respond_by"}
    assert rule.text == "case.respond_by前3个工作日"


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("0123456789PTYMWDHSR/-:+ .个工作日天周月年前后当第每十七两case_'\"()"),
        max_size=20,
    )
)
def test_any_text_is_read_or_refused_in_one_way(text: str) -> None:
    for compiling in (timer_rules.compile, timer_rules.compile_schedule):
        try:
            compiling(text)
        except TimerRuleError as error:
            assert error.message.endswith("。")  # noqa: PT017 - a rule is right as well
