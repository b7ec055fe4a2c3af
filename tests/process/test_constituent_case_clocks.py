"""The two clocks of a request: more time, pauses, interim replies, urging, and what they do to dates and reminders."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.factories import small_town
from tests.process.casework import DONE, NOBODY, TOLD, Desk
from workflows import verification
from workflows.cases import clock_queries, clocks, queries
from workflows.cases.clock_rules import Clock
from workflows.cases.tables import Case, CasePause, CaseRequest
from workflows.clock import MovableClock, beijing_date
from workflows.errors import Conflict, Invalid
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import actions as workdays
from workflows.workdays.rules import DayRule, Layer

# Mid-Autumn is Friday 25 September 2026; 1-7 October are National Day; Saturday 10 October is worked.
RECEIVED = date(2026, 9, 24)
DUE = date(2026, 10, 12)
MORE = {"days": 5, "reason": "要等管道材料到货。"}
YES, NO = {"agreed": True}, {"agreed": False, "opinion": "请按期办理。"}
WAITING = {"reason": "等待上级机关答复", "note": "已报区水务局。"}


@pytest.fixture
def desk(workplace: Workplace, clock: MovableClock) -> Desk:
    clock.set_beijing(RECEIVED)
    desk = Desk(small_town(workplace), clock)
    desk.publish()
    return desk


@pytest.fixture
def case(desk: Desk) -> str:
    """A request that the department has had since the day of the visit."""
    case = desk.register()
    desk.refer(case)
    return case


def _due(desk: Desk, case: str) -> tuple[date | None, date | None]:
    row = desk.case(case)
    return row.respond_by, row.settle_by


def _told(desk: Desk, case: str, step: str) -> list[tuple[str, date]]:
    return [(login, day) for node, login, day in desk.notices(case) if node == step]


def _until(desk: Desk, day: date) -> None:
    """Every day has its own sweep, as it has with a worker that runs."""
    for ordinal in range(beijing_date(desk.clock()).toordinal() + 1, day.toordinal() + 1):
        desk.pass_time_to(date.fromordinal(ordinal))


def _sound(desk: Desk) -> None:
    with desk.workplace.database.reading(EVERYWHERE) as session:
        assert list(verification.breaches(desk.workplace.engine, session)) == []


# --------------------------------------------------------------------------------------------- the two dates


def test_the_handling_has_a_date_of_its_own_by_who_handles_it(desk: Desk, case: str) -> None:
    assert _due(desk, case) == (DUE, date(2026, 11, 12))  # 30 working days: a department
    assert desk.case(case).original_settle_by == date(2026, 11, 12)
    own = desk.register(solvable="本站")
    assert _due(desk, own) == (DUE, date(2026, 10, 22))  # 15 working days: the station
    _sound(desk)


def test_both_dates_are_explained_day_by_day(desk: Desk, case: str) -> None:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        row = session.get_one(Case, case)
        for clock, due, count in ((Clock.REPLY, DUE, 7), (Clock.HANDLING, date(2026, 11, 12), 30)):
            explained = clock_queries.explained(session, row, clock)
            assert explained is not None
            assert (explained.due, explained.count, explained.trace[-1].ordinal) == (due, count, count)


def test_the_station_and_the_department_that_has_it_may_ask_and_the_committee_may_urge(desk: Desk, case: str) -> None:
    names = {login: [trigger.node_id for trigger in desk.may_do(case, login)] for login in desk.town.actors}
    asks = ["station_asks_time", "station_asks_pause", "asks_interim"]
    assert (names["station1a"], names["dept1"]) == (asks, ["department_asks_time", "department_asks_pause"])
    assert (names["committee1"], names["dept2"], names["station2"]) == (["urge"], [], [])
    desk.do(case, "handle", DONE)
    assert desk.may_do(case, "dept1") == []  # it does not have it any more
    desk.do(case, "reply", TOLD)
    assert desk.may_do(case, "station1a") == desk.may_do(case, "committee1") == []


# -------------------------------------------------------------------------------------------------- extension


def test_an_extension_moves_the_date_and_its_reminders_and_the_station_is_to_tell_the_visitor(
    desk: Desk, case: str
) -> None:
    _until(desk, date(2026, 10, 8))
    assert [day for _, day in _told(desk, case, "soon3_notice")] == [date(2026, 10, 8)]
    desk.trigger(case, "department_asks_time", MORE)
    assert desk.case(case).respond_by == DUE  # not before it is agreed to
    desk.do(case, "approve_extension", YES)
    assert _due(desk, case) == (date(2026, 10, 19), date(2026, 11, 12))
    row = desk.case(case)
    assert (row.original_respond_by, row.handle_by) == (DUE, date(2026, 10, 16))
    assert {login for login, _ in _told(desk, case, "tell_extended")} == {"station1a", "station1b", "dept1"}
    assert desk.waiting(case)[0].due_on == date(2026, 10, 16)
    _until(desk, date(2026, 10, 26))
    days = {step: day for step, _, day in desk.notices(case)}
    assert (days["soon3_notice"], days["soon1_notice"]) == (date(2026, 10, 14), date(2026, 10, 16))
    assert (days["today_notice"], days["late1_notice"]) == (date(2026, 10, 19), date(2026, 10, 20))
    assert "延期" in desk.milestones(case)
    _sound(desk)


def test_an_extension_that_is_refused_moves_nothing_and_whoever_asked_is_told(desk: Desk, case: str) -> None:
    desk.trigger(case, "department_asks_time", MORE)
    desk.do(case, "approve_extension", NO)
    assert desk.case(case).respond_by == DUE
    told = _told(desk, case, "tell_extension_turned_down")
    assert {login for login, _ in told} == {"station1a", "station1b", "dept1"}
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        asked = session.scalars(select(CaseRequest)).one()
    assert (asked.asked_by, asked.days, asked.agreed, asked.opinion) == (
        desk.town.actor("dept1").name,
        5,
        False,
        "请按期办理。",
    )
    desk.trigger(case, "station_asks_time", MORE)  # refused is not extended: it may be asked again
    assert "approve_extension" in desk.waits_at(case)


def test_who_refuses_has_to_say_why(desk: Desk, case: str) -> None:
    desk.trigger(case, "department_asks_time", MORE)
    with pytest.raises(Invalid) as refusal:
        desk.do(case, "approve_extension", {"agreed": False, "opinion": ""})
    assert set(refusal.value.fields) == {"opinion"}


def _refused(desk: Desk, case: str, node: str, answer: dict[str, object]) -> str:
    before = desk.waits_at(case)
    with pytest.raises(Invalid) as refusal:
        desk.trigger(case, node, answer)
    assert desk.waits_at(case) == before
    assert refusal.value.fields
    return str(refusal.value)


def test_more_than_seven_days_or_a_second_time_or_too_late_is_refused_at_once(desk: Desk, case: str) -> None:
    assert "七个工作日" in _refused(desk, case, "station_asks_time", {**MORE, "days": 8})
    desk.trigger(case, "station_asks_time", MORE)
    with pytest.raises(Conflict, match="已经有一份延期申请"):
        desk.trigger(case, "department_asks_time", MORE)
    desk.do(case, "approve_extension", YES)
    assert "只能延长一次" in _refused(desk, case, "station_asks_time", MORE)
    late = desk.register()
    _until(desk, date(2026, 10, 13))
    assert "已经过了" in _refused(desk, late, "station_asks_time", MORE)


def test_on_the_last_day_it_may_still_be_asked_for_and_agreed_to_later(desk: Desk, case: str) -> None:
    _until(desk, DUE)
    desk.trigger(case, "station_asks_time", MORE)
    _until(desk, date(2026, 10, 14))
    assert desk.case(case).overdue_noted_at is not None
    desk.do(case, "approve_extension", YES)
    row = desk.case(case)
    assert (row.respond_by, row.overdue_noted_at) == (date(2026, 10, 19), None)
    assert not queries.is_overdue(row, desk.clock())


def test_an_extended_case_may_still_become_overdue(desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_time", MORE)
    desk.do(case, "approve_extension", YES)
    _until(desk, date(2026, 10, 27))
    assert queries.is_overdue(desk.case(case), desk.clock())
    assert {day for _, day in _told(desk, case, "late5_notice")} == {date(2026, 10, 26)}


def test_an_answer_makes_a_request_that_waits_pointless(desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_time", MORE)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    assert desk.waits_at(case) == ["feedback"]
    desk.do(case, "feedback", {"satisfaction": "满意"})
    assert desk.ended_at(case) == "closed"
    _sound(desk)


def test_an_anonymous_visit_has_nothing_to_extend(desk: Desk) -> None:
    case = desk.register(name="", phone="")
    assert "没有在计的答复期限" in _refused(desk, case, "station_asks_time", MORE)


# ------------------------------------------------------------------------------------------------------ pause


def test_a_pause_over_national_day_stops_both_clocks_until_the_station_ends_it(desk: Desk, case: str) -> None:
    desk.pass_time_to(date(2026, 9, 28))  # day 1
    desk.trigger(case, "department_asks_pause", WAITING)
    desk.do(case, "approve_pause", YES)
    assert desk.waits_at(case) == ["handle", "resume"]
    assert _due(desk, case) == (date(2026, 11, 2), date(2026, 12, 3))  # 15 working days later: the latest possible
    _until(desk, date(2026, 10, 12))
    assert _told(desk, case, "soon3_notice") == []
    assert not queries.is_overdue(desk.case(case), desk.clock())
    desk.do(case, "resume", {"note": "区水务局已答复。"})
    # 29, 30 September and 8, 9, 10, 12 October did not count: six working days.
    assert _due(desk, case) == (date(2026, 10, 20), date(2026, 11, 20))
    row = desk.case(case)
    assert (row.original_respond_by, row.original_settle_by) == (DUE, date(2026, 11, 12))
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        explained = clock_queries.explained(session, session.get_one(Case, case), Clock.REPLY)
        assert explained is not None
        paused = [line.day for line in explained.trace if "暂停" in line.reason]
        assert clock_queries.pause_days_used(session, session.get_one(Case, case)) == len(paused) == 6
    assert all(line.ordinal is None for line in explained.trace if line.day in paused)
    _until(desk, date(2026, 10, 21))
    days = {step: day for step, _, day in desk.notices(case)}
    assert (days["soon3_notice"], days["today_notice"]) == (date(2026, 10, 15), date(2026, 10, 20))
    assert days["late1_notice"] == date(2026, 10, 21)
    assert [word for word in desk.milestones(case) if word in ("暂停", "恢复")] == ["暂停", "恢复"]
    _sound(desk)


def test_a_pause_ends_by_itself_after_fifteen_working_days_in_total(desk: Desk, case: str) -> None:
    desk.pass_time_to(date(2026, 9, 28))
    desk.trigger(case, "station_asks_pause", WAITING)
    desk.do(case, "approve_pause", YES)
    _until(desk, date(2026, 10, 10))
    desk.do(case, "resume", {"note": "材料到了。"})  # five working days: 29, 30, 8, 9, 10
    desk.trigger(case, "station_asks_pause", {**WAITING, "reason": "等待来访人补充材料"})
    desk.do(case, "approve_pause", YES)
    assert "resume" in desk.waits_at(case)
    _until(desk, date(2026, 10, 23))
    assert "resume" in desk.waits_at(case)
    _until(desk, date(2026, 10, 24))  # 12-16 and 19-23 October are the other ten
    assert "resume" not in desk.waits_at(case)
    assert [pause.ended_on for pause in _pauses(desk, case)] == [date(2026, 10, 10), date(2026, 10, 23)]
    assert desk.case(case).respond_by == date(2026, 11, 2)
    assert "十五个工作日" in _refused(desk, case, "station_asks_pause", WAITING)
    _sound(desk)


def _pauses(desk: Desk, case: str) -> list[CasePause]:
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        return clock_queries.pause_rows(session, session.get_one(Case, case))


def test_a_pause_that_is_refused_changes_nothing(desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_pause", WAITING)
    desk.do(case, "approve_pause", NO)
    assert (desk.case(case).respond_by, _pauses(desk, case)) == (DUE, [])
    assert desk.waits_at(case) == ["handle"]


def test_only_two_reasons_pause_the_clocks(desk: Desk, case: str) -> None:
    with pytest.raises(Invalid) as refusal:
        desk.trigger(case, "station_asks_pause", {"reason": "太忙了"})
    assert set(refusal.value.fields) == {"reason"}


def test_an_answer_ends_a_pause(desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_pause", WAITING)
    desk.do(case, "approve_pause", YES)
    desk.pass_time_to(date(2026, 9, 29))
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    assert [pause.ended_on for pause in _pauses(desk, case)] == [date(2026, 9, 29)]
    assert desk.case(case).respond_by == date(2026, 10, 14)  # two days did not count
    assert desk.waits_at(case) == ["feedback"]
    _sound(desk)


def test_a_pause_and_an_extension_add_up(desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_time", MORE)
    desk.do(case, "approve_extension", YES)
    desk.trigger(case, "station_asks_pause", WAITING)
    desk.do(case, "approve_pause", YES)
    desk.pass_time_to(date(2026, 9, 30))
    desk.do(case, "resume", {"note": "答复了。"})
    assert desk.case(case).respond_by == date(2026, 10, 22)  # 12 working days and three that did not count
    _sound(desk)


# ---------------------------------------------------------------------------------------------- interim reply

INTERIM = {"reason": "城管办已到现场，管道 10 月 20 日前改造。", "promised_on": "2026-10-23"}
CALLED = {"channel": "电话", "reached": True, "content": "已告知改造安排。"}


def test_an_interim_reply_stops_the_reply_clock_and_the_case_stays_open_until_the_final_one(
    desk: Desk, case: str
) -> None:
    _until(desk, date(2026, 10, 9))
    desk.trigger(case, "asks_interim", INTERIM)
    desk.do(case, "approve_interim", YES)
    assert desk.case(case).interim_at is None  # agreed to, but the visitor does not know yet
    desk.do(case, "tell_interim", {**CALLED, "reached": False, "content": "无人接听"})
    desk.do(case, "tell_interim", CALLED)
    row = desk.case(case)
    assert (row.status, row.respond_by, row.promised_on) == ("办理中", DUE, date(2026, 10, 23))
    assert row.interim_at is not None
    assert row.handle_by == date(2026, 11, 11)  # a working day before the handling has to be over
    assert set(desk.timers(case)) == {"settle3", "settle_late"}
    _until(desk, date(2026, 10, 22))
    assert not queries.is_overdue(desk.case(case), desk.clock())
    assert {step for step, _, _ in desk.notices(case)} & {"today_notice", "late1_notice"} == set()
    desk.do(case, "handle", DONE)
    assert desk.waiting(case)[0].due_on == date(2026, 10, 23)
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "满意"})
    assert desk.ended_at(case) == "closed"
    assert [word for word in desk.milestones(case) if word == "阶段性答复"] == ["阶段性答复"]
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        station = desk.case(case).station_id
        assert queries.on_time_reply_rate(session, station, date(2026, 10, 1), date(2026, 10, 31)) == (1, 1)
    _sound(desk)


def test_without_approval_the_reply_clock_runs_on(desk: Desk, case: str) -> None:
    desk.trigger(case, "asks_interim", INTERIM)
    desk.do(case, "approve_interim", NO)
    _until(desk, date(2026, 10, 13))
    assert desk.case(case).interim_at is None
    assert desk.case(case).overdue_noted_at is not None


def test_a_promise_lies_ahead_within_the_handling_and_is_given_once(desk: Desk, case: str) -> None:
    for day, why in (("2026-11-13", "不能晚于办理时限"), ("2026-09-24", "今天以后")):
        assert why in _refused(desk, case, "asks_interim", {**INTERIM, "promised_on": day})
    desk.trigger(case, "asks_interim", INTERIM)
    desk.do(case, "approve_interim", YES)
    desk.do(case, "tell_interim", CALLED)
    assert "没有在计的答复期限" in _refused(desk, case, "asks_interim", INTERIM)


def test_the_handling_has_its_own_reminders_and_is_overdue_by_itself(desk: Desk, case: str) -> None:
    desk.trigger(case, "asks_interim", INTERIM)
    desk.do(case, "approve_interim", YES)
    desk.do(case, "tell_interim", CALLED)
    _until(desk, date(2026, 11, 13))
    assert {day for _, day in _told(desk, case, "settle3_notice")} == {date(2026, 11, 9)}
    assert {login for login, _ in _told(desk, case, "settle3_notice")} == {"dept1"}
    assert {day for _, day in _told(desk, case, "settle_late_notice")} == {date(2026, 11, 13)}
    assert clock_queries.is_handling_late(desk.case(case), desk.clock())


# ------------------------------------------------------------------------- wrong hand-over, urging, dissatisfied


def test_a_wrong_hand_over_comes_back_within_five_working_days_and_not_later(desk: Desk, case: str) -> None:
    back = {"decision": "退回", "return_reason": "排水由农业农村办管理。"}
    _until(desk, date(2026, 10, 10))  # working days since 24 September: 28, 29, 30, 8, 9, 10
    with pytest.raises(Invalid, match="超过五个工作日") as refusal:
        desk.do(case, "handle", back)
    assert set(refusal.value.fields) == {"return_reason"}
    assert desk.waits_at(case) == ["handle"]
    other = desk.register()
    desk.refer(other)
    _until(desk, date(2026, 10, 16))  # the fifth working day
    desk.do(other, "handle", back)
    assert desk.waits_at(other) == ["refer"]


def test_twice_handed_to_the_wrong_department_is_handed_on_by_the_committee_and_the_clock_runs_on(desk: Desk) -> None:
    case = desk.register()
    back = {"decision": "退回", "return_reason": "不归我们管。"}
    desk.refer(case, "农业农村办")
    desk.pass_time_to(date(2026, 9, 28))
    desk.do(case, "handle", back)
    desk.refer(case, "城管办")
    desk.pass_time_to(date(2026, 9, 29))
    desk.do(case, "handle", back)
    desk.refer(case, "农业农村办")
    assert _due(desk, case) == (DUE, date(2026, 11, 12))  # from the first hand-over
    assert [login for login, _ in _told(desk, case, "tell_department")] == ["dept2", "dept1", "dept2"]
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {**TOLD, "satisfaction": "满意"})
    assert desk.ended_at(case) == "closed"
    _sound(desk)


def test_the_committee_urges_whoever_has_the_case_as_often_as_it_needs_to(desk: Desk, case: str) -> None:
    for n in range(3):
        desk.trigger(case, "urge", {"reason": f"第{n + 1}次催办，请今天答复。"})
    assert [login for login, _ in _told(desk, case, "urge_holder")] == ["dept1"] * 3
    desk.do(case, "handle", DONE)
    desk.trigger(case, "urge", {"reason": "请打电话。"})
    assert {login for login, _ in _told(desk, case, "urge_holder")[3:]} == {"station1a", "station1b"}
    assert desk.milestones(case).count("催办") == 4
    assert desk.waits_at(case) == ["reply"]


def test_a_dissatisfied_visitor_gets_another_handler_and_then_the_committee_decides(desk: Desk, case: str) -> None:
    unhappy = {**TOLD, "satisfaction": "不满意"}
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", unhappy)
    with pytest.raises(Invalid, match="换一个单位") as refusal:
        desk.refer(case)
    assert set(refusal.value.fields) == {"department"}
    desk.refer(case, "农业农村办")
    assert _due(desk, case) == (date(2026, 10, 22), date(2026, 11, 12))  # 15 working days, and a new handling clock
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", unhappy)
    desk.do(case, "decide_again", {"word": "再次办理", "note": "由城管办再办一次。"})
    assert (desk.case(case).times_reopened, desk.waits_at(case)) == (2, ["refer"])
    desk.refer(case)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", unhappy)
    desk.do(case, "decide_again", {"word": "转为代表建议", "note": "提出管网改造的建议。"})
    row = desk.case(case)
    assert (desk.ended_at(case), row.last_word, row.last_note) == ("closed", "转为代表建议", "提出管网改造的建议。")
    _sound(desk)


def test_after_a_reopening_there_may_be_one_more_extension(desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_time", MORE)
    desk.do(case, "approve_extension", YES)
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", {**TOLD, "satisfaction": "不满意"})
    desk.trigger(case, "station_asks_time", MORE)
    desk.do(case, "approve_extension", YES)
    assert desk.case(case).respond_by == date(2026, 10, 29)  # 15 and 5 working days


# --------------------------------------------------------------------------------------------- a new calendar


def _declare(desk: Desk, *days: DayRule) -> None:
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        change = workdays.set_local_days(
            session, desk.town.actor("admin"), layer=Layer.OFFICE, days=list(days), reason="区政府通知", at=desk.clock()
        )
    with desk.workplace.unit_of_work(desk.town.subdistrict_id) as session:
        clocks.recompute_deadlines(desk.workplace.engine, session, desk.town.actor("admin"), change=change)


def test_a_calendar_that_changes_on_the_way_moves_paused_and_extended_dates_both_ways(desk: Desk, case: str) -> None:
    desk.trigger(case, "station_asks_time", MORE)
    desk.do(case, "approve_extension", YES)
    desk.trigger(case, "station_asks_pause", WAITING)
    desk.do(case, "approve_pause", YES)
    before = _due(desk, case)
    _declare(desk, DayRule(date(2026, 9, 29), False, "台风停工", Layer.OFFICE, "五停令", True))
    later = _due(desk, case)
    assert before == (date(2026, 11, 9), date(2026, 12, 3))
    assert later == (date(2026, 11, 10), date(2026, 12, 4))
    pause_timer = desk.timers(case)["pause_expires"]
    assert beijing_date(pause_timer) == date(2026, 10, 23)  # fifteen working days, one later than before
    _declare(
        desk,
        DayRule(date(2026, 9, 29), True, "恢复上班", Layer.OFFICE, "通知", True),
        DayRule(date(2026, 10, 17), True, "调休上班", Layer.OFFICE, "通知", True),
    )
    assert _due(desk, case) == (date(2026, 11, 6), date(2026, 12, 2))
    assert beijing_date(desk.timers(case)["pause_expires"]) == date(2026, 10, 21)
    assert beijing_date(desk.timers(case)["soon3"]) == date(2026, 11, 3)
    _until(desk, date(2026, 9, 30))
    desk.do(case, "resume", {"note": "答复了。"})
    assert desk.case(case).respond_by == date(2026, 10, 21)  # 12 working days, three paused, one Saturday worked
    _sound(desk)


def test_a_call_that_reaches_nobody_about_an_interim_reply_is_a_try_like_any_other(desk: Desk, case: str) -> None:
    desk.trigger(case, "asks_interim", INTERIM)
    desk.do(case, "approve_interim", YES)
    desk.do(case, "tell_interim", {**CALLED, "reached": False, "content": "无人接听"})
    with desk.workplace.reading(desk.town.subdistrict_id) as session:
        assert [attempt.reached for attempt in queries.attempts(session, case)] == [False]
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", NOBODY)
    assert desk.waits_at(case) == ["tell_interim", "reply"]
