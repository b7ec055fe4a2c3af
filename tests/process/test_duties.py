"""The deputy's duty list and what a station or the committee has to run after, from what really is there."""

from datetime import date, time

import pytest

from tests.factories import small_town
from tests.process.assessing import OPENED, TRUTHFUL, Office
from tests.process.gathering import Hall
from workflows.assessment import duties
from workflows.assessment.duties import DutyList, Outstanding
from workflows.assessment.rules import Quarter
from workflows.clock import MovableClock, beijing_date
from workflows.wiring import Workplace

QUARTER = Quarter.read("2026Q1")
OPENS = date(2026, 3, 25)  # five working days before the end of March


@pytest.fixture
def hall(workplace: Workplace, clock: MovableClock) -> Hall:
    hall = Hall(small_town(workplace), clock)
    hall.publish("activity", "meeting", "monthly_self_assessment")
    return hall


def listed(hall: Hall, number: int) -> DutyList:
    with hall.reading() as session:
        return duties.of_deputy(session, hall.seat(number).person_id, QUARTER, beijing_date(hall.clock()))


def outstanding(hall: Hall, *stations: str) -> Outstanding:
    with hall.reading() as session:
        return duties.outstanding(session, QUARTER, beijing_date(hall.clock()), stations or None)


def test_a_deputy_sees_what_is_due_and_what_would_fill_an_empty_side(hall: Hall) -> None:
    plan = hall.plan(date(2026, 3, 20))
    training = hall.plan(date(2026, 3, 27), "committee1", kind="专题培训", title="学习代表法")
    hall.answers(plan, {"deputy01": "参加"})
    found = listed(hall, 1)
    assert [(each.id, invitation.answer) for each, invitation in found.asked] == [(plan, "参加"), (training, "待答复")]
    assert {side: [each.id for each in plans] for side, plans in found.empty} == {
        "出席议政代表会": [],
        "参加学习培训": [training],
        "调研视察": [plan],
        "代表联系群众": [],
        "提出意见建议": [],
        "履职述职活动": [],
    }
    hall.hold_activity(plan)
    hall.pass_time_to(OPENS, OPENED)
    found = listed(hall, 1)
    assert "调研视察" not in dict(found.empty)
    assert [(month.period, month.status) for month in found.months] == [("2026-03", "待自评")]
    hall.trigger(training, "call_off", {"reason": "讲师生病"}, "committee1")
    assert listed(hall, 1).asked == []


def test_the_lists_of_station_and_committee_shrink_as_the_work_is_done(hall: Hall) -> None:
    first, second = hall.station(1), hall.station(2)
    assert outstanding(hall).is_empty
    plan = hall.plan(date(2026, 3, 20))
    hall.pass_time_to(date(2026, 3, 20), time(18))
    assert outstanding(hall).is_empty  # its day is not over
    hall.pass_time_to(OPENS, OPENED)
    assert [each.id for each in outstanding(hall, first).unwritten] == [plan]
    assert outstanding(hall, second).unwritten == []
    hall.hold_activity(plan, photos=[])
    assert [each.title for each in outstanding(hall, first).unproved] == ["农村道路视察"]
    assert len(outstanding(hall).unassessed) == 6
    assert len(outstanding(hall, second).unassessed) == 3
    office = Office(hall.town, hall.clock)
    office.complete("deputy01", "self_assess", TRUTHFUL)
    assert [name for _month, name in outstanding(hall, first).unreviewed] == [hall.seat(1).name]
    office.complete("station1a", "station_review", {"decision": "同意"}, about=hall.seat(1).name)
    assert outstanding(hall, first).unreviewed == []
    hall.do(plan, "add_proofs", {"photos": [hall.photo()]})
    assert outstanding(hall, first).unproved == []
