"""A suggestion from the draft to each of its ends, with a moved clock."""

from datetime import date, time

import pytest

from tests.factories import small_town
from tests.process.suggesting import ANSWER, DISSATISFIED, FINE, GOOD, PAPER, SATISFIED, House, signer_states
from workflows import calendar_change
from workflows.activities import queries as activities
from workflows.clock import MovableClock, beijing_moment
from workflows.engine import instances
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.suggestions import actions, queries
from workflows.wiring import Workplace
from workflows.workdays import actions as workdays
from workflows.workdays.rules import Layer, local_day


@pytest.fixture
def house(workplace: Workplace, clock: MovableClock) -> House:
    house = House(small_town(workplace), clock)
    house.publish()
    return house


# ------------------------------------------------------------------------------------------ the long way


def test_a_suggestion_is_signed_registered_handled_answered_and_closed(house: House) -> None:
    paper = house.handed_in(2, 6)
    assert house.paper(paper).number is None
    house.do(paper, "examine", FINE)
    assert house.paper(paper).number == "建2026-001"
    house.hand_over(paper)
    assert house.paper(paper).answer_by == date(2026, 6, 2)
    house.pass_time_to(date(2026, 4, 1))
    house.answered(paper)
    assert house.paper(paper).opinion_by == date(2026, 4, 23)  # 15 working days, Qingming is not one of them
    house.do(paper, "opinion", SATISFIED, "deputy01")
    assert house.ended_at(paper) == "closed"
    assert house.paper(paper).status == "已办结"
    assert house.milestones(paper) == ["提交", "立件", "交办", "答复", "办结"]
    assert house.told_by(paper, "tell_answer") == {"deputy01", "deputy02", "station2"}  # number 6 has no account
    assert house.breaches() == []


def test_broad_or_hard_ones_have_six_months(house: House) -> None:
    paper = house.handed_over(breadth="涉及面广或难度大")
    assert house.paper(paper).months == 6
    assert house.paper(paper).answer_by == date(2026, 9, 2)


def test_each_signer_has_a_record_of_activity_that_the_assessment_counts(house: House) -> None:
    paper = house.handed_over(2, 4)
    with house.reading() as session:
        activity = activities.activity_of(session, f"suggestion:{paper}")
        assert activity is not None
        sheet = activities.attendance_of(session, [activity.id])[activity.id]
        assert (activity.kind, activity.dimension, activity.held_on) == ("意见建议", "提出意见建议", date(2026, 3, 2))
        assert {row.person_id: row.state for row in sheet} == {
            house.seat(1).person_id: "领衔",
            house.seat(2).person_id: "附议",
            house.seat(4).person_id: "附议",
        }


def test_who_declines_or_says_nothing_is_not_on_the_paper(house: House) -> None:
    paper = house.begin()
    house.do(paper, "write", {**PAPER, "cosigners": house.people(2, 3, 6)})
    house.do(paper, "sign", {"agreed": False, "note": "情况不清楚"}, "deputy02")
    house.do(paper, "sign_for", {"agreed": True, "note": "在站里签了名"}, "station2")
    assert house.waits_at(paper) == ["sign"]
    house.pass_time_to(date(2026, 3, 10))  # five working days are over
    assert house.waits_at(paper) == ["examine"]
    assert house.told_by(paper, "sign_soon_notice") == {"deputy03"}
    with house.reading() as session:
        assert signer_states(session, paper) == {
            house.seat(1).name: "已确认",
            house.seat(2).name: "谢绝",
            house.seat(3).name: "逾期未确认",
            house.seat(6).name: "已确认",
        }
    house.do(paper, "examine", FINE)
    with house.reading() as session:
        activity = activities.activity_of(session, f"suggestion:{paper}")
        assert activity is not None
        assert len(activities.attendance_of(session, [activity.id])[activity.id]) == 2


def test_a_cosigner_after_the_hand_over_is_refused(house: House) -> None:
    paper = house.handed_over(2)
    with (
        pytest.raises(Conflict, match="不能再增加附议代表"),
        house.workplace.unit_of_work(house.town.subdistrict_id) as session,
    ):
        actions.save_text(
            session,
            house.town.actor("deputy01"),
            queries.get(session, paper),
            **{**PAPER, "addressee": ""},
            cosigners=house.people(2, 3),
            at=house.clock(),
        )


# ------------------------------------------------------------------------------------------ who writes


def test_the_station_writes_for_a_deputy_without_an_account(house: House) -> None:
    paper = house.begin("station2", lead=6)
    assert house.waits_at(paper) == ["write_for"]
    house.do(paper, "write_for", {**PAPER, "cosigners": []}, "station2")
    assert house.waits_at(paper) == ["examine"]
    house.do(paper, "examine", FINE)
    house.hand_over(paper)
    house.answered(paper)
    assert house.waits_at(paper) == ["opinion_for"]
    house.do(paper, "opinion_for", SATISFIED, "station2")
    assert house.ended_at(paper) == "closed"


def test_a_lead_for_whom_the_station_wrote_signs_it_first(house: House) -> None:
    paper = house.begin("station1a", lead=1)
    house.do(paper, "write_for", {**PAPER, "cosigners": []}, "station1a")
    assert house.waits_at(paper) == ["sign"]
    house.do(paper, "sign", {"agreed": False, "note": "不是我的意思"}, "deputy01")
    assert house.ended_at(paper) == "withdrawn"
    assert house.paper(paper).status == "已撤回"


def test_nobody_writes_for_somebody_else(house: House) -> None:
    for login, lead in (("deputy02", 1), ("station1a", 6), ("dept1", 1)):
        with pytest.raises(NotAllowed):
            house.begin(login, lead=lead)


def test_a_draft_left_lying_is_withdrawn(house: House) -> None:
    paper = house.begin()
    house.pass_time_to(date(2026, 3, 30))
    assert house.waits_at(paper) == ["write"]
    house.pass_time_to(date(2026, 3, 31))
    assert house.ended_at(paper) == "withdrawn"


# ------------------------------------------------------------------------------------------ examination


def test_two_matters_in_one_paper_come_back_to_be_parted(house: House) -> None:
    paper = house.handed_in(2)
    house.do(paper, "examine", {**FINE, "one_matter": False, "note": "垃圾和边沟请分开。"})
    assert house.waits_at(paper) == ["write"]
    assert house.paper(paper).decision_note == "一件建议只能写一件事，请分开提出。垃圾和边沟请分开。"
    house.do(paper, "write", {**PAPER, "title": "清理省道垃圾", "cosigners": house.people(2)})
    assert house.waits_at(paper) == ["examine"]  # who has signed is not asked again
    house.do(paper, "examine", FINE)
    assert house.milestones(paper) == ["提交", "退回修改", "提交", "立件"]
    assert house.paper(paper).number == "建2026-001"


@pytest.mark.parametrize(
    "excluded", ["本人或亲属的个人事务", "正在审理的案件", "招标投标", "推销产品", "转交信件", "检举控告"]
)
def test_excluded_matters_are_not_taken_and_do_not_count(house: House, excluded: str) -> None:
    paper = house.handed_in(2)
    house.do(paper, "examine", {**FINE, "excluded": excluded})
    assert house.ended_at(paper) == "declined"
    found = house.paper(paper)
    assert (found.status, found.number) == ("不予受理", None)
    assert found.decision_note
    assert house.told_by(paper, "tell_declined") == {"deputy01", "deputy02"}
    with house.reading() as session:
        assert activities.activity_of(session, f"suggestion:{paper}") is None


def test_the_text_of_a_denunciation_is_kept_nowhere(house: House) -> None:
    paper = house.handed_in()
    house.do(paper, "examine", {**FINE, "excluded": "检举控告"})
    found = house.paper(paper)
    assert (found.title, found.situation, found.proposal) == ("检举控告", "", "")
    with house.reading() as session:
        instance = queries.instance_of(session, found)
        assert instance is not None
        assert instance.title == "检举控告"
        assert PAPER["situation"] not in str(session.info) + str(vars(instance))
    assert all(PAPER["situation"] not in str(row.data) for row in house.history(paper))


# ------------------------------------------------------------------------------------------ handling


def test_a_wrong_hand_over_comes_back_in_time_and_the_clock_begins_anew(house: House) -> None:
    paper = house.handed_over()
    assert house.paper(paper).return_by == date(2026, 3, 9)
    house.pass_time_to(date(2026, 3, 9))
    house.do(paper, "handle", {"decision": "退回", "return_reason": "省道由公路站养护。"})
    assert house.waits_at(paper) == ["hand_over"]
    assert house.paper(paper).answer_by is None
    house.hand_over(paper, unit="农业农村办")
    assert house.paper(paper).answer_by == date(2026, 6, 9)
    assert house.paper(paper).original_answer_by == date(2026, 6, 2)
    assert house.milestones(paper) == ["提交", "立件", "交办", "退回交办", "交办"]


def test_after_the_days_of_the_table_a_hand_over_does_not_come_back(house: House) -> None:
    paper = house.handed_over()
    house.pass_time_to(date(2026, 3, 10))
    with pytest.raises(Invalid, match="退回的期限已过"):
        house.do(paper, "handle", {"decision": "退回", "return_reason": "不是我们的。"})
    assert house.waits_at(paper) == ["handle"]


def test_joint_units_give_their_part_to_the_lead_unit_within_a_month(house: House) -> None:
    paper = house.handed_over(joint=("农业农村办",))
    assert sorted(house.waits_at(paper)) == ["give_part", "handle"]
    assert house.paper(paper).part_by == date(2026, 4, 2)
    house.pass_time_to(date(2026, 4, 3))
    assert house.told_by(paper, "part_soon_notice") == {"dept2"}
    assert house.told_by(paper, "part_late_notice") == {"dept1"}
    house.do(paper, "give_part", {"part": "边沟已疏通。"}, "dept2")
    with house.reading() as session:
        parts = {unit.is_lead: unit.part for unit in queries.units_now(session, queries.get(session, paper))}
    assert parts == {True: "", False: "边沟已疏通。"}


def test_the_lead_unit_may_answer_without_a_part_that_never_comes(house: House) -> None:
    paper = house.handed_over(joint=("农业农村办",))
    house.answered(paper)
    assert house.waits_at(paper) == ["opinion"]


def test_the_committee_gives_back_an_answer_that_does_not_answer(house: House) -> None:
    paper = house.handed_over()
    house.do(paper, "handle", ANSWER)
    house.do(paper, "check_answer", {"agreed": False, "note": "请写明保洁的时间。"})
    assert house.waits_at(paper) == ["handle"]
    assert house.paper(paper).status == "办理中"
    house.answered(paper, answer="每天上午八点保洁。")
    with house.reading() as session:
        given = queries.answers(session, paper)
    assert [(answer.agreed, answer.check_note) for answer in given] == [(False, "请写明保洁的时间。"), (True, "")]


def test_reminders_come_before_the_last_day_and_the_committee_is_urged_after_it(house: House) -> None:
    paper = house.handed_over()
    house.pass_time_to(date(2026, 6, 10))
    days = {step: day for step, _login, day in house.notices(paper) if step.endswith("_notice")}
    assert days == {
        "soon20_notice": date(2026, 5, 6),
        "soon5_notice": date(2026, 5, 26),
        "today_notice": date(2026, 6, 2),
        "late1_notice": date(2026, 6, 3),
        "late5_notice": date(2026, 6, 9),
    }
    assert house.told_by(paper, "soon20_notice") == {"dept1"}
    assert house.told_by(paper, "late5_notice") == {"committee1", "committee2", "director"}
    assert house.paper(paper).overdue_noted_at is not None


# ------------------------------------------------------------------------------------------ opinion


def test_without_a_word_after_a_reminder_the_answer_is_left_out_of_the_base(house: House) -> None:
    paper = house.handed_over()
    house.answered(paper)
    assert house.paper(paper).opinion_by == date(2026, 3, 23)
    house.pass_time_to(date(2026, 3, 24))
    assert house.told_by(paper, "opinion_soon_notice") == {"deputy01"}
    assert house.ended_at(paper) == "closed"
    with house.reading() as session:
        figures = queries.figures(session, date(2026, 3, 1), date(2026, 3, 31))
    assert (figures.opinions, figures.silent, figures.answered, figures.in_time) == ({}, 1, 1, 1)


def test_dissatisfied_once_it_is_handled_again_within_a_month(house: House) -> None:
    paper = house.handed_over()
    house.answered(paper)
    house.do(paper, "opinion", DISSATISFIED)
    assert house.waits_at(paper) == ["hand_over"]
    house.hand_over(paper)
    found = house.paper(paper)
    assert (found.round, found.months, found.answer_by) == (2, 1, date(2026, 4, 2))
    house.answered(paper, answer="又清理了一次，装了监控。")
    house.do(paper, "opinion", SATISFIED)
    assert house.ended_at(paper) == "closed"
    assert house.milestones(paper)[-4:] == ["再次办理", "交办", "答复", "办结"]
    with house.reading() as session:
        assert [opinion.result for opinion in queries.opinions(session, paper)] == ["不满意", "满意"]


@pytest.mark.parametrize(("word", "waits"), [("说明理由后办结", None), ("列入督办", None), ("再次办理", "hand_over")])
def test_dissatisfied_twice_the_committee_decides(house: House, word: str, waits: str | None) -> None:
    paper = house.handed_over()
    for _round in range(2):
        house.answered(paper)
        house.do(paper, "opinion", DISSATISFIED)
        if house.waits_at(paper) == ["hand_over"]:
            house.hand_over(paper)
    assert house.waits_at(paper) == ["decide"]
    house.do(paper, "decide", {"word": word, "note": "已向代表说明。"})
    if waits is None:
        assert house.ended_at(paper) == "closed"
        assert house.paper(paper).last_word == word
    else:
        assert house.waits_at(paper) == [waits]


# ------------------------------------------------------------------------------------------ the short ways


def test_a_public_opinion_is_passed_on_and_noted(house: House) -> None:
    paper = house.handed_in(kind="民情民意")
    house.do(paper, "examine", FINE)
    assert house.paper(paper).number == "情2026-001"
    house.do(paper, "pass_on", {"unit": house.town.departments["农业农村办"], "note": "请研究。"})
    assert house.paper(paper).answer_by is None
    house.pass_time_to(date(2026, 3, 17))  # ten working days are over
    assert house.told_by(paper, "note_soon_notice") == {"dept2"}
    assert house.told_by(paper, "note_late_notice") == {"committee1", "committee2", "director"}
    house.do(paper, "answer_note", {"result_class": "已知悉", "answer": "列入春季农路养护参考。"}, "dept2")
    assert house.ended_at(paper) == "closed"
    assert house.told_by(paper, "tell_noted") == {"deputy01"}
    assert house.milestones(paper) == ["提交", "立件", "转送", "答复", "办结"]


def test_an_opinion_on_oversight_goes_to_its_addressee_by_letter(house: House) -> None:
    paper = house.begin(kind="立法监督意见")
    house.do(paper, "write", {**PAPER, "addressee": "区人大常委会", "cosigners": []})
    house.do(paper, "examine", FINE)
    house.do(
        paper,
        "send_letter",
        {"addressee": "区人大常委会", "letter_no": "陆人大工委〔2026〕3号", "sent_on": "2026-03-02"},
    )
    found = house.paper(paper)
    assert (found.number, found.status, found.sent_on) == ("督2026-001", "已报送", date(2026, 3, 2))
    house.pass_time_to(date(2026, 6, 3))
    assert house.told_by(paper, "reply_late_notice") == {"committee1", "committee2", "director"}
    house.do(paper, "await_reply", {"outcome": "已复函", "text": "已列入立法调研计划。"})
    assert house.ended_at(paper) == "closed"
    assert house.milestones(paper) == ["提交", "立件", "报送", "答复", "办结"]


def test_every_kind_has_numbers_of_its_own_that_begin_anew_each_year(house: House) -> None:
    for kind in ("意见建议", "意见建议", "民情民意"):
        paper = house.handed_in(kind=kind)
        house.do(paper, "examine", FINE)
    assert house.paper(paper).number == "情2026-001"
    house.pass_time_to(date(2027, 1, 4))
    paper = house.handed_in()
    house.do(paper, "examine", FINE)
    assert house.paper(paper).number == "建2027-001"


def test_an_answer_that_was_not_checked_reaches_nobody(house: House) -> None:
    paper = house.handed_over()
    house.do(paper, "handle", ANSWER)
    assert house.told_by(paper, "tell_answer") == set()
    house.do(paper, "check_answer", GOOD)
    assert house.told_by(paper, "tell_answer") == {"deputy01"}


# ------------------------------------------------------------------------------------------ the calendar


def test_a_stoppage_entered_later_moves_the_last_day_and_its_reminders(house: House) -> None:
    paper = house.handed_over()
    stoppage = local_day(date(2026, 6, 2), working=False, name="防汛停工", layer=Layer.REGION, source="区防指通知")
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
    found = house.paper(paper)
    assert (found.answer_by, found.original_answer_by) == (date(2026, 6, 3), date(2026, 6, 2))
    house.pass_time_to(date(2026, 6, 4))
    days = {step: day for step, _login, day in house.notices(paper) if step.endswith("_notice")}
    assert (days["today_notice"], days["late1_notice"]) == (date(2026, 6, 3), date(2026, 6, 4))
    with house.reading() as session:
        counted = queries.explained(session, found)
    assert counted is not None
    assert [str(line) for line in counted.trace] == [
        "6月2日（周二，防汛停工放假）不计",
        "6月3日（周三，工作日）计第1日",
    ]


def test_a_date_beyond_the_published_years_is_provisional_and_never_overdue(house: House) -> None:
    house.clock.set_beijing(date(2026, 11, 2))
    paper = house.handed_over()
    assert house.paper(paper).answer_by == date(2027, 2, 2)
    assert not house.paper(paper).answer_by_final
    assert not queries.is_overdue(house.paper(paper), beijing_moment(date(2027, 2, 10), time(9)))


def test_the_process_begins_about_a_paper_only_and_only_once(house: House) -> None:
    paper = house.handed_over()
    for key in ("", "case:1", f"suggestion:{paper}"):
        with (
            pytest.raises((NotFound, Conflict)),
            house.workplace.unit_of_work(house.town.subdistrict_id) as session,
        ):
            instances.start(
                house.workplace.engine, session, house.town.actor("deputy02"), key="suggestion", business_key=key
            )
    assert house.breaches() == []
    assert house.waits_at(paper) == ["handle"]


def test_the_whole_way_on_each_database(each_workplace: Workplace, clock: MovableClock) -> None:
    house = House(small_town(each_workplace), clock)
    house.publish()
    paper = house.handed_over(2, joint=("农业农村办",))
    house.answered(paper)
    house.do(paper, "opinion", DISSATISFIED)
    house.hand_over(paper)
    house.pass_time_to(date(2026, 3, 10))
    house.answered(paper)
    house.do(paper, "opinion", SATISFIED)
    assert house.ended_at(paper) == "closed"
    with house.reading() as session:
        figures = queries.figures(session, date(2026, 3, 1), date(2026, 3, 31))
        assert len(queries.listed(session, house.town.actor("dept1"), text="建2026").rows) == 1
    assert (figures.registered["意见建议"], figures.opinions) == (1, {"满意": 1})
    assert house.breaches() == []
