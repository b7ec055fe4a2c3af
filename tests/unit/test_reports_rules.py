"""Periods, rates and who may have whose figures."""

from datetime import date

import pytest

from workflows.actor import Actor, Membership, the_clock
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION
from workflows.reports import rules
from workflows.reports.rules import Average, Counts, Figure, Period, PeriodKind, Rate


@pytest.mark.parametrize(
    ("key", "first", "last", "before"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28), "2026-01"),
        ("2026-01", date(2026, 1, 1), date(2026, 1, 31), "2025-12"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4"),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30), "2026-Q2"),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), "2025-H2"),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31), "2026-H1"),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "2023"),
    ],
)
def test_a_period_has_its_days_and_the_one_before(key: str, first: date, last: date, before: str) -> None:
    period = Period.read(key)
    assert (period.key, period.first, period.last) == (key, first, last)
    assert period.before().key == before
    assert period.a_year_earlier().key.startswith(str(first.year - 1))
    assert Period.of_day(period.kind, first) == Period.of_day(period.kind, last) == period


def test_months_of_a_half_year() -> None:
    assert Period.read("2026-H2").months == [(2026, month) for month in range(7, 13)]
    assert Period.read("2026-05").months == [(2026, 5)]
    assert Period.of_day(PeriodKind.QUARTER, date(2026, 5, 31)).key == "2026-Q2"


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "2026-H0", "26-01", "2026-1", "1999", "x", "2026-Q1;"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Period.read(text)


def test_a_rate_needs_something_to_divide_by() -> None:
    assert Rate(0, 0).percent is None
    assert Rate(2, 3).percent == 66.7
    assert Average(0, 0).value is None
    assert Average(10, 4).value == 2.5


def test_rates_of_a_group_of_visits() -> None:
    counts = Counts(
        {
            Figure.VISITS: 20,
            Figure.ON_THE_SPOT: 8,
            Figure.IN_TIME: 6,
            Figure.LATE: 1,
            Figure.OVERDUE: 1,
            Figure.NOT_DUE: 2,
            Figure.PROVISIONAL: 1,
            Figure.SATISFIED: 3,
            Figure.FAIRLY: 1,
            Figure.DISSATISFIED: 1,
            Figure.UNREACHED: 5,
        }
    )
    assert counts.on_time == Rate(6, 8)  # what is not due, or provisional, is not late
    assert counts.content == Rate(4, 5)  # whoever was not reached did not answer
    assert counts.at_once == Rate(8, 20)
    assert rules.NOTHING.on_time.percent is None


def _person(*memberships: Membership) -> Actor:
    return Actor("u", "某人", "s", frozenset(memberships))


def test_who_may_have_whose_figures() -> None:
    assert rules.stations_of(_person(Membership(COMMITTEE))) is None
    assert rules.stations_of(the_clock("s")) is None
    assert rules.stations_of(_person(Membership(STATION, "a"), Membership(STATION, "b"))) == {"a", "b"}
    assert rules.stations_of(_person(Membership(STATION))) is None
    with pytest.raises(NotAllowed):
        rules.stations_of(_person(Membership(DEPARTMENT, "d")))
