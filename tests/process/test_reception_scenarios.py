"""The scenarios that ship with the three packages of reception days, run on the real engine to their ends."""

from datetime import date
from typing import Any

import pytest

from tests.factories import small_town
from tests.process.receiving import BPMN, PACKAGES, House
from workflows.clock import MovableClock
from workflows.engine import packages
from workflows.engine.tables import ProcessInstance
from workflows.receptions import queries
from workflows.wiring import Workplace

SCENARIOS = {
    f"{key}/{name}": scenario
    for key in PACKAGES
    for name, scenario in packages.read_folder(BPMN / key).scenarios.items()
}


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_shipped_scenario_ends_as_it_says(workplace: Workplace, clock: MovableClock, name: str) -> None:
    scenario = SCENARIOS[name]
    clock.set_beijing(scenario["starts"])
    house = House(small_town(workplace), clock)
    house.publish()
    if "arrange" in scenario:
        wanted = dict(scenario["arrange"])
        house.arrange(wanted.pop("held_on"), **wanted)
    for step in scenario["steps"]:
        house.pass_time_to(step["day"])
        _do(house, scenario, step)
    if "until" in scenario:
        house.pass_time_to(scenario["until"])
    _check(house, scenario)


def _do(house: House, scenario: dict[str, Any], step: dict[str, Any]) -> None:
    answer = _meant(house, dict(step.get("answer", {})))
    if "button" in step:
        house.trigger(_session(house), step["button"], answer, step["login"])
        return
    instance = house.instance(_session(house)) if _is_about_session(scenario, step) else _about(house, scenario)
    if step["task"] == "write_plan":
        answer = {"sessions": _proposal(house, step["login"])}
    if "sheet" in step:
        answer["sheet"] = _everybody(house, step["sheet"])
    house.complete(instance, step["task"], answer, step.get("login"))


def _check(house: House, scenario: dict[str, Any]) -> None:
    expected = scenario["expect"]
    if "ends" in expected:
        assert house.ends(_about(house, scenario)) == expected["ends"]
        assert len(house.sessions()) == expected["sessions"]
        return
    reception = _session(house)
    assert house.ended_at(reception) == expected["end"]
    assert house.session(reception).status == expected["status"]
    assert house.milestones(reception) == expected["milestones"]
    assert house.session(reception).month == expected.get("month", f"{house.session(reception).held_on:%Y-%m}")


def _is_about_session(scenario: dict[str, Any], step: dict[str, Any]) -> bool:
    return "arrange" in scenario or bool(step.get("about_session"))


def _session(house: House) -> str:
    (reception,) = house.sessions()
    return reception.id


def _about(house: House, scenario: dict[str, Any]) -> ProcessInstance:
    return house.instance_about(scenario["about"])


def _proposal(house: House, login: str) -> list[dict[str, str]]:
    (station,) = house.town.actor(login).units_of("工作站")
    with house.reading() as session:
        plan = queries.plan_of(session, station or "", 2027)
        assert plan is not None
        return list(plan.rows)


def _everybody(house: House, state: str) -> list[dict[str, str]]:
    with house.reading() as session:
        due = queries.on_duty(session, _session(house))
        return [{"person": each.entry.person_id, "state": state} for each in due]


def _meant(house: House, answer: dict[str, Any]) -> dict[str, Any]:
    """A scenario numbers deputies and writes days; a form wants ids and texts."""
    if "deputies" in answer:
        answer["deputies"] = house.people(*answer["deputies"])
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in answer.items()}
