"""Merged requests through their diagram: handled once, answered to each visitor (domain D8)."""

from datetime import date

import pytest

from tests.factories import small_town
from tests.process.casework import DONE, TOLD, Desk
from workflows import verification
from workflows.cases import health
from workflows.clock import MovableClock
from workflows.errors import Conflict, Invalid
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    clock.set_beijing(date(2026, 3, 2))
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk


def _merge(desk: Desk, case: str, leading: str) -> None:
    desk.do(case, "refer", {"handler": "并入已有事项", "lead_number": desk.case(leading).number})


def _sound(desk: Desk) -> None:
    with desk.workplace.database.reading(EVERYWHERE) as session:
        assert list(verification.breaches(desk.workplace.engine, session)) == []


def _close(desk: Desk, case: str) -> None:
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "满意"})


def test_a_follower_waits_for_the_result_and_has_its_own_reply_and_feedback(desk: Desk) -> None:
    leading, follower = desk.register(), desk.register()
    desk.refer(leading)
    _merge(desk, follower, leading)
    assert desk.waits_at(follower) == []
    desk.do(leading, "handle", DONE)
    desk.pass_time_to(date(2026, 3, 3))  # the message is on its way
    assert desk.waits_at(follower) == ["reply"]
    assert desk.case(follower).result_text == desk.case(leading).result_text
    _close(desk, follower)
    assert desk.ended_at(follower) == "closed"
    assert desk.milestones(follower) == ["登记", "反映", "并案", "处理", "结果", "反馈"]
    desk.pass_time_to(date(2026, 3, 4))
    _close(desk, leading)
    assert desk.ended_at(leading) == "closed"
    _sound(desk)


def test_a_leading_case_waits_until_each_visitor_is_told(desk: Desk) -> None:
    leading, first, second = desk.register(), desk.register(), desk.register()
    desk.refer(leading)
    for follower in (first, second):
        _merge(desk, follower, leading)
    desk.do(leading, "handle", DONE)
    desk.pass_time_to(date(2026, 3, 3))
    _close(desk, leading)
    assert (desk.ended_at(leading), desk.waits_at(leading)) == ("", [])
    _close(desk, first)
    desk.pass_time_to(date(2026, 3, 4))
    assert desk.ended_at(leading) == ""
    _close(desk, second)
    desk.pass_time_to(date(2026, 3, 5))
    assert desk.ended_at(leading) == "closed"
    _sound(desk)


def test_what_is_merged_after_the_result_gets_it_at_once(desk: Desk) -> None:
    leading, late = desk.register(), desk.register()
    desk.refer(leading)
    desk.do(leading, "handle", DONE)
    _merge(desk, late, leading)
    desk.pass_time_to(date(2026, 3, 3))
    assert desk.waits_at(late) == ["reply"]


def test_a_followers_clock_runs_on_and_it_is_reminded(desk: Desk) -> None:
    leading, follower = desk.register(), desk.register()
    desk.refer(leading)
    _merge(desk, follower, leading)
    desk.pass_time_to(date(2026, 3, 12))
    assert {step for step, _, _ in desk.notices(follower)} >= {"today_notice", "late1_notice"}
    _sound(desk)


def test_a_follower_that_waits_is_not_left_alone(desk: Desk) -> None:
    leading, follower = desk.register(), desk.register()
    desk.refer(leading)
    _merge(desk, follower, leading)
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        days = {"first": date(2026, 3, 1), "last": date(2026, 3, 31)}
        found = health.examine(session, desk.town.actor("director"), now=desk.clock(), **days)
    assert (found.examined, found.broken) == (2, [])


def test_a_number_that_leads_nothing_is_refused_at_its_field(desk: Desk) -> None:
    case = desk.register()
    with pytest.raises(Invalid) as refusal:
        desk.do(case, "refer", {"handler": "并入已有事项", "lead_number": "2026-9999"})
    assert set(refusal.value.fields) == {"lead_number"}
    assert desk.waits_at(case) == ["refer"]


def test_a_follower_is_split_off_and_goes_its_own_way(desk: Desk) -> None:
    leading, follower = desk.register(), desk.register()
    desk.refer(leading)
    _merge(desk, follower, leading)
    date_before = desk.case(follower).respond_by
    desk.pass_time_to(date(2026, 3, 3))
    assert "split" not in [offered.node_id for offered in desk.may_do(follower, "station1a")]
    desk.trigger(follower, "split", {"reason": "不是同一条沟。"}, "committee1")
    assert desk.waits_at(follower) == ["refer"]
    assert (desk.case(follower).merged_into_id, desk.case(follower).respond_by) == (None, date_before)
    _sound(desk)
    desk.do(leading, "handle", DONE)
    _close(desk, leading)
    assert desk.ended_at(leading) == "closed"
    desk.pass_time_to(date(2026, 3, 4))
    assert desk.waits_at(follower) == ["refer"]  # the result of the other is none of its own
    desk.refer(follower)
    desk.do(follower, "handle", {**DONE, "result": "另一条沟也通了。"})
    _close(desk, follower)
    assert desk.milestones(follower) == ["登记", "反映", "并案", "拆分", "反映", "处理", "结果", "反馈"]
    assert desk.case(follower).result_text == "另一条沟也通了。"
    _sound(desk)


def test_what_was_split_off_can_be_merged_into_another_case(desk: Desk) -> None:
    first, second, follower = desk.register(), desk.register(), desk.register()
    desk.refer(second)
    _merge(desk, follower, first)
    desk.trigger(follower, "split", {"reason": "应并入另一件。"}, "committee1")
    _merge(desk, follower, second)
    desk.do(second, "handle", DONE)
    desk.pass_time_to(date(2026, 3, 3))
    assert desk.waits_at(follower) == ["reply"]
    _sound(desk)


def test_nothing_is_split_off_once_the_result_is_on_its_way(desk: Desk) -> None:
    leading, follower = desk.register(), desk.register()
    desk.refer(leading)
    _merge(desk, follower, leading)
    desk.do(leading, "handle", DONE)
    with pytest.raises(Conflict, match="已经有结果"):
        desk.trigger(follower, "split", {"reason": "不是同一条沟。"}, "committee1")
    desk.pass_time_to(date(2026, 3, 3))
    assert desk.waits_at(follower) == ["reply"]
    _sound(desk)
