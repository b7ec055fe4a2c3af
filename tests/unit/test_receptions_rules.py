"""Days, rotation and duty of reception days, and who may arrange them."""

from datetime import date

import pytest

from workflows.actor import Actor, Membership, the_clock
from workflows.errors import Invalid, NotAllowed
from workflows.receptions import rules
from workflows.receptions.rules import Candidate, Duty, Kind, Slot


def workday(day: date) -> bool:
    return day.weekday() < 5


def somebody(role: str, unit: str | None = None) -> Actor:
    return Actor("u", "某人", "s", frozenset({Membership(role, unit)}), None)


def slot(day: str, starts: str = "09:00", ends: str = "11:00", venue: str = "") -> Slot:
    return Slot(date.fromisoformat(day), starts, ends, venue)


def year() -> list[Slot]:
    return [slot(f"2026-{month:02}-15") for month in range(1, 13)]


@pytest.mark.parametrize("actor", [somebody("街道人大工委"), somebody("工作站", "st1"), the_clock("s")])
def test_the_committee_the_own_station_and_the_clock_arrange(actor: Actor) -> None:
    rules.check_may_arrange(actor, "st1")
    assert rules.may_see_visits(actor, "st1")


@pytest.mark.parametrize("actor", [somebody("工作站", "st2"), somebody("代表"), somebody("承办单位", "st1")])
def test_nobody_else_arranges_or_sees_who_came(actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        rules.check_may_arrange(actor, "st1")
    assert not rules.may_see_visits(actor, "st1")


# --------------------------------------------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("month", "usual", "day"),
    [
        ("2026-04", 15, date(2026, 4, 15)),
        ("2026-03", 15, date(2026, 3, 16)),  # a Sunday: the next working day
        ("2026-02", 31, date(2026, 2, 27)),  # no 31st: the 28th is a Saturday, the day before
        ("2026-05", 31, date(2026, 5, 29)),  # a Sunday and nothing behind it
    ],
)
def test_the_usual_day_of_a_month(month: str, usual: int, day: date) -> None:
    assert rules.proposed_day(month, usual, workday) == day


def test_a_month_that_has_only_days_off_keeps_its_usual_day() -> None:
    assert rules.proposed_day("2026-04", 15, lambda _day: False) == date(2026, 4, 15)


def test_a_year_is_proposed_from_tomorrow_on() -> None:
    days = rules.proposed_days(2026, after=date(2026, 3, 20), usual_day=15, is_working_day=workday)
    assert days[0] == date(2026, 3, 23)  # its 15th is gone
    assert [day.month for day in days] == list(range(3, 13))
    assert len(rules.proposed_days(2027, after=date(2026, 12, 1), usual_day=15, is_working_day=workday)) == 12


def test_a_month_without_a_working_day_left_owes_nothing_to_the_plan() -> None:
    days = rules.proposed_days(2026, after=date(2026, 5, 30), usual_day=15, is_working_day=workday)
    assert days[0] == date(2026, 6, 15)


def test_a_make_up_has_its_working_days_in_the_next_month() -> None:
    assert rules.make_up_by("2026-03", workday, 5) == date(2026, 4, 7)
    assert rules.make_up_by("2026-12", workday, 1) == date(2027, 1, 1)


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "三月", ""])
def test_a_month_is_written_with_year_and_two_digits(month: str) -> None:
    with pytest.raises(Invalid):
        rules.first_of(month)


# --------------------------------------------------------------------------------------------------- plans


def test_a_plan_is_put_in_order() -> None:
    plan = rules.checked_plan(year()[::-1], year=2026, after=date(2025, 12, 1))
    assert [each.held_on.month for each in plan] == list(range(1, 13))


@pytest.mark.parametrize(
    ("slots", "sentence"),
    [
        (year()[:-1], "12月没有接待日"),
        ([*year(), slot("2027-01-05")], "01-05 不在可以安排的日期里"),
        ([*year(), slot("2026-06-15")], "同一天同一地点"),
        ([*year(), slot("2026-06-16", "9点")], "时间请写成"),
        ([*year(), slot("2026-06-16", "11:00", "09:00")], "结束时间要晚于"),
        (year() * 6, "最多排 60 场"),
    ],
)
def test_a_plan_that_does_not_fit_says_why(slots: list[Slot], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        rules.checked_plan(slots, year=2026, after=date(2025, 12, 1))


def test_two_places_may_receive_on_one_day() -> None:
    plan = rules.checked_plan([*year(), slot("2026-06-15", venue="集市")], year=2026, after=date(2025, 12, 1))
    assert len(plan) == 13


def test_a_month_that_is_over_needs_no_session() -> None:
    assert len(rules.checked_plan(year()[5:], year=2026, after=date(2026, 5, 31))) == 7


# ----------------------------------------------------------------------------------------- whose month it is


def test_a_make_up_counts_for_the_month_that_it_names() -> None:
    assert rules.month_owed(date(2026, 4, 3), Kind.MAKE_UP, "2026-03") == "2026-03"
    assert rules.month_owed(date(2026, 4, 3), Kind.REGULAR, "2026-03") == "2026-04"
    assert rules.month_owed(date(2026, 4, 3), Kind.MAKE_UP, "") == "2026-04"


def test_a_day_counts_for_its_month_until_the_make_up_days_are_over() -> None:
    rules.check_keeps_month(date(2026, 3, 1), "2026-03", workday, 5)
    rules.check_keeps_month(date(2026, 4, 7), "2026-03", workday, 5)
    for day in (date(2026, 4, 8), date(2026, 2, 28)):
        with pytest.raises(Invalid) as refusal:
            rules.check_keeps_month(day, "2026-03", workday, 5)
        assert list(refusal.value.fields) == ["held_on"]


@pytest.mark.parametrize(
    ("days", "duty"),
    [
        ([], Duty.MISSED),
        ([date(2026, 3, 16)], Duty.DONE),
        ([date(2026, 4, 3)], Duty.MADE_UP),
        ([date(2026, 4, 3), date(2026, 3, 31)], Duty.DONE),
    ],
)
def test_what_became_of_a_month(days: list[date], duty: Duty) -> None:
    assert rules.duty_of(days, "2026-03") is duty


# ------------------------------------------------------------------------------------------------ rotation


def test_the_next_is_who_came_least_often_then_longest_ago() -> None:
    often = Candidate("a", "甲", "街道", times=2, last_on=date(2026, 1, 5))
    lately = Candidate("b", "乙", "街道", times=1, last_on=date(2026, 2, 5))
    long_ago = Candidate("c", "丙", "街道", times=1, last_on=date(2025, 9, 5))
    away = Candidate("d", "丁", "街道", away=True)
    assert rules.rotation([often, lately, long_ago, away]) == [long_ago, lately, often]


def test_a_roster_shows_both_levels_before_anything_else() -> None:
    street = [Candidate(str(n), str(n), "街道") for n in range(3)]
    district = Candidate("q", "区代表", "区", times=9)
    assert rules.proposed_roster([*street, district], 2) == ["0", "q"]
    assert rules.proposed_roster([*street, district], 2, levels_shown={"区"}) == ["0", "1"]
    assert rules.proposed_roster([*street, district], 1) == ["q"]
    assert rules.proposed_roster(street, 2) == ["0", "1"]  # the warning is the diagram's
    assert rules.proposed_roster([], 2) == []


def test_the_levels_that_a_month_has_not_shown() -> None:
    assert rules.levels_missing({"街道"}) == ["区"]
    assert rules.level_words(["区", "街道"]) == "区、街道级代表"
    assert rules.level_words([]) == ""


def test_topics_are_counted_the_most_frequent_first() -> None:
    assert list(rules.topic_counts(["积水", "", "积水", "路灯"]).items()) == [("积水", 2), ("其他", 1), ("路灯", 1)]


def test_leave_ends_after_it_begins_and_within_a_year() -> None:
    rules.checked_leave(date(2026, 3, 1), date(2026, 3, 1))
    for last in (date(2026, 2, 28), date(2027, 3, 3)):
        with pytest.raises(Invalid):
            rules.checked_leave(date(2026, 3, 1), last)
