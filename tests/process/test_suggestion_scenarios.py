"""The scenarios that ship with the package, run on the real engine from the draft to the end."""

from typing import Any

import pytest

from tests.factories import small_town
from tests.process.suggesting import FOLDER, House
from workflows.clock import MovableClock
from workflows.engine import packages
from workflows.wiring import Workplace

SCENARIOS = packages.read_folder(FOLDER).scenarios


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_shipped_scenario_ends_as_it_says(workplace: Workplace, clock: MovableClock, name: str) -> None:
    scenario = SCENARIOS[name]
    clock.set_beijing(scenario["starts"])
    house = House(small_town(workplace), clock)
    house.publish()
    paper = house.begin(kind=scenario["kind"])
    if "form" in scenario:
        house.do(paper, "write", {**scenario["form"], "cosigners": []})
    for step in scenario["steps"]:
        house.pass_time_to(step["day"])
        house.do(paper, step["task"], _with_units(house, step["answer"]))
    if "until" in scenario:
        house.pass_time_to(scenario["until"])
    expected = scenario["expect"]
    assert house.ended_at(paper) == expected["end"]
    assert house.milestones(paper) == expected["milestones"]
    assert house.paper(paper).answer_by == expected["answer_by"]


def test_the_scenarios_reach_every_end_of_the_main_flow() -> None:
    assert {scenario["expect"]["end"] for scenario in SCENARIOS.values()} == {"closed", "declined", "withdrawn"}


def _with_units(house: House, answer: dict[str, Any]) -> dict[str, Any]:
    """A scenario names departments; a form wants their ids."""
    ids = house.town.departments
    return {
        key: [ids.get(each, each) for each in value] if isinstance(value, list) else ids.get(value, value)
        for key, value in answer.items()
    }
