"""A rule that is changed in the middle of a quarter counts from the next quarter on, and never before (domain Q43)."""

from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories import small_town
from tests.process.assessing import PACKAGES, Office
from tests.process.quarters import archive_month
from workflows.assessment.tables import AssessmentLine, MonthlyAssessment
from workflows.clock import MovableClock
from workflows.engine import definitions, jobs, packages
from workflows.engine.packages import Package
from workflows.engine.tables import ProcessDefinition
from workflows.errors import Invalid
from workflows.wiring import Workplace


@pytest.fixture
def office(workplace: Workplace, clock: MovableClock) -> Office:
    clock.set_beijing(date(2026, 7, 1))
    office = Office(small_town(workplace), clock)
    office.publish("monthly_self_assessment", "quarterly_assessment")
    return office


def twenty_for_an_inspection() -> Package:
    """The monthly package as the office changed its table: an inspection gives 20 points."""
    package = packages.read_folder(PACKAGES / "monthly_self_assessment")
    path = "decisions/base_points.dmn"
    table = package.files[path].decode()
    row = table.index('id="base_points_r6o1"')
    return package.with_file(path, (table[:row] + table[row:].replace("<text>10<", "<text>20<", 1)).encode())


def publish(office: Office, package: Package, *, at_once: bool = False) -> ProcessDefinition:
    with office.workplace.unit_of_work(office.town.subdistrict_id) as session:
        admin = office.town.actor("admin")
        return definitions.publish(office.workplace.engine, session, admin, package=package, at_once=at_once)


def in_force(office: Office, key: str, on: date) -> int:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        return definitions.latest(session, key, on).version


def points(office: Office) -> dict[str, tuple[int, int]]:
    """Month -> tenths of points of the first deputy's inspection and the version of the rules that gave them."""
    with office.workplace.reading(office.town.subdistrict_id) as session:
        query = select(MonthlyAssessment.period, AssessmentLine).join(AssessmentLine)
        query = query.where(MonthlyAssessment.person_id == office.town.deputies[0].person_id)
        return {period: (line.points_tenths, line.rule["version"]) for period, line in session.execute(query)}


def test_a_table_changed_in_august_counts_from_october(office: Office) -> None:
    present = {seat.person_id: "到会" for seat in office.town.deputies}
    office.clock.set_beijing(date(2026, 8, 3))
    changed = publish(office, twenty_for_an_inspection())
    assert changed.effective_on == date(2026, 10, 1)
    for held_on, opens_on in (
        (date(2026, 8, 12), date(2026, 8, 25)),
        (date(2026, 9, 10), date(2026, 9, 23)),
        (date(2026, 10, 15), date(2026, 10, 26)),
    ):
        office.clock.set_beijing(held_on, time(20))
        office.attend(held_on, "视察", present)
        archive_month(office, opens_on, {})
    assert points(office) == {"2026-08": (100, 1), "2026-09": (100, 1), "2026-10": (200, 2)}
    assert office.incidents() == []


def test_the_assessment_of_a_quarter_keeps_the_rules_of_that_quarter(office: Office) -> None:
    office.clock.set_beijing(date(2026, 8, 3))
    package = packages.read_folder(PACKAGES / "quarterly_assessment")
    readme = publish(office, package.with_file("README.md", "改过".encode()))
    assert readme.effective_on == date(2027, 1, 1)
    assert in_force(office, "quarterly_assessment", date(2026, 12, 31)) == 1
    assert readme.version == 2
    office.pass_time_to(date(2026, 10, 8), time(8, 31))
    assert office.instance("quarter:2026Q3").definition_id != readme.id
    office.pass_time_to(date(2027, 1, 4), time(8, 31))
    assert office.instance("quarter:2026Q4").definition_id == readme.id


def test_a_start_that_comes_late_still_takes_the_rules_of_its_own_day(office: Office) -> None:
    office.clock.set_beijing(date(2026, 8, 3))
    changed = publish(office, twenty_for_an_inspection())
    office.clock.set_beijing(date(2026, 10, 2), time(9))  # nothing ran since August
    jobs.sweep(office.workplace.engine, office.workplace.database)
    assert office.instance("month:2026-08").definition_id != changed.id
    assert office.instance("month:2026-09").definition_id != changed.id


def test_what_the_committee_decided_on_may_count_at_once_and_a_first_version_does(office: Office) -> None:
    office.clock.set_beijing(date(2026, 8, 3))
    assert publish(office, twenty_for_an_inspection(), at_once=True).effective_on is None
    year = packages.read_folder(PACKAGES / "year_assessment")
    assert publish(office, year).effective_on is None


def test_a_version_that_waits_is_listed_and_gives_way_to_a_later_one(office: Office) -> None:
    office.clock.set_beijing(date(2026, 8, 3))
    first = publish(office, twenty_for_an_inspection())
    again = publish(office, twenty_for_an_inspection().with_file("README.md", "再改".encode()))
    with office.workplace.reading(office.town.subdistrict_id) as session:
        assert [each.id for each in definitions.waiting(session, date(2026, 8, 4))] == [first.id, again.id]
        assert definitions.waiting(session, date(2026, 10, 1)) == []
        assert definitions.latest(session, "monthly_self_assessment", date(2026, 10, 1)).id == again.id


def test_a_package_that_says_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "package.yaml").write_text("key: some\nname: 某流程\ntakes_effect: 明天\n", encoding="utf-8")
    with pytest.raises(Invalid, match="takes_effect"):
        packages.read_folder(tmp_path)
