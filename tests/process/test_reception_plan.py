"""A station's year: proposed, handed in, returned, confirmed, or planned by the committee; late and on time."""

from datetime import date
from typing import Any

import pytest

from tests.factories import small_town
from tests.process.receiving import House
from workflows.clock import MovableClock
from workflows.engine import instances
from workflows.engine.tables import ProcessInstance
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.receptions import actions, queries
from workflows.receptions.rules import Slot
from workflows.wiring import Workplace

COMMITTEE = {"committee1", "committee2", "director"}
FIRST = {"station1a", "station1b"}


@pytest.fixture
def house(workplace: Workplace, clock: MovableClock) -> House:
    house = House(small_town(workplace), clock)
    house.publish("reception_day", "reception_plan")
    return house


def opened(house: House, year: int = 2026) -> ProcessInstance:
    """A plan that the committee began by hand on 2 March 2026."""
    with house.workplace.unit_of_work(house.town.subdistrict_id) as session:
        instances.start(
            house.workplace.engine, session, house.town.actor("committee1"), key="reception_plan", start={"year": year}
        )
    return house.instance_about(f"reception_year:{year}")


def rows(house: House, station: int, year: int = 2026) -> list[dict[str, Any]]:
    with house.reading() as session:
        plan = queries.plan_of(session, house.station(station), year)
        assert plan is not None
        return list(plan.rows)


def status(house: House, station: int = 1) -> str:
    with house.reading() as session:
        plan = queries.plan_of(session, house.station(station), 2026)
        assert plan is not None
        return plan.status


def hand_in(house: House, year: ProcessInstance, *, station: int = 1, **changes: str) -> None:
    """The proposal with its first session changed."""
    planned = rows(house, station)
    planned[0] |= changes
    house.complete(year, "write_plan", {"sessions": planned}, f"station{station}{'a' if station == 1 else ''}")


def test_every_december_the_next_year_is_proposed_with_a_session_in_each_month(house: House) -> None:
    house.clock.set_beijing(date(2026, 11, 30))
    house.pass_time_to(date(2026, 12, 1))
    year = house.instance_about("reception_year:2027")
    assert [task.node_id for task in house.tasks(year)] == ["write_plan", "write_plan"]
    days = [date.fromisoformat(row["held_on"]) for row in rows(house, 1, 2027)]
    assert [day.month for day in days] == list(range(1, 13))
    assert {day.weekday() for day in days} <= {0, 1, 2, 3, 4}
    assert house.told_by("reception_year:2027", "tell_station") == FIRST | {"station2"}


def test_a_confirmed_plan_begins_every_session_by_itself(house: House) -> None:
    year = opened(house)
    hand_in(house, year, venue="虎山村集市")
    assert status(house) == "待审定"
    house.complete(year, "check_plan", {"agreed": True, "opinion": ""}, "director")
    assert status(house) == "已审定"
    sessions = house.sessions()
    assert [each.month for each in sessions] == [f"2026-{month:02}" for month in range(3, 13)]
    assert (sessions[0].kind, sessions[0].venue, sessions[1].kind) == ("流动", "虎山村集市", "例行")
    assert all(house.instance(each.id).status == "running" for each in sessions)
    assert house.told_by("reception_year:2026", "tell_confirmed") == FIRST
    hand_in(house, year, station=2)
    house.complete(year, "check_plan", {"agreed": True, "opinion": ""}, "director")
    assert house.ends(year) == ["plan_confirmed", "plan_confirmed", "planned"]


def test_a_returned_plan_comes_back_with_what_was_written(house: House) -> None:
    year = opened(house)
    hand_in(house, year, starts="14:00", ends="16:00")
    house.complete(year, "check_plan", {"agreed": False, "opinion": "请避开农忙"}, "committee1")
    assert status(house) == "起草"
    assert rows(house, 1)[0]["starts"] == "14:00"
    assert house.told_by("reception_year:2026", "tell_returned") == FIRST
    hand_in(house, year)
    house.complete(year, "check_plan", {"agreed": True, "opinion": ""}, "committee1")
    assert status(house) == "已审定"


def test_a_late_station_is_reminded_urged_and_in_the_end_planned_for(house: House) -> None:
    year = opened(house)  # ten working days: 16 March
    house.pass_time_to(date(2026, 3, 12))
    assert house.told_by("reception_year:2026", "write_soon_notice") == FIRST | {"station2"}
    assert house.told_by("reception_year:2026", "write_late_notice") == set()
    house.pass_time_to(date(2026, 3, 17))
    assert house.told_by("reception_year:2026", "write_late_notice") == COMMITTEE
    house.pass_time_to(date(2026, 3, 24))
    assert [task.node_id for task in house.tasks(year)] == ["write_for", "write_for"]
    for station in (1, 2):
        planned = [row for row in rows(house, station) if row["held_on"] > "2026-03-24"]
        planned.insert(0, {"held_on": "2026-03-30", "starts": "09:00", "ends": "11:00", "venue": ""})
        task = next(
            task
            for task in house.tasks(year)
            if task.node_id == "write_for" and house.town.villages[station - 1].station_name in task.subject
        )
        assert task.candidate == "街道人大工委@*"
        house.complete(year, "write_for", {"sessions": planned}, "committee1")
    assert house.ends(year) == ["write_soon_end"] * 2 + ["write_late_end"] * 2 + ["plan_made_for"] * 2 + ["planned"]


def test_a_plan_that_waits_for_the_committee_is_urged(house: House) -> None:
    year = opened(house)
    hand_in(house, year)
    house.pass_time_to(date(2026, 3, 9))
    assert house.told_by("reception_year:2026", "check_late_notice") == set()
    house.pass_time_to(date(2026, 3, 10))
    assert house.told_by("reception_year:2026", "check_late_notice") == COMMITTEE


def test_a_year_that_is_confirmed_everywhere_is_not_planned_again(house: House) -> None:
    year = opened(house)
    for station in (1, 2):
        hand_in(house, year, station=station)
        house.complete(year, "check_plan", {"agreed": True, "opinion": ""}, "director")
    with house.workplace.unit_of_work(house.town.subdistrict_id) as session:
        again = instances.start(
            house.workplace.engine, session, house.town.actor("director"), key="reception_plan", start={"year": 2026}
        )
    assert house.ends(again) == ["nothing_to_plan"]


def test_a_plan_without_a_month_is_sent_back_to_the_form(house: House) -> None:
    year = opened(house)
    with pytest.raises(Invalid) as refusal:
        house.complete(year, "write_plan", {"sessions": rows(house, 1)[1:]}, "station1a")
    assert "3月没有接待日" in str(refusal.value)
    with pytest.raises(Invalid):
        hand_in(house, year, starts="9点")


def test_a_day_that_went_by_while_the_plan_waited_is_left_out(house: House) -> None:
    year = opened(house)
    hand_in(house, year)
    house.pass_time_to(date(2026, 3, 20))
    house.complete(year, "check_plan", {"agreed": True, "opinion": ""}, "director")
    assert house.sessions()[0].month == "2026-04"


def test_nobody_plans_for_another_station_or_changes_a_confirmed_plan(house: House) -> None:
    year = opened(house)
    slots = [
        Slot(date.fromisoformat(row["held_on"]), row["starts"], row["ends"], row["venue"]) for row in rows(house, 1)
    ]
    with house.workplace.unit_of_work(house.town.subdistrict_id) as session:
        words = {"station_id": house.station(1), "year": 2026, "slots": slots, "at": house.clock()}
        with pytest.raises(NotAllowed):
            actions.save_plan(session, house.town.actor("station2"), **words)
    hand_in(house, year)
    house.complete(year, "check_plan", {"agreed": True, "opinion": ""}, "director")
    with house.workplace.unit_of_work(house.town.subdistrict_id) as session, pytest.raises(Conflict):
        actions.save_plan(session, house.town.actor("station1a"), **words)
