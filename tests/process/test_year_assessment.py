"""The year's diagram: waiting for late quarters, returning, being late, and a year without a quarter."""

from datetime import date, time

import pytest

from tests.factories import small_town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from tests.process.conftest import Opened
from tests.process.quarters import after_three_months, roll_up, verify_and_publish
from workflows.assessment import year_queries
from workflows.assessment.tables import DeputyYearResult, YearAssessment
from workflows.clock import MovableClock
from workflows.errors import Invalid, NotAllowed
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

KEY = "year:2026"
OPENED = time(8, 31)
RECEIPT = {"document_no": "陆街办收〔2027〕8号"}


@pytest.fixture
def office(opened: Opened, clock: MovableClock) -> Office:
    """The third quarter hangs out and waits for its approval; it is the first one of this street."""
    office = Office(opened(after_three_months), clock)
    office.publish("year_assessment")
    roll_up(office)
    verify_and_publish(office)
    return office


def _approve_the_quarter(office: Office) -> None:
    office.complete("director", "approve", AGREED)


def _to_the_year(office: Office) -> None:
    """October to December are archived without anything; their quarter ends in January."""
    for opening, closing in ((date(2026, 10, 26), date(2026, 11, 2)), (date(2026, 11, 24), date(2026, 12, 1))):
        _archive(office, opening)
        office.pass_time_to(closing, OPENED)
    _archive(office, date(2026, 12, 25))
    office.pass_time_to(date(2027, 1, 4), OPENED)
    for station in ("station1a", "station2"):
        office.complete(station, "report", {"letter": "没有活动。", "checked": True})
    office.complete("committee1", "verify", {})
    office.complete("committee2", "announce", {"notice": "公示。"})


def _archive(office: Office, opening: date) -> None:
    office.pass_time_to(opening, OPENED)
    for seat in office.town.deputies:
        station = "station1a" if seat.group_id == office.town.villages[0].id else "station2"
        office.complete(seat.login or station, "self_assess" if seat.login else "assess_for", TRUTHFUL)
        office.complete(station, "station_review", AGREED, about=seat.name)


def _results(office: Office) -> list[DeputyYearResult]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        by_person = {r.person_id: r for r in year_queries.results(session, _year(office).id)}
    return [by_person[seat.person_id] for seat in office.town.deputies]


def _year(office: Office) -> YearAssessment:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        return year_queries.year_of(session, 2026)


def test_a_year_waits_for_its_quarters_and_is_returned_once(office: Office) -> None:
    office.pass_time_to(date(2026, 10, 23), OPENED)
    _approve_the_quarter(office)
    _to_the_year(office)
    office.pass_time_to(date(2027, 2, 1), OPENED)
    assert office.open_tasks("settle") == []
    assert office.told("urge_quarters") == ["committee1", "committee2", "director"]
    office.pass_time_to(date(2027, 2, 20), OPENED)  # five working days and a Spring Festival later
    assert len(office.told("urge_quarters")) == 6
    _approve_the_quarter(office)
    office.pass_time_to(date(2027, 3, 5), OPENED)
    # deputy  third quarter  fourth  sum of 120   place of 6
    # 1       60             0       50 %         1: 16.7 % from the top, but below the target
    # 2       25             0       20.8 %       3
    # 3, 5    20             0       16.7 %       4
    # 4       28             0       23.3 %       2
    # 6       10             0        8.3 %       6
    rows = _results(office)
    assert [row.total_tenths for row in rows] == [600, 250, 200, 280, 200, 100]
    assert [row.place for row in rows] == [1, 3, 4, 2, 4, 6]
    assert [row.rate_tenths for row in rows] == [500, 208, 167, 233, 167, 83]
    assert {row.grade for row in rows} == {"不称职"}
    assert not any(row.commended for row in rows)

    office.complete("committee1", "settle", {})
    with pytest.raises(NotAllowed, match="核实人不能同时审批|不能同时"):
        office.complete("committee1", "approve", AGREED)
    with pytest.raises(Invalid, match="退回时请写明"):
        office.complete("director", "approve", {"decision": "退回"})
    office.complete("director", "approve", {"decision": "退回", "opinion": "请核对任职季度。"})
    assert _year(office).status == "评定"
    office.complete("committee1", "settle", {"opinion": "已核对。"})
    office.complete("director", "approve", AGREED)
    office.complete("office", "receive", RECEIPT)
    assert {"year_done"} <= office.ends(KEY)
    assert "send_back" in office.passed(KEY)
    assert office.instance(KEY).status == "completed"
    assert office.incidents() == []


def test_the_committee_is_urged_to_settle_in_time(office: Office) -> None:
    office.pass_time_to(date(2026, 10, 23), OPENED)
    _approve_the_quarter(office)
    _to_the_year(office)
    office.pass_time_to(date(2027, 1, 20), OPENED)
    _approve_the_quarter(office)
    office.pass_time_to(date(2027, 2, 1), OPENED)
    assert len(office.open_tasks("settle")) == 1
    assert office.told("urge_settling") == []
    office.pass_time_to(date(2027, 2, 20), OPENED)
    assert "settling_urged" in office.ends(KEY)
    assert len(office.told("urge_settling")) == 3
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert year_queries.breaches(session) == []


def test_a_sealed_year_that_is_not_the_sum_of_its_quarters_is_found(office: Office) -> None:
    office.pass_time_to(date(2026, 10, 23), OPENED)
    _approve_the_quarter(office)
    _to_the_year(office)
    office.pass_time_to(date(2027, 1, 20), OPENED)
    _approve_the_quarter(office)
    office.pass_time_to(date(2027, 2, 1), OPENED)
    office.complete("committee1", "settle", {})
    office.complete("director", "approve", AGREED)
    with office.workplace.database.unit_of_work(EVERYWHERE) as session:
        result = session.get_one(DeputyYearResult, _results(office)[0].id)
        result.total_tenths += 10
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert year_queries.breaches(session) == [
            (f"deputy_year_result:{result.id}", "the year says 610, its quarters 600")
        ]


def test_a_year_without_a_quarter_has_nothing_to_add(workplace: Workplace, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 1, 20))
    office = Office(small_town(workplace), clock)
    office.publish("year_assessment")
    office.pass_time_to(date(2026, 2, 1), OPENED)
    assert office.ends("year:2025") == {"nothing_to_add"}
    assert office.instance("year:2025").status == "completed"
