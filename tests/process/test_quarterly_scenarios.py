"""The quarter's shipped scenarios, run on the real engine in the small town."""

import pytest

from tests.factories import small_town
from tests.process.assessing import OPENED, PACKAGES, Office, answer_of
from workflows.assessment import queries
from workflows.assessment.rules import Quarter
from workflows.clock import MovableClock
from workflows.engine import packages
from workflows.wiring import Workplace

KEY = "quarterly_assessment"
SCENARIOS = packages.read_folder(PACKAGES / KEY).scenarios
LOGINS = {
    "工作站": "station1a",
    "另一工作站": "station2",
    "工委核实人": "committee1",
    "工委主任": "director",
    "街道办": "office",
    "村书记": "village1",
}


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_runs_as_it_says(name: str, workplace: Workplace, clock: MovableClock) -> None:
    scenario = SCENARIOS[name]
    clock.set_beijing(scenario["starts"].replace(day=1))
    office = Office(small_town(workplace), clock)
    office.publish(KEY)
    quarter = str(Quarter.before(scenario["starts"]))
    for step in scenario["steps"]:
        office.pass_time_to(step["day"], OPENED)
        office.complete(LOGINS[step["who"]], step["task"], answer_of(step))
    with office.workplace.reading(office.town.subdistrict_id) as session:
        assert queries.quarter_of(session, quarter).status == scenario["expect"]["status"]
    assert set(scenario["expect"]["passed"]) <= office.passed(f"quarter:{quarter}")
    assert office.instance(f"quarter:{quarter}").status == "completed"
    assert office.incidents() == []
