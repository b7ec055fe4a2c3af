"""A station's activity from the plan to each of its ends, with a moved clock."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import small_town
from tests.process.gathering import STATION, Hall
from workflows.activities import plans
from workflows.clock import MovableClock
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.notifications.tables import OutboxMessage
from workflows.wiring import Workplace

DAY = date(2026, 3, 20)  # a Friday; the small town's clock stands at 2026-03-02


@pytest.fixture
def hall(workplace: Workplace, clock: MovableClock) -> Hall:
    hall = Hall(small_town(workplace), clock)
    hall.publish(STATION)
    return hall


def test_an_activity_is_announced_answered_held_and_filed(hall: Hall) -> None:
    plan = hall.plan(DAY)
    own = hall.own()
    assert hall.found(plan).status == "已通知"
    assert hall.told_by(f"plan:{plan}", "tell:") == {seat.login for seat in own if seat.login}
    assert hall.told_by(f"plan:{plan}", "tell_villages") == {"village1"}
    hall.answers(plan, {"deputy01": "参加", "deputy02": "参加", "deputy03": "家中有事"})
    assert hall.waits_at(plan) == ["decide_leave"]
    hall.do(plan, "decide_leave", {"agreed": True, "opinion": ""}, "station1b")
    assert hall.told_by(f"plan:{plan}", "tell_leave") == {"deputy03"}
    assert hall.said(plan) == {own[0].name: "参加", own[1].name: "参加", own[2].name: "准假"}
    hall.pass_time_to(DAY)
    assert hall.waits_at(plan) == ["write_up"]
    hall.hold_activity(plan)
    assert hall.ended_at(plan) == "filed"
    assert hall.found(plan).status == "已归档"
    assert hall.sheet(plan) == {own[0].name: "到会", own[1].name: "到会", own[2].name: "请假"}
    assert [proof.kind for proof in hall.proofs(plan)] == ["照片"]
    assert hall.milestones(plan) == ["通知", "举行", "归档"]


def test_who_says_nothing_is_called_and_called_again_until_reached(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.answers(plan, {"deputy01": "参加"})
    hall.pass_time_to(date(2026, 3, 18))
    assert hall.waits_at(plan) == ["give_answer", "give_answer"]
    hall.pass_time_to(date(2026, 3, 19))  # a working day before it
    assert hall.waits_at(plan) == ["give_answer", "give_answer", "phone", "phone"]
    hall.do(plan, "phone", {"answer": "未联系上"}, "station1a")
    hall.do(plan, "phone", {"answer": "请假", "reason": "住院"}, "station1a")
    assert sorted(hall.said(plan).values()) == ["参加", "未联系上", "请假"]
    hall.do(plan, "decide_leave", {"agreed": False, "opinion": "请让家人说明情况"}, "station1a")
    hall.pass_time_to(DAY)
    assert "phone" in hall.waits_at(plan)
    hall.do(plan, "phone", {"answer": "参加"}, "station1a")
    assert sorted(hall.said(plan).values()) == ["不准假", "参加", "参加"]
    with hall.reading() as session:
        rows = plans.plan_queries.invitations(session, hall.found(plan))
        assert sorted(each.invitation.told_by for each in rows) == ["本人", "电话", "电话"]


def test_a_deputy_without_an_account_is_called_at_once(hall: Hall) -> None:
    plan = hall.plan(DAY, "station2")
    nobody = next(seat for seat in hall.own(2) if not seat.login)
    calls = [task.subject for task in hall.tasks(hall.instance(plan)) if task.node_id == "phone"]
    assert calls == [f"电话通知{nobody.name}：农村道路视察"]
    hall.do(plan, "phone", {"answer": "参加"}, "station2")
    assert hall.said(plan)[nobody.name] == "参加"


def test_a_notice_waits_for_its_day_when_that_is_wanted(hall: Hall) -> None:
    plan = hall.plan(DAY, now=False)
    assert hall.found(plan).status == "已安排"
    assert hall.found(plan).notice_on == date(2026, 3, 13)  # five working days before the 20th
    hall.pass_time_to(date(2026, 3, 12))
    assert hall.waits_at(plan) == []
    hall.pass_time_to(date(2026, 3, 13))
    assert hall.found(plan).status == "已通知"
    assert hall.told_by(f"plan:{plan}", "tell_late") == set()


def test_a_notice_later_than_three_working_days_before_is_told_to_the_station(hall: Hall) -> None:
    plan = hall.plan(date(2026, 3, 4))
    assert hall.found(plan).notice_due == date(2026, 2, 28)  # a working Saturday
    assert hall.told_by(f"plan:{plan}", "tell_late") == {"station1a", "station1b"}


def test_who_promised_to_come_may_still_ask_for_leave(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.answers(plan, {"deputy01": "参加", "deputy02": "参加"})
    hall.trigger(plan, "asks_leave", {"reason": "发烧"}, "deputy01")
    hall.do(plan, "decide_asked", {"agreed": True, "opinion": ""}, "station1a")
    assert hall.said(plan)[hall.own()[0].name] == "准假"
    assert hall.told_by(f"plan:{plan}", "tell_asked") == {"deputy01"}
    with pytest.raises(NotAllowed, match="不在这项活动的通知名单上"):
        hall.trigger(plan, "asks_leave", {"reason": "没空"}, "deputy04")


def test_nobody_decides_on_the_own_leave_and_a_refusal_says_why(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.answers(plan, {"deputy01": "家中有事"})
    with pytest.raises(Invalid):
        hall.do(plan, "decide_leave", {"agreed": False, "opinion": ""}, "station1a")
    deputy = hall.town.actor("deputy01")
    with (
        hall.workplace.unit_of_work(hall.town.subdistrict_id) as session,
        pytest.raises(NotAllowed, match="自己的请假"),
    ):
        plans.decide_leave(
            session,
            deputy,
            plans.plan_queries.get(session, plan),
            person_id=hall.own()[0].person_id,
            agreed=True,
            opinion="",
            at=hall.clock(),
        )


def test_an_activity_is_put_off_and_everybody_is_asked_again(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.answers(plan, {"deputy01": "参加"})
    hall.trigger(plan, "put_off", {"held_on": "2026-03-27", "reason": "暴雨"}, "station1a")
    assert set(hall.said(plan).values()) == {"待答复"}
    assert hall.found(plan).held_on == date(2026, 3, 27)
    assert hall.found(plan).planned_on == DAY
    assert hall.told_by(f"plan:{plan}", "tell_moved") == {"deputy01", "deputy02", "deputy03"}
    hall.pass_time_to(date(2026, 3, 20))
    assert "write_up" not in hall.waits_at(plan)
    hall.hold_activity(plan)
    assert hall.ended_at(plan) == "filed"


def test_a_day_that_is_moved_away_and_back_is_told_each_time(hall: Hall) -> None:
    plan = hall.plan(DAY)
    for hour, day in enumerate(("2026-03-27", "2026-03-24", "2026-03-27"), 10):
        hall.clock.set_beijing(date(2026, 3, 2), time(hour))
        hall.trigger(plan, "put_off", {"held_on": day, "reason": "场地"}, "station1a")
    first = hall.town.actor("deputy01").id
    with hall.reading() as session:
        query = select(OutboxMessage.body).where(
            OutboxMessage.recipient_id == first, OutboxMessage.subject_key.startswith(f"plan:{plan}:tell_moved")
        )
        bodies = list(session.scalars(query.order_by(OutboxMessage.id)))
    assert [body.partition("改为 ")[2][:5] for body in bodies] == ["3月27日", "3月24日", "3月27日"]


def test_a_cancelled_activity_gives_nobody_a_point(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.trigger(plan, "call_off", {"reason": "防汛"}, "station1a")
    assert hall.ended_at(plan) == "cancelled"
    assert hall.found(plan).status == "已取消"
    assert hall.found(plan).activity_id is None
    assert hall.told_by(f"plan:{plan}", "tell_cancelled") == {"deputy01", "deputy02", "deputy03"}


def test_what_took_place_already_is_only_written_up(hall: Hall) -> None:
    plan = hall.plan(date(2026, 2, 26), already=True)
    assert hall.waits_at(plan) == ["write_over"]
    hall.do(plan, "write_over", hall.written(plan))
    assert hall.ended_at(plan) == "filed"
    assert set(hall.sheet(plan).values()) == {"到会"}
    assert hall.told_by(f"plan:{plan}", "tell:") == set()


def test_without_evidence_it_is_asked_for_and_a_reason_may_stand_for_it(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.hold_activity(plan, photos=[])
    assert hall.waits_at(plan) == ["add_proofs"]
    hall.pass_time_to(date(2026, 3, 28))
    assert hall.told_by(f"plan:{plan}", "urge_proofs") == {"station1a", "station1b"}
    hall.do(plan, "add_proofs", {"photos": [], "sheets": [], "documents": [], "no_proof": "手机损坏"})
    assert hall.found(plan).no_proof == "手机损坏"
    assert hall.ended_at(plan) == "filed"
    assert hall.ends(hall.instance(plan)).count("proofs_urged") == 1


def test_what_is_not_written_up_is_urged_and_then_told_to_the_committee(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.pass_time_to(date(2026, 3, 26))
    assert hall.told_by(f"plan:{plan}", "urge_write") == {"station1a", "station1b"}
    assert hall.told_by(f"plan:{plan}", "tell_committee") == set()
    hall.pass_time_to(date(2026, 4, 2))
    assert hall.told_by(f"plan:{plan}", "tell_committee") == {"committee1", "committee2", "director"}
    hall.hold_activity(plan)
    assert hall.ended_at(plan) == "filed"


def test_everybody_who_was_asked_stands_on_the_sheet_and_somebody_was_there(hall: Hall) -> None:
    plan = hall.plan(DAY)
    hall.pass_time_to(DAY, time(18))
    written = hall.written(plan)
    with pytest.raises(Invalid, match="还有 1 位代表没有登记"):
        hall.do(plan, "write_up", {**written, "sheet": written["sheet"][1:]})
    nobody = [{**row, "state": "缺席"} for row in written["sheet"]]
    with pytest.raises(Invalid, match="没有代表到会"):
        hall.do(plan, "write_up", {**written, "sheet": nobody})
    hall.do(plan, "write_up", {**written, "also": hall.people(4)})
    assert hall.sheet(plan)[hall.seat(4).name] == "到会"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"held_on": "2026-02-20"}, "held_on"),
        ({"held_on": "2026-03-20", "already": True}, "held_on"),
        ({"held_on": "2029-03-20"}, "held_on"),
        ({"starts": "9点"}, "starts"),
        ({"ends": "08:00"}, "ends"),
        ({"place": "  "}, "place"),
        ({"title": " "}, "title"),
        ({"kind": "接待日"}, "kind"),
        ({"whom": "部分", "deputies": []}, "deputies"),
    ],
)
def test_a_wrong_plan_is_refused_at_its_field(hall: Hall, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        hall.plan(DAY, **changes)
    assert field in refusal.value.fields


def test_only_deputies_of_the_own_station_are_asked(hall: Hall) -> None:
    with pytest.raises(Invalid, match="不是本站的议政代表"):
        hall.plan(DAY, whom="部分", deputies=hall.people(1, 4))
    plan = hall.plan(DAY, whom="部分", deputies=hall.people(2))
    assert list(hall.said(plan)) == [hall.seat(2).name]


def test_the_sheet_at_the_door_is_signed_on_the_day_and_fills_the_attendance(hall: Hall) -> None:
    plan = hall.plan(DAY)
    engine, deputy = hall.workplace.engine, hall.town.actor("deputy01")
    mine, other = hall.own()[0].person_id, hall.own()[1].person_id

    def sign(login: str, **states: str) -> None:
        with hall.workplace.unit_of_work(hall.town.subdistrict_id) as session:
            found = plans.plan_queries.get(session, plan)
            plans.sign(engine, session, hall.town.actor(login), found, states=states)

    with pytest.raises(Conflict, match="当天才能签到"):
        sign("station1a", **{mine: "到会"})
    hall.pass_time_to(DAY)
    sign("deputy01", **{mine: "到会"})
    with pytest.raises(Conflict, match="您已经签到"):
        sign("deputy01", **{mine: "到会"})
    with pytest.raises(NotAllowed):
        sign("deputy01", **{other: "到会"})
    with pytest.raises(NotAllowed):
        sign("station2", **{other: "到会"})
    sign("station1a", **{other: "半程"})
    with pytest.raises(NotAllowed):
        sign("deputy02", **{other: "缺席"})
    sign("station1a", **{other: "缺席"})
    with pytest.raises(Conflict, match="您已经签到：缺席"):
        sign("deputy02", **{other: "到会"})
    sign("station1a", **{other: "半程"})
    assert deputy.person_id == mine
    expected = {row["person"]: row["state"] for row in hall.written(plan)["sheet"]}
    assert (expected[mine], expected[other]) == ("到会", "半程")
    hall.hold_activity(plan)
    with pytest.raises(Conflict, match="已归档"):
        sign("station1a", **{other: "到会"})


def test_after_it_was_held_nothing_is_offered_any_more(hall: Hall) -> None:
    plan = hall.plan(DAY)
    assert set(hall.offered(plan, "station1a")) == {"put_off", "call_off"}
    assert hall.offered(plan, "station2") == []
    hall.hold_activity(plan, photos=[])
    assert hall.offered(plan, "station1a") == []
