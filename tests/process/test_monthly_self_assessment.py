"""The month, from the timer to the archive, on the real engine."""

from datetime import date, time

import pytest
from sqlalchemy import select

from tests.factories import Town, small_town
from tests.process.assessing import AGREED, PACKAGES, TRUTHFUL, Office
from tests.process.conftest import Opened
from workflows.assessment import actions, queries
from workflows.assessment.rulebook import RuleBook
from workflows.assessment.tables import AssessmentLine, BonusClaim, LedgerEntry, MonthlyAssessment
from workflows.clock import MovableClock
from workflows.engine import definitions, packages
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.people import actions as people
from workflows.people import queries as people_queries
from workflows.people import rules as roles
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

# September 2026: Mid-Autumn on Friday the 25th; the last five working days are 23, 24, 28, 29 and 30.
# October: holiday 1-7, working Saturday the 10th; the third working day of October is Saturday the 10th.
PERIOD = "2026-09"
OPENING_DAY = date(2026, 9, 23)
LAST_WORKING_DAY = date(2026, 9, 30)
BONUS = {
    "occurred_on": "2026-09-10",
    "kind": "意见建议被采纳或批示",
    "level": "街道",
    "fact": "关于虎山村排水的建议",
    "proof": "陆街人大〔2026〕12号",
}


@pytest.fixture
def office(opened: Opened, clock: MovableClock) -> Office:
    return Office(opened(_september), clock)


def _september(workplace: Workplace, clock: MovableClock) -> Town:
    clock.set_beijing(date(2026, 9, 1))
    office = Office(small_town(workplace), clock)
    office.publish("monthly_self_assessment")
    return office.town


def _attend_september(office: Office) -> None:
    """A meeting for everybody (one half, one on leave), an inspection for the first village."""
    office.clock.set_beijing(date(2026, 9, 20))
    states = dict.fromkeys((seat.person_id for seat in office.town.deputies), "到会")
    states[office.town.deputies[1].person_id] = "半程"
    states[office.town.deputies[2].person_id] = "请假"
    office.attend(date(2026, 9, 8), "议政代表会", states)
    first = office.town.villages[0]
    office.attend(
        date(2026, 9, 15),
        "民生实事项目督查",
        dict.fromkeys((seat.person_id for seat in office.town.deputies_of(first)), "到会"),
        station_id=first.station_id,
    )


def _lines(office: Office, deputy: int) -> list[AssessmentLine]:
    month = office.month(office.town.deputies[deputy], PERIOD)
    with office.workplace.reading(office.town.subdistrict_id) as session:
        return queries.month_view(session, month).lines


def _points(office: Office, deputy: int) -> int:
    person = office.town.deputies[deputy].person_id
    with office.workplace.reading(office.town.subdistrict_id) as session:
        return sum(session.scalars(select(LedgerEntry.points_tenths).where(LedgerEntry.person_id == person)))


def _open(office: Office) -> None:
    _attend_september(office)
    assert office.pass_time_to(OPENING_DAY, time(8, 29)) == 0
    assert office.pass_time_to(OPENING_DAY, time(8, 31)) > 0
    assert office.incidents() == []


def _finish(office: Office, *, but: tuple[str, ...] = ()) -> None:
    """Everybody hands in and the stations agree."""
    for seat in office.town.deputies:
        if seat.name in but:
            continue
        if seat.login:
            office.complete(seat.login, "self_assess", TRUTHFUL)
        else:
            office.complete("station2", "assess_for", TRUTHFUL)
    for seat in office.town.deputies:
        if seat.name not in but:
            station = "station1a" if seat.group_id == office.town.villages[0].id else "station2"
            office.complete(station, "station_review", AGREED, about=seat.name)


def test_the_timer_opens_a_filled_in_form_for_every_deputy(office: Office) -> None:
    _open(office)
    assert len(office.open_tasks("self_assess")) == 5
    assert [task.subject for task in office.open_tasks("assess_for")] == [
        f"2026年9月履职自评（代填）：{office.town.deputies[5].name}"
    ]
    assert {task.due_on for task in office.open_tasks("self_assess")} == {LAST_WORKING_DAY}
    assert office.instance(f"month:{PERIOD}").title == "2026年9月个人自评"
    assert [(line.number, line.kind, line.points_tenths) for line in _lines(office, 0)] == [
        (1, "议政代表会", 100),
        (2, "民生实事项目督查", 100),
    ]
    assert [line.points_tenths for line in _lines(office, 1)] == [50, 100]
    assert [line.points_tenths for line in _lines(office, 2)] == [0, 100]


def test_a_line_says_which_row_of_which_version_gave_its_points(office: Office) -> None:
    _open(office)
    rule = _lines(office, 0)[0].rule
    assert (rule["process"], rule["version"], rule["table"]) == ("monthly_self_assessment", 1, "履职基础分")
    assert rule["rows"][0]["annotation"] == "参加每项活动每次计 10 分"
    assert rule["inputs"]["参加情况"] == "到会"


def test_the_whole_month_to_its_end(office: Office) -> None:
    _open(office)
    _finish(office)
    assert office.instance(f"month:{PERIOD}").status == "completed"
    assert office.ends(f"month:{PERIOD}") >= {"month_closed", "deputy_done"}
    assert [_points(office, n) for n in range(6)] == [200, 150, 100, 100, 100, 100]
    acting = office.month(office.town.deputies[5], PERIOD)
    assert (acting.on_behalf, acting.submitted_by) == (True, "虎山村站干事")
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []


def test_a_returned_month_comes_back_with_what_was_filed(office: Office) -> None:
    _open(office)
    office.complete("deputy01", "self_assess", {**TRUTHFUL, "claims": [BONUS], "missing": "9月12日走访未登记"})
    office.complete("station1a", "station_review", {"decision": "退回", "opinion": "请补充批示件。"})
    again = office.open_tasks("self_assess")
    back = next(task for task in again if task.assignee == office.town.actor("deputy01").id)
    assert back.due_on == date(2026, 9, 28)  # two working days after Wednesday 23, over Mid-Autumn
    assert office.month(office.town.deputies[0], PERIOD).status == "退回"

    office.complete("deputy01", "self_assess", TRUTHFUL)
    office.complete("station1a", "station_review", AGREED)
    month = office.month(office.town.deputies[0], PERIOD)
    assert (month.status, month.self_assessed) == ("已归档", True)
    assert _points(office, 0) == 250  # two activities and the bonus that nobody had to type again


def test_a_return_without_an_opinion_is_refused(office: Office) -> None:
    _open(office)
    office.complete("deputy01", "self_assess", TRUTHFUL)
    with pytest.raises(Invalid) as refusal:
        office.complete("station1a", "station_review", {"decision": "退回"})
    assert refusal.value.fields == {"opinion": "退回时请写明需要修改什么。"}
    assert office.month(office.town.deputies[0], PERIOD).status == "待审核"


def test_a_struck_line_and_a_struck_bonus_never_reach_the_ledger(office: Office) -> None:
    _open(office)
    objection = {"number": 1, "reason": "当天全程参加"}
    office.complete("deputy01", "self_assess", {**TRUTHFUL, "lines": [objection], "claims": [BONUS]})
    assert _lines(office, 0)[0].objection == "当天全程参加"
    struck = [{"number": 2, "reason": "签到表无此人"}, {"number": 3, "reason": "没有批示件"}]
    office.complete("station1a", "station_review", {**AGREED, "lines": struck})
    assert [(line.state, line.reason) for line in _lines(office, 0)] == [("认定", ""), ("剔除", "签到表无此人")]
    assert _points(office, 0) == 100


def test_attendance_recorded_late_is_in_the_form_that_is_handed_in(office: Office) -> None:
    _open(office)
    office.attend(date(2026, 9, 12), "走访选民", {office.town.deputies[0].person_id: "到会"})
    assert len(_lines(office, 0)) == 2
    office.complete("deputy01", "self_assess", TRUTHFUL)
    assert [line.kind for line in _lines(office, 0)] == ["议政代表会", "民生实事项目督查", "走访选民"]


def test_two_visits_on_one_day_count_once(office: Office) -> None:
    person = {office.town.deputies[0].person_id: "到会"}
    office.clock.set_beijing(date(2026, 9, 20))
    office.attend(date(2026, 9, 12), "走访选民", person, title="上午走访三组")
    office.attend(date(2026, 9, 12), "走访选民", person, title="下午走访五组")
    _open(office)
    assert [line.points_tenths for line in _lines(office, 0) if line.kind == "走访选民"] == [100, 0]


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ([BONUS, {**BONUS, "level": "区"}], "写了两次"),
        ([{**BONUS, "level": "村站"}], "不计分"),
        ([{**BONUS, "occurred_on": "2026-10-02"}], "之后"),
    ],
)
def test_claims_the_table_does_not_know_are_refused(
    office: Office, claims: list[dict[str, str]], sentence: str
) -> None:
    _open(office)
    with pytest.raises(Invalid, match=sentence) as refusal:
        office.complete("deputy01", "self_assess", {**TRUTHFUL, "claims": claims})
    assert set(refusal.value.fields) == {"claims"}
    assert office.count(BonusClaim) == 0


def test_who_does_not_vouch_for_it_can_not_hand_it_in(office: Office) -> None:
    _open(office)
    with pytest.raises(Invalid, match="属实"):
        office.complete("deputy01", "self_assess", {"truthful": False})
    assert office.month(office.town.deputies[0], PERIOD).status == "待自评"


def test_reminders_before_the_day_and_on_it_then_attendance_alone_counts(office: Office) -> None:
    _open(office)
    office.complete("deputy01", "self_assess", {**TRUTHFUL, "claims": [BONUS]})
    office.pass_time_to(date(2026, 9, 29), time(8, 31))
    assert "fill_soon" in office.passed(f"month:{PERIOD}")
    office.pass_time_to(LAST_WORKING_DAY, time(8, 31))
    assert len(office.open_tasks("self_assess")) == 4
    office.pass_time_to(date(2026, 10, 1), time(0, 1))
    assert office.open_tasks("self_assess") == [] == office.open_tasks("assess_for")
    late = office.month(office.town.deputies[1], PERIOD)
    assert (late.status, late.self_assessed) == ("待审核", False)
    for seat in office.town.deputies:
        station = "station1a" if seat.group_id == office.town.villages[0].id else "station2"
        office.complete(station, "station_review", AGREED, about=seat.name)
    assert office.instance(f"month:{PERIOD}").status == "completed"
    assert [_points(office, n) for n in range(6)] == [250, 150, 100, 100, 100, 100]
    assert office.ends(f"month:{PERIOD}") >= {"month_closed", "deputy_done", "deputy_reminded"}
    assert office.incidents() == []


def test_a_station_that_lets_the_day_pass_is_reminded_and_then_reported(office: Office) -> None:
    _open(office)
    office.complete("deputy01", "self_assess", TRUTHFUL)
    assert {task.due_on for task in office.open_tasks("station_review")} == {date(2026, 10, 10)}
    office.pass_time_to(date(2026, 10, 9), time(8, 31))
    assert "station_reminded" in office.ends(f"month:{PERIOD}")
    assert "station_urged" not in office.ends(f"month:{PERIOD}")
    office.pass_time_to(date(2026, 10, 12), time(8, 31))
    assert "station_urged" in office.ends(f"month:{PERIOD}")
    assert office.incidents() == []


def test_a_deputy_who_works_at_the_station_is_reviewed_by_the_committee(
    workplace: Workplace, clock: MovableClock
) -> None:
    clock.set_beijing(date(2026, 9, 1))
    town = small_town(workplace)
    _also_station_staff(town, "deputy01")
    office = Office(town, clock)
    office.publish("monthly_self_assessment")
    _open(office)
    office.complete("deputy01", "self_assess", TRUTHFUL)
    assert office.open_tasks("station_review") == []
    office.complete("committee1", "committee_review", AGREED)
    assert office.month(town.deputies[0], PERIOD).status == "已归档"


def test_nobody_audits_own_lines(workplace: Workplace, clock: MovableClock) -> None:
    """Somebody becomes station staff after the month was opened: the diagram's gateway comes too late."""
    clock.set_beijing(date(2026, 9, 1))
    town = small_town(workplace)
    office = Office(town, clock)
    office.publish("monthly_self_assessment")
    _open(office)
    _also_station_staff(town, "deputy01")
    office.complete("deputy01", "self_assess", TRUTHFUL)
    with pytest.raises(NotAllowed, match="不能审核自己的积分"):
        office.complete("deputy01", "station_review", AGREED)
    assert office.month(town.deputies[0], PERIOD).status == "待审核"
    office.complete("station1a", "station_review", AGREED)
    assert office.month(town.deputies[0], PERIOD).reviewed_by == "官庄村站干事"


def _also_station_staff(town: Town, login: str) -> None:
    with town.workplace.unit_of_work(town.subdistrict_id) as session:
        people.grant(
            session,
            town.clock_actor,
            user_id=town.actor(login).id,
            role=roles.STATION,
            unit_id=town.villages[0].station_id,
            at=town.workplace.engine.clock(),
        )
    with town.workplace.reading(town.subdistrict_id) as session:
        town.actors[login] = people_queries.actor_of(session, town.actor(login).id)


def test_the_same_fact_counts_once_at_its_highest_level(office: Office) -> None:
    _open(office)
    office.complete("deputy01", "self_assess", {**TRUTHFUL, "claims": [BONUS]})
    office.complete("station1a", "station_review", AGREED)
    assert _points(office, 0) == 250
    office.pass_time_to(date(2026, 10, 26), time(8, 31))  # the October form
    with pytest.raises(Invalid, match="以前已经计过"):
        office.complete("deputy01", "self_assess", {**TRUTHFUL, "claims": [BONUS]}, about="10月")
    higher = {**BONUS, "level": "市", "occurred_on": "2026-10-20"}
    office.complete("deputy01", "self_assess", {**TRUTHFUL, "claims": [higher]}, about="10月")
    office.complete("station1a", "station_review", AGREED, about="10月")
    assert _points(office, 0) == 200 + 150
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []


def test_a_month_is_opened_once(office: Office) -> None:
    _open(office)
    with (
        pytest.raises(Invalid, match="已经开始过"),
        office.workplace.unit_of_work(office.town.subdistrict_id) as session,
    ):
        actions.open_month(office.workplace.engine, session, office.town.clock_actor, on=OPENING_DAY, book=_no_rules())
    assert office.count(MonthlyAssessment) == 6


def _no_rules() -> RuleBook:
    def refuse(decision_id: str, data: object) -> None:
        raise AssertionError(decision_id)

    return RuleBook(refuse, "none", 0)  # type: ignore[arg-type]


def test_an_archived_month_can_not_be_handed_in_or_closed_again(office: Office) -> None:
    _open(office)
    office.complete("deputy01", "self_assess", TRUTHFUL)
    office.complete("station1a", "station_review", AGREED)
    person = office.town.deputies[0].person_id
    engine = office.workplace.engine
    with office.workplace.reading(office.town.subdistrict_id) as session:
        with pytest.raises(Conflict, match="已归档"):
            actions.archive(
                engine, session, office.town.actor("station1a"), period=PERIOD, person_id=person, book=_no_rules()
            )
        with pytest.raises(Conflict, match="还有自评表没有归档"):
            actions.close_month(engine, session, office.town.clock_actor, period=PERIOD)


def test_a_changed_byte_of_an_archived_month_is_found(office: Office) -> None:
    _open(office)
    _finish(office)
    with office.workplace.database.unit_of_work(EVERYWHERE) as session:
        month = session.scalars(select(MonthlyAssessment).limit(1)).one()
        month.sealed_document = (month.sealed_document or "").replace("到会", "缺席", 1)
        line = session.scalars(select(AssessmentLine).where(AssessmentLine.points_tenths == 50)).one()
        line.points_tenths = 100
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert sorted(queries.ledger_breaches(session)) == [
            (f"assessment_line:{line.id}", "archived with 100 tenths, the ledger holds 50"),
            (f"monthly_assessment:{month.id}", "sealed document was changed"),
        ]


def test_a_changed_table_row_counts_from_the_next_month_on(office: Office) -> None:
    _open(office)
    package = packages.read_folder(PACKAGES / "monthly_self_assessment")
    table = package.files["decisions/base_points.dmn"].replace(b"<text>10</text>", b"<text>8.5</text>")
    with office.workplace.unit_of_work(office.town.subdistrict_id) as session:
        definitions.publish(
            office.workplace.engine,
            session,
            office.town.actor("admin"),
            package=package.with_file("decisions/base_points.dmn", table),
            shared=True,
        )
    office.complete("deputy01", "self_assess", TRUTHFUL)
    assert {(line.points_tenths, line.rule["version"]) for line in _lines(office, 0)} == {(100, 1)}

    office.clock.set_beijing(date(2026, 10, 20))
    person = office.town.deputies[0].person_id
    office.attend(date(2026, 10, 12), "专题培训", {person: "到会"})
    office.pass_time_to(date(2026, 10, 26), time(8, 31))
    with office.workplace.reading(office.town.subdistrict_id) as session:
        line = queries.month_view(session, queries.month_of(session, "2026-10", person)).lines[0]
    assert (line.points_tenths, line.rule["version"]) == (85, 2)
