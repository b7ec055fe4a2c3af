"""Meetings and activities of the whole sub-district: numbers, agenda, opinions and their answers."""

from datetime import date

import pytest

from tests.factories import small_town
from tests.process.gathering import STREET, Hall
from workflows.activities import plan_queries
from workflows.clock import MovableClock
from workflows.engine import instances
from workflows.errors import Invalid, NotAllowed
from workflows.wiring import Workplace

DAY = date(2026, 3, 20)
AGENDA = [
    {"kind": "专项工作报告", "title": "民生实事进展", "reporter": "街道办事处"},
    {"kind": "审议", "title": "生态环境保护", "reporter": ""},
]


@pytest.fixture
def hall(workplace: Workplace, clock: MovableClock) -> Hall:
    hall = Hall(small_town(workplace), clock)
    hall.publish(STREET)
    return hall


def meeting(hall: Hall, held_on: date = DAY, **changes: object) -> str:
    return hall.plan(held_on, "committee1", **{"kind": "议政代表会", "title": "", "agenda": AGENDA, **changes})


def test_meetings_are_numbered_within_their_term(hall: Hall) -> None:
    first = hall.found(meeting(hall, number=3))
    assert (first.term, first.number) == ("第一届", 3)
    assert first.title.endswith("第一届议政代表会第三次会议")
    second = hall.found(meeting(hall, date(2026, 9, 18)))
    assert second.number == 4
    with pytest.raises(Invalid, match="已经有第4次会议") as refusal:
        meeting(hall, date(2026, 10, 20), number=4)
    assert "number" in refusal.value.fields


def test_the_number_of_a_cancelled_meeting_is_free_again(hall: Hall) -> None:
    plan = meeting(hall)
    hall.trigger(plan, "call_off", {"reason": "防汛"}, "director")
    assert hall.ended_at(plan) == "cancelled"
    assert hall.found(meeting(hall, date(2026, 4, 20))).number == 1


def test_opinions_go_to_their_departments_and_the_meeting_is_filed_when_all_are_answered(hall: Hall) -> None:
    plan = meeting(hall)
    departments = list(hall.town.departments.values())
    opinions = [
        {"item": 1, "text": "路灯要在汛期前修好", "department": departments[0]},
        {"item": 2, "text": "河道保洁要有人管", "department": departments[1]},
        {"item": 2, "text": "增加垃圾点", "department": departments[1]},
        {"item": None, "text": "会议资料请早些发", "department": None},
    ]
    hall.hold_activity(plan, opinions=opinions)
    assert hall.waits_at(plan) == ["answer_opinions", "answer_opinions"]
    instance = hall.instance(plan)
    first, second = (hall.login_for(task) for task in hall.tasks(instance))
    hall.do(plan, "answer_opinions", {"replies": [{"number": 1, "reply": "4月底前修完"}]}, first)
    with pytest.raises(Invalid, match="请逐条答复"):
        hall.do(plan, "answer_opinions", {"replies": [{"number": 1, "reply": "已落实"}]}, second)
    hall.pass_time_to(date(2026, 5, 8))
    assert hall.told_by(f"plan:{plan}", "urge_unit") == {second}
    replies = [{"number": 1, "reply": "已落实"}, {"number": 2, "reply": "列入计划"}]
    hall.do(plan, "answer_opinions", {"replies": replies}, second)
    assert hall.ended_at(plan) == "filed"
    assert {"committee1", "committee2", "director"} <= hall.told_by(f"plan:{plan}", "tell_answers")
    with hall.reading() as session:
        assert [each.reply for each in plan_queries.opinions(session, plan)][1:] == [
            "4月底前修完",
            "已落实",
            "列入计划",
        ]


def test_the_agenda_is_changed_and_everybody_hears_of_it(hall: Hall) -> None:
    plan = meeting(hall)
    hall.trigger(
        plan, "new_agenda", {"agenda": [*AGENDA, {"kind": "学习", "title": "《代表法》", "reporter": ""}]}, "committee1"
    )
    with hall.reading() as session:
        assert [item.title for item in plan_queries.agenda(session, plan)] == [
            "民生实事进展",
            "生态环境保护",
            "《代表法》",
        ]
    assert "agenda_changed" in hall.ends(hall.instance(plan))
    assert hall.told_by(f"plan:{plan}", "tell_agenda") >= {"deputy01", "deputy05"}
    with pytest.raises(Invalid, match="议程里有两项“民生"):
        hall.trigger(plan, "new_agenda", {"agenda": [AGENDA[0], AGENDA[0]]}, "committee1")


def test_a_whole_street_is_asked_and_silent_deputies_are_called_by_their_station(hall: Hall) -> None:
    plan = meeting(hall)
    assert len(hall.said(plan)) == 6
    hall.pass_time_to(date(2026, 3, 18))  # two working days before a meeting
    calls = [task for task in hall.tasks(hall.instance(plan)) if task.node_id == "phone"]
    assert {hall.login_for(task) for task in calls} == {"station1a", "station2"}
    hall.answers(plan, {"deputy01": "外出务工"})
    hall.do(plan, "decide_leave", {"agreed": True, "opinion": ""}, "committee2")
    assert hall.said(plan)[hall.seat(1).name] == "准假"


def test_groups_can_be_asked_alone_and_a_station_does_not_call_meetings(hall: Hall) -> None:
    plan = hall.plan(DAY, "committee1", whom="小组", groups=[hall.town.villages[1].id])
    assert set(hall.said(plan)) == {seat.name for seat in hall.own(2)}
    with pytest.raises(NotAllowed), hall.workplace.unit_of_work(hall.town.subdistrict_id) as session:
        instances.start(hall.workplace.engine, session, hall.town.actor("station1a"), key="meeting", start={})


def test_a_meeting_is_put_off_written_up_late_and_its_proofs_are_urged(hall: Hall) -> None:
    plan = meeting(hall)
    hall.trigger(plan, "put_off", {"held_on": "2026-03-24", "reason": "场地"}, "committee1")
    hall.pass_time_to(date(2026, 3, 28))
    assert hall.told_by(f"plan:{plan}", "urge_write") == {"committee1", "committee2", "director"}
    hall.trigger(plan, "asks_leave", {"reason": "发烧"}, "deputy02")
    hall.do(plan, "decide_asked", {"agreed": True, "opinion": ""}, "committee1")
    hall.hold_activity(plan, photos=[], opinions=[])
    hall.pass_time_to(date(2026, 4, 7))
    assert hall.told_by(f"plan:{plan}", "urge_proofs") == {"committee1", "committee2", "director"}
    hall.do(plan, "add_proofs", {"photos": [hall.photo()]})
    assert hall.ended_at(plan) == "filed"


def test_what_was_held_already_is_written_up(hall: Hall) -> None:
    plan = hall.plan(date(2026, 2, 26), "committee1", already=True, kind="专题培训", title="学习《代表法》")
    hall.do(plan, "write_over", {**hall.written(plan), "opinions": []})
    assert hall.ended_at(plan) == "filed"
