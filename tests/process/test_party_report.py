"""A 请示 and a 报告 from the draft to each of their ends, and the monthly duty, with a moved clock."""

from datetime import date

import pytest

from tests.factories import small_town
from tests.process.filing import REPORT, REQUEST, House
from workflows import calendar_change
from workflows.clock import MovableClock
from workflows.errors import Invalid, NotAllowed
from workflows.filings import queries
from workflows.wiring import Workplace
from workflows.workdays import actions as workdays
from workflows.workdays.rules import Layer, local_day

COMMITTEE = {"committee1", "committee2", "director"}
DONE = {"outcome": "已落实", "result": "已经办好。"}


@pytest.fixture
def house(workplace: Workplace, clock: MovableClock) -> House:
    """Monday 2 March 2026."""
    house = House(small_town(workplace), clock)
    house.publish()
    return house


# ------------------------------------------------------------------------------------------ the long way


def test_a_request_is_checked_filed_answered_carried_out_and_archived(house: House) -> None:
    paper = house.begin()
    assert house.waits_at(paper) == ["check"]
    assert house.paper(paper).file_by == date(2026, 3, 19)
    assert "实施前报送" in house.paper(paper).rule
    house.do(paper, "check", {"agreed": True}, "committee2")
    house.do(paper, "sign", {"agreed": True, "filed_on": "2026-03-02"}, "director")
    row = house.paper(paper)
    assert (row.number, row.in_time, row.reply_by) == ("〔2026〕1号", True, date(2026, 3, 11))
    house.pass_time_to(date(2026, 3, 5))
    house.replied(paper, has_tasks=True)
    assert house.told_by(paper, "tell_reply") == {"committee1"}
    house.given(
        paper,
        ("布置会场", house.department(), "2026-03-18"),
        ("通知本站代表", house.station(2), "2026-03-13"),
        ("准备材料", "街道人大工委", "2026-03-16"),
    )
    assert house.waits_at(paper) == ["do_committee", "do_department", "do_station"]
    assert house.told_by(paper, "tell_owner") == {"dept1", "station2"} | COMMITTEE
    house.do(paper, "do_station", DONE, "station2")
    house.do(paper, "do_department", {**DONE, "outcome": "部分落实"}, "dept1")
    assert house.waits_at(paper) == ["do_committee"]
    house.do(paper, "do_committee", DONE, "committee2")
    assert house.told_by(paper, "note_done") == COMMITTEE
    assert [task.outcome for task in house.tasks(paper)] == ["已落实", "已落实", "部分落实"]
    house.do(paper, "report_back", {"text": "会议准备就绪。", "reported_on": "2026-03-05"}, "committee1")
    assert house.ended_at(paper) == "archived"
    assert house.paper(paper).status == "已归档"
    every = ["起草", "报送", "批复", "分解任务", "任务落实", "任务落实", "任务落实", "报告落实情况", "归档"]
    assert house.milestones(paper) == every
    assert house.breaches() == []


def test_a_refused_request_is_archived_with_the_words(house: House) -> None:
    paper = house.filed()
    with pytest.raises(Invalid) as refused:
        house.replied(paper, decision="不同意", text="")
    assert refused.value.fields == {"text": "请写明批复意见。"}
    house.replied(paper, decision="不同意", text="时机不成熟。")
    assert house.ended_at(paper) == "closed"
    row = house.paper(paper)
    assert (row.decision, row.reply_text, row.status) == ("不同意", "时机不成熟。", "已归档")


def test_a_report_may_be_noted_and_is_noted_by_itself_when_nothing_is_said(house: House) -> None:
    noted, silent = house.filed(REPORT), house.filed(REPORT, title="补充报告")
    house.replied(noted, decision="已阅", text="")
    assert house.ended_at(noted) == "closed"
    house.pass_time_to(date(2026, 3, 11))
    assert house.waits_at(silent) == ["reply"]
    house.pass_time_to(date(2026, 3, 12))
    assert house.ended_at(silent) == "closed"
    assert (house.paper(silent).decision, house.paper(silent).replied_by) == ("已阅", "")
    assert house.told_by(silent, "urge_reply") == set()  # no reply is owed to a report


def test_a_request_can_not_be_merely_noted(house: House) -> None:
    paper = house.filed()
    with pytest.raises(Invalid) as refused:
        house.replied(paper, decision="已阅")
    assert refused.value.fields == {"decision": "请示要有明确的批复，不能只是已阅。"}
    assert house.waits_at(paper) == ["reply"]


# ------------------------------------------------------------------------------------------ check and signature


def test_who_drafted_it_does_not_check_it(house: House) -> None:
    paper = house.begin()
    with pytest.raises(Invalid) as refused:
        house.do(paper, "check", {"agreed": True}, "committee1")
    assert "起草人不能审核" in refused.value.fields["agreed"]
    assert house.waits_at(paper) == ["check"]


def test_it_comes_back_with_the_reason_and_goes_again(house: House) -> None:
    paper = house.begin()
    house.do(paper, "check", {"agreed": False, "note": "议程没有写清楚"}, "committee2")
    assert house.waits_at(paper) == ["revise"]
    assert house.told_by(paper, "tell_back") == {"committee1"}
    house.do(paper, "revise", {**REQUEST, "planned_on": "2026-03-25"}, "committee1")
    assert house.paper(paper).file_by == date(2026, 3, 24)
    house.do(paper, "check", {"agreed": True}, "committee2")
    house.do(paper, "sign", {"agreed": False, "note": "标题不对"}, "director")
    assert house.waits_at(paper) == ["revise"]
    assert house.paper(paper).times_returned == 2
    assert house.milestones(paper) == ["起草", "退回修改", "退回修改"]


def test_whoever_rewrote_it_can_not_check_it_either(house: House) -> None:
    paper = house.begin()
    house.do(paper, "check", {"agreed": False, "note": "我来改"}, "committee2")
    house.do(paper, "revise", REQUEST, "committee2")
    with pytest.raises(Invalid):
        house.do(paper, "check", {"agreed": True}, "committee2")
    house.do(paper, "check", {"agreed": True}, "committee1")
    assert house.waits_at(paper) == ["sign"]


def test_only_the_committee_begins_one(house: House) -> None:
    for login in ("station1a", "dept1", "deputy01", "office"):
        with pytest.raises(NotAllowed):
            house.begin(login=login)


# ------------------------------------------------------------------------------------------ in time or not


def test_a_problem_is_filed_within_one_working_day_of_becoming_known(house: House) -> None:
    known = {"category": "重大问题", "known_on": "2026-02-28"}
    paper = house.begin({**REQUEST, **known})
    assert house.paper(paper).file_by == date(2026, 3, 2)  # the day after it is a Sunday
    house.pass_time_to(date(2026, 3, 2))
    assert house.told_by(paper, "remind_file") == COMMITTEE
    house.pass_time_to(date(2026, 3, 3))
    assert house.told_by(paper, "urge_file") == COMMITTEE
    house.do(paper, "check", {"agreed": True}, "committee2")
    house.do(paper, "sign", {"agreed": True, "filed_on": "2026-03-03"}, "director")
    assert house.paper(paper).in_time is False
    with house.reading() as session:
        rate = queries.in_time_rate(session, date(2026, 3, 1), date(2026, 3, 31))
    assert (rate.in_time, rate.filed, rate.percent) == (0, 1, 0.0)


def test_nobody_is_reminded_of_what_was_filed(house: House) -> None:
    paper = house.filed({**REQUEST, "category": "重大问题", "known_on": "2026-03-02"})
    house.pass_time_to(date(2026, 3, 4))
    assert house.told_by(paper, "remind_file") == house.told_by(paper, "urge_file") == set()


def test_a_matter_is_not_asked_about_when_it_is_done_already(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        house.begin(planned_on="2026-03-02")
    assert "必须晚于今天" in refused.value.fields["planned_on"]
    paper = house.begin(planned_on="2026-03-04")
    house.do(paper, "check", {"agreed": True}, "committee2")
    house.pass_time_to(date(2026, 3, 4))
    with pytest.raises(Invalid) as refused:
        house.do(paper, "sign", {"agreed": True, "filed_on": "2026-03-04"}, "director")
    assert refused.value.fields == {"filed_on": "计划实施日期已到。"}


def test_the_numbers_of_a_year_have_no_gaps(house: House) -> None:
    first, left, second = house.filed(), house.begin(), house.filed()
    house.withdraw(left, "committee1")
    assert [house.paper(each).number for each in (first, left, second)] == ["〔2026〕1号", None, "〔2026〕2号"]
    house.withdraw(second, "committee1")
    assert house.paper(house.filed()).number == "〔2026〕3号"  # a number is never given twice
    assert house.breaches() == []


# ------------------------------------------------------------------------------------------ withdrawal and replies


def test_the_drafter_withdraws_before_the_reply_and_nobody_else(house: House) -> None:
    paper = house.filed()
    assert house.offered(paper, "station1a") == []
    with pytest.raises(Invalid) as refused:
        house.withdraw(paper, "committee2")
    assert "只有起草人可以撤回" in refused.value.fields["reason"]
    house.withdraw(paper, "committee1")
    assert house.ended_at(paper) == "withdrawn"
    assert house.paper(paper).status == "已撤回"
    answered = house.filed()
    house.replied(answered, has_tasks=True)
    assert house.offered(answered, "committee1") == []


def test_a_reply_that_does_not_come_is_asked_for(house: House) -> None:
    paper = house.filed()
    house.pass_time_to(date(2026, 3, 11))
    assert house.told_by(paper, "urge_reply") == set()
    house.pass_time_to(date(2026, 3, 12))
    assert house.told_by(paper, "urge_reply") == COMMITTEE
    house.pass_time_to(date(2026, 3, 18))
    assert house.told_by(paper, "urge_reply5") == COMMITTEE
    assert house.waits_at(paper) == ["reply"]  # a request waits for its reply


def test_a_reply_can_not_lie_before_the_filing_or_ahead(house: House) -> None:
    paper = house.filed()
    for day in ("2026-03-01", "2026-03-03"):
        with pytest.raises(Invalid) as refused:
            house.replied(paper, replied_on=day)
        assert list(refused.value.fields) == ["replied_on"]


# ------------------------------------------------------------------------------------------ tasks


def test_an_overdue_task_is_reminded_of_and_told_to_the_committee(house: House) -> None:
    paper = house.filed()
    house.replied(paper, has_tasks=True)
    house.given(paper, ("清理河道", house.department(), "2026-03-10"))
    house.pass_time_to(date(2026, 3, 6))
    assert house.told_by(paper, "remind_owner") == {"dept1"}
    house.pass_time_to(date(2026, 3, 11))
    assert house.told_by(paper, "urge_owner") == {"dept1"}
    assert house.told_by(paper, "tell_late") == set()
    house.pass_time_to(date(2026, 3, 13))
    assert house.told_by(paper, "tell_late") == COMMITTEE
    with pytest.raises(LookupError):
        house.do(paper, "do_department", DONE, "dept2")  # another unit's
    house.do(paper, "do_department", DONE, "dept1")
    house.pass_time_to(date(2026, 3, 23))  # the five working days ended on the 20th
    assert house.told_by(paper, "urge_back") == COMMITTEE
    house.do(paper, "report_back", {"text": "已清理。", "reported_on": "2026-03-20"}, "committee1")
    assert house.ended_at(paper) == "archived"


def test_the_committee_is_urged_to_break_the_reply_down(house: House) -> None:
    paper = house.filed()
    house.replied(paper, has_tasks=True)
    house.pass_time_to(date(2026, 3, 5))
    assert house.told_by(paper, "urge_break") == COMMITTEE
    with pytest.raises(Invalid) as refused:
        house.given(paper, ("清理河道", house.department(), "2026-03-01"))
    assert list(refused.value.fields) == ["tasks"]
    assert house.waits_at(paper) == ["break_down"]


# ------------------------------------------------------------------------------------------ every month

MARCH = "monthly:2026-03"


def test_a_month_without_a_report_is_reminded_of_twice_and_then_said_to_be_missing(house: House) -> None:
    house.filed()  # a request is not the report of the month
    house.pass_time_to(date(2026, 3, 26))
    assert house.told_by(MARCH, "remind") == set()
    house.pass_time_to(date(2026, 3, 27))
    assert house.told_by(MARCH, "remind") == COMMITTEE
    house.pass_time_to(date(2026, 3, 31))
    assert house.told_by(MARCH, "urge") == COMMITTEE
    house.pass_time_to(date(2026, 4, 1))
    assert house.told_by(MARCH, "tell_missing") == COMMITTEE
    assert house.ends(MARCH) == ["missing"]


def test_a_month_with_its_report_is_left_alone(house: House) -> None:
    house.filed(REPORT)
    house.pass_time_to(date(2026, 3, 31))
    assert house.ends(MARCH) == ["reported_early"]
    assert house.told_by(MARCH, "remind") == set()


@pytest.mark.parametrize(("day", "end"), [(27, "reported_late"), (31, "reported_after")])
def test_a_report_that_comes_after_a_reminder_ends_the_month(house: House, day: int, end: str) -> None:
    house.pass_time_to(date(2026, 3, day))
    assert house.told_by(MARCH, "remind") == COMMITTEE
    house.filed(REPORT)
    house.pass_time_to(date(2026, 4, 1))
    assert house.ends(MARCH) == [end]


def test_the_report_of_the_last_month_is_late(house: House) -> None:
    late = house.filed(REPORT, month="上月")
    assert house.paper(late).measured_from == date(2026, 2, 1)
    assert house.paper(late).in_time is False


# ------------------------------------------------------------------------------------------ the calendar


def test_a_changed_calendar_moves_the_expected_reply(house: House) -> None:
    paper = house.filed()
    stoppage = local_day(date(2026, 3, 4), working=False, name="防汛停工", layer=Layer.REGION, source="区防指通知")
    with house.workplace.unit_of_work(None) as session:
        change = workdays.set_local_days(
            session,
            house.town.clock_actor,
            layer=Layer.REGION,
            days=[stoppage],
            reason="区防指通知",
            at=house.clock(),
        )
    assert calendar_change.recompute(house.workplace, change) == 1
    assert house.paper(paper).reply_by == date(2026, 3, 12)


def test_the_long_way_on_each_database(each_workplace: Workplace, clock: MovableClock) -> None:
    house = House(small_town(each_workplace), clock)
    house.publish()
    paper = house.filed()
    house.replied(paper, has_tasks=True)
    house.given(paper, ("清理河道", house.department(), "2026-03-10"))
    house.do(paper, "do_department", DONE, "dept1")
    house.do(paper, "report_back", {"text": "已清理。", "reported_on": "2026-03-02"}, "committee1")
    assert house.ended_at(paper) == "archived"
    with house.reading() as session:
        actor = house.town.actor("committee1")
        assert [each.id for each in queries.listed(session, actor, year=2026, late=False, text="议政").rows] == [paper]
        assert queries.listed(session, actor, year=2026, open_tasks=True).rows == []
        assert queries.listed(session, house.town.actor("dept1")).rows == []
        assert queries.years(session) == [2026]
        assert queries.progress(session, [paper], date(2026, 3, 20))[paper].overdue == 0
    assert house.breaches() == []
