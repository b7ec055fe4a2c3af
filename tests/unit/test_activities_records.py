"""Activities on a real SQLite file: recorded once, by those who may, for those in office."""

from datetime import date

import pytest

from tests.factories import Town, small_town
from workflows.activities import actions, queries
from workflows.activities.tables import Activity
from workflows.clock import MovableClock
from workflows.errors import Invalid, NotAllowed
from workflows.wiring import Workplace

HELD_ON = date(2026, 2, 10)


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


def _visit(town: Town, login: str = "station1a", kind: str = "走访选民", held_on: date = HELD_ON) -> Activity:
    station_id = town.villages[0].station_id
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        return actions.record_activity(
            town.workplace.engine,
            session,
            town.actor(login),
            held_on=held_on,
            kind=kind,
            title="走访三组",
            station_id=station_id,
        )


def _sign(town: Town, activity: Activity, states: dict[int, str], login: str = "station1a") -> None:
    people = {town.deputies[n].person_id: state for n, state in states.items()}
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        actions.record_attendance(
            town.workplace.engine, session, town.actor(login), activity_id=activity.id, states=people
        )


def _prove(town: Town, activity: Activity, file_id: str, sha256: str) -> None:
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        actions.attach_evidence(
            town.workplace.engine,
            session,
            town.actor("station1a"),
            activity_id=activity.id,
            file_id=file_id,
            sha256=sha256,
            kind="照片",
        )


def test_an_item_kept_elsewhere_is_entered_once_with_its_signers_and_proves_itself(town: Town) -> None:
    people = {town.deputies[0].person_id: "领衔", town.deputies[1].person_id: "附议"}
    for states in (people, {**people, town.deputies[3].person_id: "附议"}):
        with town.workplace.unit_of_work(town.subdistrict_id) as session:
            activity = actions.record_item(
                town.workplace.engine,
                session,
                town.actor("committee1"),
                source_key="suggestion:1",
                kind="意见建议",
                title="建2026-001 修路",
                station_id=town.villages[0].station_id,
                states=states,
            )
    visit = _visit(town)
    with town.workplace.reading(town.subdistrict_id) as session:
        assert [found.id for found in queries.activities_between(session, date(2026, 3, 2), date(2026, 3, 2))] == [
            activity.id
        ]
        assert len(queries.attendance_of(session, [activity.id])[activity.id]) == 3
        assert queries.count_evidence(session, [activity.id, visit.id]) == {activity.id: 1, visit.id: 0}


def test_a_station_records_its_own_activities_and_no_others(town: Town) -> None:
    activity = _visit(town)
    assert (activity.dimension, activity.recorded_by) == ("代表联系群众", "官庄村站干事")
    for login in ("station2", "deputy01", "village1"):
        with pytest.raises(NotAllowed):
            _visit(town, login)
        with pytest.raises(NotAllowed):
            _sign(town, activity, {0: "到会"}, login)


def test_what_has_not_taken_place_is_not_recorded(town: Town) -> None:
    with pytest.raises(Invalid, match="还没有举行"):
        _visit(town, held_on=date(2026, 3, 3))
    with pytest.raises(Invalid, match="没有“打卡”"):
        _visit(town, kind="打卡")


def test_a_second_sheet_corrects_the_first(town: Town) -> None:
    activity = _visit(town)
    _sign(town, activity, {0: "到会", 1: "到会"})
    _sign(town, activity, {1: "请假", 2: "半程"})
    with town.workplace.reading(town.subdistrict_id) as session:
        sheet = {row.person_id: row for row in queries.attendance_of(session, [activity.id])[activity.id]}
    assert [sheet[town.deputies[n].person_id].state for n in range(3)] == ["到会", "请假", "半程"]
    assert {row.group_id for row in sheet.values()} == {town.villages[0].id}


def test_only_those_in_office_on_the_day_are_on_the_sheet(town: Town, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 3, 2))
    before_the_term = _visit(town, held_on=date(2021, 11, 30))
    with pytest.raises(Invalid, match="1 人在活动当天不是议政代表"):
        _sign(town, before_the_term, {0: "到会"})


def test_a_photo_that_is_shown_twice_is_found(town: Town) -> None:
    first, second, third = _visit(town), _visit(town), _visit(town)
    _prove(town, first, "one", "a" * 64)
    _prove(town, first, "one", "a" * 64)  # pressed twice
    _prove(town, second, "two", "a" * 64)
    _prove(town, third, "three", "c" * 64)
    ids = [first.id, second.id, third.id]
    with town.workplace.reading(town.subdistrict_id) as session:
        assert queries.reused_evidence(session, ids) == {first.id, second.id}
        assert len(queries.evidence_of(session, ids)[first.id]) == 1


def test_evidence_without_a_checksum_or_of_no_kind_is_refused(town: Town) -> None:
    with pytest.raises(Invalid, match="没有完整保存"):
        _prove(town, _visit(town), "one", "short")
