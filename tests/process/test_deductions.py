"""Deductions: shipped switched off; switched on they are entries of their own with the row they come from."""

from datetime import date, time

import pytest
from sqlalchemy import select

from tests.factories import Town, small_town
from tests.process.assessing import AGREED, PACKAGES, TRUTHFUL, Office
from workflows.assessment import queries
from workflows.assessment.tables import LedgerEntry
from workflows.clock import MovableClock
from workflows.engine import definitions, packages
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace


def publish(office: Office, key: str, *, switched_on: bool) -> None:
    package = packages.read_folder(PACKAGES / key)
    path = "decisions/deduction.dmn"
    table = package.files[path].decode()
    if switched_on:
        table = table.replace("<text>False</text>", "<text>True</text>")
    with office.workplace.unit_of_work(office.town.subdistrict_id) as session:
        admin, changed = office.town.actor("admin"), package.with_file(path, table.encode())
        definitions.publish(office.workplace.engine, session, admin, package=changed, shared=True)


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


def lived(town: Town, clock: MovableClock, *, switched_on: bool) -> Office:
    """September: an inspection that the second deputy missed, the third had leave from; the fourth assesses nothing."""
    clock.set_beijing(date(2026, 9, 1))
    office = Office(town, clock)
    for key in ("monthly_self_assessment", "quarterly_assessment"):
        publish(office, key, switched_on=switched_on)
    states = dict(
        zip((seat.person_id for seat in town.deputies), ("到会", "缺席", "请假", "到会", "到会", "到会"), strict=True)
    )
    clock.set_beijing(date(2026, 9, 20))
    office.attend(date(2026, 9, 10), "视察", states, title="农村道路视察", photo=None)
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    for place, seat in enumerate(town.deputies, 1):
        station = "station1a" if seat.group_id == town.villages[0].id else "station2"
        if place != 4:
            office.complete(seat.login or station, "self_assess" if seat.login else "assess_for", TRUTHFUL)
            office.complete(station, "station_review", AGREED, about=seat.name)
    office.pass_time_to(date(2026, 10, 1), time(8, 31))
    office.complete("station2", "station_review", AGREED, about=town.deputies[3].name)
    office.pass_time_to(date(2026, 10, 8), time(8, 31))
    for station in ("station1a", "station2"):
        office.complete(station, "report", {"letter": "按计划开展。", "checked": True})
    with office.workplace.reading(town.subdistrict_id) as session:
        items = queries.verifications(session, queries.quarter_of(session, "2026Q3").id)
        lines = queries.lines_by_id(session, [item.line_id or "" for item in items])
        owners = queries.owners(session, {line.month_id for line in lines.values()})
        about = {owners[lines[item.line_id or ""].month_id]: item.number for item in items}
    false = [{"number": about[town.deputies[0].person_id], "reason": "现场没有此人"}]
    office.complete("committee1", "verify", {"items": false})
    office.complete("committee2", "announce", {"notice": "公示。"})
    office.pass_time_to(date(2026, 10, 23), time(8, 31))
    office.complete("director", "approve", AGREED)
    assert office.incidents() == []
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []
    return office


def totals(office: Office) -> list[int]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        rows = queries.deputy_results(session, queries.quarter_of(session, "2026Q3").id)
        found = {row.person_id: row.total_tenths for row in rows}
        return [found[seat.person_id] for seat in office.town.deputies]


def deducted(office: Office) -> list[tuple[int, str, str]]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        entries = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "扣分").order_by(LedgerEntry.id))
        return [(e.points_tenths, str(e.trace["title"]), str(e.trace["rule"]["table"])) for e in entries]


def test_nothing_is_taken_away_as_the_product_comes(town: Town, clock: MovableClock) -> None:
    office = lived(town, clock, switched_on=False)
    assert deducted(office) == []
    assert totals(office) == [0, 0, 0, 100, 100, 100]


def test_switched_on_each_is_an_entry_with_its_row_and_the_published_score_is_their_sum(
    town: Town, clock: MovableClock
) -> None:
    office = lived(town, clock, switched_on=True)
    found = deducted(office)
    assert sorted((points, title) for points, title, _table in found) == [
        (-200, "虚假佐证：农村道路视察"),
        (-50, "无故缺席：农村道路视察"),
        (-20, "没有按时自评：2026年9月"),
    ]
    assert {table for _points, _title, table in found} == {"扣分"}
    assert totals(office) == [-200, -50, 0, 80, 100, 100]
