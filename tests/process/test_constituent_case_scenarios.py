"""The scenarios that ship with the package, run on the real engine from register to end."""

from datetime import date
from typing import Any

import pytest

from tests.factories import Town, small_town
from tests.process.casework import FOLDER, Desk
from tests.process.conftest import Opened
from workflows.clock import MovableClock
from workflows.engine import packages
from workflows.wiring import Workplace

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
        desk.do(case, step["task"], _with_units(desk, step["answer"]))
    expected = scenario["expect"]
    assert desk.ended_at(case) == expected["end"]
    assert desk.milestones(case) == expected["milestones"]
    assert desk.case(case).respond_by == expected["respond_by"]
    if "notices" in expected:
        assert {step: day for step, _, day in desk.notices(case)} == expected["notices"]


def test_the_scenarios_reach_every_end_of_the_main_flow() -> None:
    ends = {scenario["expect"]["end"] for scenario in SCENARIOS.values()}
    assert ends == {"closed", "answered_on_the_spot", "declined"}


def _published(workplace: Workplace, clock: MovableClock) -> Town:
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk.town


def _days_up_to(desk: Desk, today: date, day: date) -> date:
    """Every day has its own sweep, as it has with a worker that runs."""
    for ordinal in range(today.toordinal(), day.toordinal() + 1):
        desk.pass_time_to(date.fromordinal(ordinal))
    return day


def _with_units(desk: Desk, answer: dict[str, Any]) -> dict[str, Any]:
    """A scenario names departments; a form wants their ids."""
    return {key: desk.town.departments.get(value, value) for key, value in answer.items()}
