"""The shipped process of a request, to each of its ends, on the real engine with a moved clock."""

from datetime import date, time
from typing import Any

import pytest

from tests.factories import Town, small_town
from tests.process.casework import DONE, NOBODY, RESULT, TOLD, Desk
from tests.process.conftest import Opened
from workflows import verification
from workflows.cases import queries
from workflows.clock import MovableClock
from workflows.engine import instances
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.notifications import queries as notifications
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

FIVE = ["登记", "反映", "处理", "结果", "反馈"]

# Mid-Autumn is Friday 25 September 2026; 1-7 October are National Day; Saturday 10 October is worked.
RECEIVED = date(2026, 9, 24)
DUE = date(2026, 10, 12)
REMINDERS = {"soon3", "soon1", "today", "late1", "late3", "late5"}


@pytest.fixture
def desk(opened: Opened, clock: MovableClock) -> Desk:
    return Desk(opened(_published), clock)


def _published(workplace: Workplace, clock: MovableClock) -> Town:
    clock.set_beijing(RECEIVED)
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk.town


def _settle(desk: Desk, case_id: str) -> None:
    """From the committee's table to the reply."""
    desk.refer(case_id)
    desk.do(case_id, "handle", DONE)
    desk.do(case_id, "reply", TOLD)


def all_breaches(desk: Desk) -> list[Any]:
    """What `luji verify` would say."""
    with desk.workplace.database.reading(EVERYWHERE) as session:
        return list(verification.breaches(desk.workplace.engine, session))


def test_an_ordinary_request_goes_through_the_five_links_in_order(desk: Desk) -> None:
    case = desk.register()
    assert (desk.case(case).respond_by, desk.case(case).respond_by_final) == (DUE, True)
    assert desk.waits_at(case) == ["refer"]
    desk.refer(case)
    desk.do(case, "handle", DONE)
    assert desk.done_links(case) == FIVE[:4]
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "满意", "comment": "很快"})
    assert desk.milestones(case) == FIVE
    assert desk.ended_at(case) == "closed"
    closed = desk.case(case)
    assert (closed.status, closed.satisfaction, closed.feedback_comment) == ("已办结", "满意", "很快")
    assert desk.timers(case) == {}
    assert desk.breaches() == []


def test_a_visitor_who_says_at_once_how_satisfied_they_are_is_not_called_again(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {**TOLD, "satisfaction": "基本满意"})
    assert desk.ended_at(case) == "closed"
    assert desk.milestones(case) == FIVE


def test_what_can_be_answered_is_answered_on_the_spot_and_has_no_deadline(desk: Desk) -> None:
    case = desk.register(outcome="当场答复", matter_class="咨询", answer="带身份证到社会事务办窗口办理。")
    assert desk.ended_at(case) == "answered_on_the_spot"
    assert desk.case(case).respond_by is None
    assert desk.done_links(case) == FIVE
    assert [state.how for state in desk.links(case)] == ["", *["当场答复"] * 4]


def test_a_denunciation_leaves_nothing_behind_but_that_the_visitor_was_guided(desk: Desk) -> None:
    told = {"outcome": "不予受理", "guidance": "请拨打12388向纪检监察机关提出。"}
    case = desk.register(matter_class="检举控告", title="某人受贿", description="细节", **told)
    row = desk.case(case)
    assert desk.ended_at(case) == "declined"
    assert (row.status, row.title, row.place, row.description, row.anonymous) == ("不予受理", "检举控告", "", "", True)


def test_whoever_is_not_taken_in_is_told_where_to_go(desk: Desk) -> None:
    with pytest.raises(Invalid) as refusal:
        desk.register(matter_class="诉讼仲裁", outcome="待办理")
    assert list(refusal.value.fields) == ["guidance"]


def test_the_clerk_may_decide_that_a_matter_is_not_taken_in(desk: Desk) -> None:
    case = desk.register(outcome="不予受理", guidance="请到区法院诉讼服务中心。")
    assert desk.ended_at(case) == "declined"
    assert desk.case(case).spot_answer == "请到区法院诉讼服务中心。"


def test_the_village_or_the_station_handles_what_it_can(desk: Desk) -> None:
    case = desk.register(solvable="本站")
    assert desk.waits_at(case) == ["station_handle"]
    assert desk.done_links(case) == FIVE[:2]
    desk.do(case, "station_handle", RESULT)
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "满意"})
    assert desk.milestones(case) == FIVE


def test_what_is_beyond_the_street_is_reported_upward_by_the_committee(desk: Desk) -> None:
    case = desk.register(solvable="上级")
    desk.do(case, "refer", {"handler": "街道人大工委"})
    desk.do(case, "upward_handle", {**RESULT, "sent_to": "区交通运输局", "document": "陆街人大函〔2026〕3号"})
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "满意"})
    assert desk.milestones(case) == FIVE


def test_a_wrong_referral_comes_back_and_its_link_is_open_again(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case, "农业农村办")
    desk.do(case, "handle", {"decision": "退回", "return_reason": "排水由城管办管理。"})
    assert desk.waits_at(case) == ["refer"]
    assert desk.done_links(case) == FIVE[:1]
    _settle(desk, case)
    desk.do(case, "feedback", {"satisfaction": "满意"})
    assert desk.done_links(case) == FIVE


def test_a_department_sees_and_does_only_what_was_referred_to_it(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    with pytest.raises(NotFound):
        desk.do(case, "handle", DONE, login="dept2")
    assert desk.waiting(case)[0].due_on == date(2026, 10, 10)  # a working day before the reply falls due


def test_a_call_that_reaches_nobody_does_not_stop_the_clock(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", NOBODY)
    assert desk.waits_at(case) == ["reply"]
    assert desk.case(case).replied_at is None


def test_three_calls_on_one_day_are_not_enough(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    for _ in range(3):
        desk.do(case, "reply", NOBODY)
    assert desk.waits_at(case) == ["reply"]


def test_after_three_calls_on_two_working_days_the_committee_confirms_a_public_notice(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", NOBODY)
    desk.do(case, "reply", NOBODY)
    desk.pass_time_to(date(2026, 9, 28))
    desk.do(case, "reply", NOBODY)
    assert desk.waits_at(case) == ["check_contact"]
    desk.do(case, "check_contact", {"agreed": False})
    assert desk.waits_at(case) == ["reply"]
    desk.do(case, "reply", NOBODY)
    desk.pass_time_to(date(2026, 9, 29))
    desk.do(case, "check_contact", {"agreed": True, "notice": "2026-0001：积水已排除。"})
    closed = desk.case(case)
    assert desk.ended_at(case) == "closed"
    assert (closed.satisfaction, closed.reply_channel) == ("联系不上", "公告")
    assert str(closed.replied_at)[:10] == "2026-09-28"  # the last call, not the day of the confirmation


PUBLISHED = {"channel": "公布", "content": "积水已排除。"}


def test_an_anonymous_visit_has_no_reply_clock_and_ends_with_its_five_links(desk: Desk) -> None:
    """Nobody can be replied to: handled and filed, the result published under the code (calendar row 17)."""
    case = desk.register(name="", phone="")
    row = desk.case(case)
    assert (row.respond_by, row.original_respond_by, row.clock_started_on) == (None, None, None)
    assert desk.timers(case) == {}
    desk.refer(case)
    assert desk.case(case).settle_by == date(2026, 11, 12)  # 30 working days after 24 September: another unit's work
    assert [task.due_on for task in desk.waiting(case)] == [date(2026, 11, 12)]
    desk.pass_time_to(date(2026, 11, 6))  # long after the date that a visitor with a name would have had
    assert [step for step, _, _ in desk.notices(case)] == ["tell_department"]
    assert set(desk.timers(case)) == {"settle3", "settle_late"}
    assert [state.state for state in desk.links(case)] == ["done", "done", "current", "waiting", "waiting"]
    desk.do(case, "handle", DONE)
    assert [task.due_on for task in desk.waiting(case)] == [date(2026, 11, 12)]
    desk.do(case, "reply", PUBLISHED)
    closed = desk.case(case)
    assert desk.ended_at(case) == "closed"
    assert desk.milestones(case) == FIVE
    assert [state.how for state in desk.links(case)] == ["", "", "", "", "不适用"]
    assert (closed.status, closed.satisfaction, closed.overdue_noted_at) == ("已办结", "不适用", None)
    assert all_breaches(desk) == []


def test_a_station_handles_an_anonymous_matter_by_a_day_of_its_own(desk: Desk) -> None:
    case = desk.register(name="", phone="", solvable="本站", matter_class="紧急安全")
    assert (desk.case(case).respond_by, desk.case(case).handle_by) == (None, date(2026, 10, 22))
    desk.do(case, "station_handle", RESULT)
    assert all_breaches(desk) == []
    desk.do(case, "reply", PUBLISHED)
    assert desk.done_links(case) == FIVE


def test_nobody_calls_a_visitor_without_a_name_and_a_name_is_answered_in_person(desk: Desk) -> None:
    nameless, named = desk.register(name="", phone="", solvable="本站"), desk.register(solvable="本站")
    for case, answer in ((nameless, TOLD), (named, PUBLISHED)):
        desk.do(case, "station_handle", RESULT)
        with pytest.raises(Invalid) as refusal:
            desk.do(case, "reply", answer)
        assert set(refusal.value.fields) == {"channel"}
        assert desk.waits_at(case) == ["reply"]


def test_a_changed_calendar_gives_an_anonymous_visit_no_date(desk: Desk) -> None:
    case, timed = desk.register(name="", phone=""), desk.register()
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        for each in (case, timed):
            assert instances.refresh_timers(
                desk.workplace.engine, session, desk.town.clock_actor, business_key=f"case:{each}"
            ) in (0, 1)
    assert desk.timers(case) == {}
    assert set(desk.timers(timed)) == REMINDERS
    assert all_breaches(desk) == []


def test_a_letter_needs_its_proof(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    with pytest.raises(Invalid) as refusal:
        desk.do(case, "reply", {"channel": "书面", "content": "见附件。"})
    assert set(refusal.value.fields) == {"proof"}


def test_dissatisfied_once_means_handled_again_with_a_clock_of_its_own(desk: Desk) -> None:
    case = desk.register(solvable="本站")
    desk.do(case, "station_handle", RESULT)
    desk.do(case, "reply", NOBODY)
    desk.do(case, "reply", TOLD)
    desk.pass_time_to(date(2026, 9, 28))
    desk.do(case, "feedback", {"satisfaction": "不满意"})
    again = desk.case(case)
    assert desk.waits_at(case) == ["refer"]  # not the station a second time
    assert desk.done_links(case) == FIVE[:1]
    assert (again.times_reopened, again.replied_at, again.original_respond_by) == (1, None, DUE)
    assert again.respond_by == date(2026, 10, 23)  # 15 working days after 28 September
    assert set(desk.timers(case)) == REMINDERS
    _settle(desk, case)
    desk.do(case, "feedback", {"satisfaction": "不满意"})
    assert desk.waits_at(case) == ["decide_again"]
    desk.do(case, "decide_again", {"word": "说明理由后办结", "note": "已当面说明排水管网改造的安排。"})
    assert desk.ended_at(case) == "closed"
    assert desk.case(case).last_word == "说明理由后办结"
    assert desk.done_links(case) == FIVE
    assert desk.breaches() == []


def test_reminders_and_the_escalation_come_once_on_the_right_days_over_national_day(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    for day in range(24, 31):
        desk.pass_time_to(date(2026, 9, day))
    for day in range(1, 21):
        desk.pass_time_to(date(2026, 10, day), time(8))
        desk.pass_time_to(date(2026, 10, day), time(9))
        desk.pass_time_to(date(2026, 10, day), time(18))
    reminders = [(step, day) for step, login, day in desk.notices(case) if login == "station1a"]
    assert reminders == [
        ("soon3_notice", date(2026, 10, 8)),  # 8, 9 and the working Saturday 10 October are ahead
        ("soon1_notice", date(2026, 10, 10)),
        ("today_notice", DUE),
    ]
    told = [(step, day) for step, login, day in desk.notices(case) if login == "director"]
    assert told == [
        ("late1_notice", date(2026, 10, 13)),
        ("late3_notice", date(2026, 10, 15)),
        ("late5_notice", date(2026, 10, 19)),
    ]
    assert str(desk.case(case).board_noted_at)[:10] == "2026-10-19"
    assert [state.state for state in desk.links(case)] == ["done", "done", "done", "done", "overdue"]
    assert str(desk.case(case).overdue_noted_at)[:10] == "2026-10-13"


def test_handling_again_does_not_undo_that_the_first_reply_was_so_late(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.pass_time_to(date(2026, 10, 20))
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "不满意"})
    assert desk.case(case).times_reopened == 1
    station = desk.town.villages[0].station_id
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        for first, last, count in (
            (date(2026, 10, 20), date(2026, 10, 20), 1),
            (date(2026, 10, 1), date(2026, 10, 19), 0),
            (date(2026, 10, 21), date(2026, 12, 31), 0),
        ):
            assert queries.count_noted_for_board(session, station, first, last) == count


def test_reminders_go_to_whoever_has_the_case(desk: Desk) -> None:
    case = desk.register()
    desk.pass_time_to(date(2026, 10, 8))
    desk.refer(case)
    desk.pass_time_to(date(2026, 10, 10))
    holders = {(step, login) for step, login, _ in desk.notices(case)}
    assert {login for step, login in holders if step == "soon3_notice"} == {"committee1", "committee2", "director"}
    assert {login for step, login in holders if step == "soon1_notice"} == {"dept1"}


def test_an_answer_stops_the_reminders(desk: Desk) -> None:
    case = desk.register()
    _settle(desk, case)
    desk.pass_time_to(date(2026, 10, 20))
    assert [step for step, _, _ in desk.notices(case)] == ["tell_department"]


def test_an_answer_on_the_last_day_before_midnight_is_in_time(desk: Desk) -> None:
    case = desk.register()
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.pass_time_to(DUE, time(23, 30))
    desk.do(case, "reply", TOLD)
    assert desk.case(case).overdue_noted_at is None
    late = desk.register()
    assert desk.case(late).number == "2026-0002"


def test_only_a_station_registers_and_only_its_own_visits(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        desk.register(login="dept1")
    with pytest.raises(NotAllowed):
        desk.register(login="station2", station=desk.town.villages[0].station_id)


def test_a_visit_of_tomorrow_can_not_be_registered(desk: Desk) -> None:
    with pytest.raises(Invalid) as refusal:
        desk.register(received_on="2026-09-25")
    assert set(refusal.value.fields) == {"received_on"}


def test_an_urgent_matter_is_urged_at_once_and_not_by_reminders_of_days_gone_by(desk: Desk) -> None:
    case = desk.register(matter_class="紧急安全")
    assert desk.case(case).respond_by == date(2026, 9, 28)
    desk.pass_time_to(RECEIVED, time(9, 5))
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        written = notifications.messages_about(session, f"case:{case}:")
    alive = {m.subject_key.split(":")[2] for m in written if not notifications.is_stale(m, desk.clock())}
    assert alive == {"soon1_notice"}
    assert set(desk.timers(case)) == {"today", "late1", "late3", "late5"}
