"""The month's shipped scenarios, run on the real engine for the first deputy of the small town."""

import pytest
from sqlalchemy import func, select

from tests.factories import small_town
from tests.process.assessing import OPENED, PACKAGES, Office, answer_of
from workflows.assessment.tables import LedgerEntry
from workflows.clock import MovableClock
from workflows.engine import packages
from workflows.wiring import Workplace

KEY = "monthly_self_assessment"
SCENARIOS = packages.read_folder(PACKAGES / KEY).scenarios
LOGINS = {"代表": "deputy01", "工作站": "station1a"}
ENDS = {"deputy_done", "deputy_reminded", "station_reminded", "station_urged"}


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_runs_as_it_says(name: str, workplace: Workplace, clock: MovableClock) -> None:
    scenario = SCENARIOS[name]
    clock.set_beijing(scenario["starts"].replace(day=1))
    office = Office(small_town(workplace), clock)
    office.publish(KEY)
    deputy = office.town.deputies[0]
    clock.set_beijing(scenario["starts"].replace(day=20))
    for activity in scenario["activities"]:
        office.attend(activity["day"], activity["kind"], {deputy.person_id: activity["state"]})
    office.pass_time_to(scenario["starts"], OPENED)
    for step in scenario["steps"]:
        office.pass_time_to(step["day"], OPENED)
        office.complete(LOGINS[step["who"]], step["task"], answer_of(step), about=deputy.name)
    month, expected = office.month(deputy, f"{scenario['starts']:%Y-%m}"), scenario["expect"]
    assert (month.status, month.self_assessed) == (expected["status"], expected["self_assessed"])
    with office.workplace.reading(office.town.subdistrict_id) as session:
        booked = select(func.sum(LedgerEntry.points_tenths)).where(LedgerEntry.person_id == deputy.person_id)
        assert session.scalar(booked) == expected["points"] * 10
    assert set(expected["passed"]) <= office.passed(f"month:{month.period}")
    assert office.incidents() == []


def test_the_scenarios_reach_every_end_of_a_deputys_month() -> None:
    assert {node for scenario in SCENARIOS.values() for node in scenario["expect"]["passed"]} >= ENDS
