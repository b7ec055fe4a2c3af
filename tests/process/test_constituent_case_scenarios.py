"""The scenarios that ship with the package, run on the real engine from register to end."""

from datetime import date
from typing import Any

import pytest

from tests.factories import Town, small_town
from tests.process.casework import FOLDER, Desk
from tests.process.conftest import Opened
from workflows import verification
from workflows.cases import clocks, queries
from workflows.clock import MovableClock
from workflows.engine import packages
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import actions as workdays
from workflows.workdays.rules import DayRule, Layer

SCENARIOS = packages.read_folder(FOLDER).scenarios


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_shipped_scenario_ends_as_it_says(opened: Opened, clock: MovableClock, name: str) -> None:
    scenario = SCENARIOS[name]
    desk = Desk(opened(_published), clock)
    clock.set_beijing(scenario["starts"])
    case = desk.register(**{**dict.fromkeys(("name", "phone", "reply_channel"), ""), **scenario["form"]})
    today = scenario["starts"]
    for step in scenario["steps"]:
        today = _days_up_to(desk, today, step["day"])
        _take(desk, case, step)
    expected = scenario["expect"]
    assert desk.ended_at(case) == expected["end"]
    assert desk.milestones(case) == expected["milestones"]
    row = desk.case(case)
    assert row.respond_by == expected["respond_by"]
    for date_name in {"original_respond_by", "settle_by"} & set(expected):
        assert getattr(row, date_name) == expected[date_name], date_name
    if "late" in expected:
        assert queries.is_overdue(row, desk.clock()) is expected["late"]
    assert _breaches(desk) == []
    if "notices" in expected:
        assert {step: day for step, _, day in desk.notices(case)} == expected["notices"]


def test_the_scenarios_reach_every_end_of_the_main_flow() -> None:
    ends = {scenario["expect"]["end"] for scenario in SCENARIOS.values()}
    assert ends == {"closed", "answered_on_the_spot", "declined"}


def _published(workplace: Workplace, clock: MovableClock) -> Town:
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk.town


def _take(desk: Desk, case: str, step: dict[str, Any]) -> None:
    """One line of a scenario: a task that is done, something that is asked for, or a calendar that changes."""
    if "trigger" in step:
        desk.trigger(case, step["trigger"], step["answer"])
    elif "calendar" in step:
        _change_calendar(desk, **step["calendar"])
    else:
        desk.do(case, step["task"], _with_units(desk, step["answer"]))


def _change_calendar(desk: Desk, *, reason: str, free: list[date], worked: list[date]) -> None:
    days = [
        DayRule(day, day in worked, reason, Layer.OFFICE, reason, affects_deadline=True) for day in [*free, *worked]
    ]
    admin = desk.town.actor("admin")
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        change = workdays.set_local_days(session, admin, layer=Layer.OFFICE, days=days, reason=reason, at=desk.clock())
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        clocks.recompute_deadlines(desk.workplace.engine, session, admin, change=change)


def _breaches(desk: Desk) -> list[Any]:
    """What `luji verify` would say."""
    with desk.workplace.database.reading(EVERYWHERE) as session:
        return list(verification.breaches(desk.workplace.engine, session))


def _days_up_to(desk: Desk, today: date, day: date) -> date:
    """Every day has its own sweep, as it has with a worker that runs."""
    for ordinal in range(today.toordinal(), day.toordinal() + 1):
        desk.pass_time_to(date.fromordinal(ordinal))
    return day


def _with_units(desk: Desk, answer: dict[str, Any]) -> dict[str, Any]:
    """A scenario names departments; a form wants their ids."""
    return {key: desk.town.departments.get(value, value) for key, value in answer.items()}
