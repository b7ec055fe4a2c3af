"""One visitor twice, one matter several times: proposed, merged, and answered to each (domain D8, Q16)."""

from datetime import date
from typing import Any

import pytest

from tests.factories import small_town
from tests.process.casework import DONE, TOLD, Desk
from workflows.cases import actions, matching, merging, queries
from workflows.cases.tables import Case
from workflows.clock import MovableClock
from workflows.engine import jobs
from workflows.errors import Conflict, Invalid
from workflows.wiring import Workplace


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk


def proposed(desk: Desk, login: str = "station1a", **words: Any) -> list[tuple[str, bool]]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        found = matching.propose(session, desk.town.actor(login), today=date(2026, 3, 10), **words).matches
        return [(match.case.id, match.same_visitor) for match in found]


def merge(desk: Desk, case: str, into: str, login: str = "committee1") -> Case:
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        return merging.merge(
            desk.workplace.engine,
            session,
            desk.town.actor(login),
            session.get_one(Case, case),
            number=desk.case(into).number if into in known(desk) else into,
            at=desk.clock(),
        )


def known(desk: Desk) -> set[str]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return {case.id for case in queries.listed(session, desk.town.actor("director")).rows}


def test_the_same_visitor_comes_first_then_what_is_most_alike(desk: Desk) -> None:
    other = desk.register(
        title="路灯不亮", place="官庄村桥头", description="晚上看不见。", name="陈大爷", phone="19900000001"
    )
    same = desk.register(title="低保怎么申请", place="", description="", name="刘大妈", phone="1990000 0002")
    found = proposed(desk, title="路灯坏了", place="桥头路灯不亮", phone="199-0000-0002")
    assert found == [(same, True), (other, False)]
    assert proposed(desk, name="刘大妈") == [(same, True)]
    assert proposed(desk, title="垃圾清运") == []
    assert proposed(desk, "station2", title="路灯不亮") == []


def test_one_case_does_not_propose_itself(desk: Desk) -> None:
    case = desk.register()
    assert proposed(desk, title="村内道路积水", without=case) == []


def test_up_to_five_people_come_together(desk: Desk) -> None:
    others = [{"name": f"乡亲{n}", "phone": f"1990000900{n}"} for n in range(1, 5)]
    case = desk.register(companions=others)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        names = [party.name for party in queries.parties(session, session.get_one(Case, case))]
    assert names == ["王桂兰", "乡亲1", "乡亲2", "乡亲3", "乡亲4"]
    with pytest.raises(Invalid):
        desk.register(companions=[*others, {"name": "乡亲5", "phone": ""}])


def test_a_follower_gets_the_result_of_its_leading_case_also_when_it_comes_late(desk: Desk) -> None:
    leading, early, late = desk.register(), desk.register(), desk.register()
    merge(desk, early, leading)
    desk.refer(leading)
    desk.do(leading, "handle", DONE)
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        assert merging.share_result(desk.workplace.engine, session, session.get_one(Case, leading)) == 1
    merge(desk, late, leading)
    assert jobs.sweep(desk.workplace.engine, desk.workplace.database) >= 2


def test_a_leading_case_is_not_closed_while_a_followers_visitor_is_untold(desk: Desk) -> None:
    leading, follower = desk.register(), desk.register()
    merge(desk, follower, leading)
    desk.refer(leading)
    desk.do(leading, "handle", DONE)
    desk.do(leading, "reply", TOLD)
    with (
        pytest.raises(Conflict, match="1 位来访人没有答复"),
        desk.workplace.unit_of_work(desk.town.subdistrict_id) as session,
    ):
        actions.close(session, desk.town.actor("station1a"), session.get_one(Case, leading), at=desk.clock())


def test_what_can_not_be_merged_says_why(desk: Desk) -> None:
    leading, follower, closed = desk.register(), desk.register(), desk.register(outcome="当场答复", answer="已说明。")
    merge(desk, follower, leading)
    for case, into, why in (
        (leading, leading, "事项自己"),
        (desk.register(), follower, "已经并入别的事项"),
        (desk.register(), closed, "已经办结"),
        (leading, desk.register(), "已有事项并入本件"),
        (desk.register(), "2026-9999", "没有编号"),
    ):
        with pytest.raises(Invalid, match=why) as refused:
            merge(desk, case, into)
        assert "lead_number" in refused.value.fields
