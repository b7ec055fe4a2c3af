"""Objections to published points: raised by deputies, answered by stations, decided by the committee (domain Q31)."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from tests.process.assessing import AGREED, Office
from tests.process.conftest import Opened
from tests.process.quarters import KEY, NOTICE, QUARTER, after_three_months, deputy_results, item_about, roll_up
from workflows.assessment import queries
from workflows.assessment.rules import EntryKind
from workflows.assessment.tables import LedgerEntry, Objection
from workflows.clock import MovableClock
from workflows.errors import Invalid
from workflows.storage.session import EVERYWHERE

# Results hang out from Thursday 15 October to Thursday the 22nd. The third deputy's inspection of 12 August (number 1
# of that month) was found false and struck.
PUBLISHED, NEXT_DAY = date(2026, 10, 15), date(2026, 10, 23)
WAS_THERE: Mapping[str, Any] = {"what": "有误", "month": "2026-08", "number": 1, "reason": "我站在最后一排。"}
LEFT_OUT: Mapping[str, Any] = {
    "what": "漏记",
    "month": "2026-09",
    "dimension": "代表联系群众",
    "title": "9月18日走访困难户",
    "reason": "村里有记录。",
}
HALF: Mapping[str, Any] = {"upheld": True, "points": 5, "opinion": "照片最后一排有本人，后半程不在。"}
REFUSED: Mapping[str, Any] = {"upheld": False, "opinion": "签到表和照片均无本人。"}


@pytest.fixture
def office(opened: Opened, clock: MovableClock) -> Office:
    """The third quarter hangs out."""
    office = Office(opened(after_three_months), clock)
    roll_up(office)
    number = item_about(office, office.town.deputies[2], "民生实事项目督查")
    office.complete("committee1", "verify", {"items": [{"number": number, "reason": "照片和签到表均无此人"}]})
    office.clock.set_beijing(PUBLISHED)
    office.complete("committee2", "announce", NOTICE)
    return office


def _total(office: Office, place: int) -> int:
    return deputy_results(office)[office.town.deputies[place - 1].person_id].total_tenths


def _objections(office: Office) -> list[Objection]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        return queries.objections(session, queries.quarter_of(session, QUARTER).id)


def _corrections(office: Office) -> list[tuple[str, int]]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        query = select(LedgerEntry).where(LedgerEntry.kind == EntryKind.CORRECTION)
        return [(entry.dimension, entry.points_tenths) for entry in session.scalars(query)]


def _object(office: Office, login: str, answer: Mapping[str, Any]) -> None:
    office.trigger(login, "deputy_objects", answer, KEY)


def test_an_upheld_objection_is_an_entry_of_its_own_and_changes_the_result(office: Office) -> None:
    assert _total(office, 3) == 200
    _object(office, "deputy03", WAS_THERE)
    assert office.inbox("station1a") == ["积分异议：" + office.town.deputies[2].name + "，08月12日民生实事项目督查"]
    office.complete("station1a", "answer_objection", {"text": "签到表上没有签名，照片不清楚。"})
    office.complete("director", "decide_objection", HALF)
    assert office.told("tell_objector") == ["deputy03"]
    assert _corrections(office) == [("调研视察", 50)]
    office.pass_time_to(NEXT_DAY, time(8, 31))
    assert _total(office, 3) == 250
    office.complete("director", "approve", AGREED)
    (row,) = _objections(office)
    assert (row.counted_tenths, row.should_tenths, row.upheld) == (0, 50, True)
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []
        sealed = queries.quarter_of(session, QUARTER).sealed_document or ""
    assert "照片最后一排有本人" in sealed
    assert {"objection_done", "objection_settled", "publicity_over"} <= office.ends(KEY)
    assert "compute_again" in office.passed(KEY)
    assert office.incidents() == []


def test_a_refused_objection_changes_nothing(office: Office) -> None:
    _object(office, "deputy03", WAS_THERE)
    office.complete("station1a", "answer_objection", {"text": "没有签名。"})
    office.complete("director", "decide_objection", REFUSED)
    office.pass_time_to(NEXT_DAY, time(8, 31))
    assert (_total(office, 3), _corrections(office)) == (200, [])
    assert "compute_again" not in office.passed(KEY)
    assert len(office.open_tasks("approve")) == 1


def test_approval_waits_until_every_objection_is_decided(office: Office) -> None:
    _object(office, "deputy03", WAS_THERE)
    _object(office, "deputy01", LEFT_OUT)
    office.pass_time_to(NEXT_DAY, time(8, 31))
    assert "publicity_over" in office.ends(KEY)
    assert office.may_do("deputy01", KEY) == []
    for about in ("民生实事项目督查", "走访困难户"):
        assert office.open_tasks("approve") == []
        office.complete("director", "decide_objection", REFUSED, about=about)
    assert len(office.open_tasks("approve")) == 1


def test_the_committee_decides_without_a_station_that_does_not_answer_and_is_urged_itself(office: Office) -> None:
    _object(office, "deputy03", WAS_THERE)
    office.pass_time_to(date(2026, 10, 20), time(23, 59))
    assert (len(office.open_tasks("answer_objection")), office.open_tasks("decide_objection")) == (1, [])
    office.pass_time_to(date(2026, 10, 21), time(0, 0))
    assert (office.open_tasks("answer_objection"), len(office.open_tasks("decide_objection"))) == ([], 1)
    office.pass_time_to(date(2026, 10, 29), time(0, 0))
    assert office.told("urge_decision") == ["committee1", "committee2", "director"]
    office.complete("committee1", "decide_objection", HALF)
    assert _corrections(office) == [("调研视察", 50)]


def test_what_was_left_out_counts_in_its_dimension(office: Office) -> None:
    _object(office, "deputy01", LEFT_OUT)
    office.complete("station1a", "answer_objection", {"text": "确有走访。"})
    office.complete("director", "decide_objection", {"upheld": True, "points": 10, "opinion": "有走访记录。"})
    assert _corrections(office) == [("代表联系群众", 100)]


def test_a_second_objection_starts_from_what_the_first_made_of_the_line(office: Office) -> None:
    for points, difference in ((5, 50), (10, 50)):
        _object(office, "deputy03", WAS_THERE)
        office.complete("station1a", "answer_objection", {"text": "已核对。"})
        office.complete("director", "decide_objection", {**HALF, "points": points})
        assert _corrections(office)[-1] == ("调研视察", difference)
    office.pass_time_to(NEXT_DAY, time(8, 31))
    assert _total(office, 3) == 300


def test_a_line_found_false_later_loses_its_correction_too(office: Office) -> None:
    disputed = {**WAS_THERE, "reason": "我还承办了现场。"}
    _object(office, "deputy02", disputed)
    office.complete("station1a", "answer_objection", {"text": "属实。"})
    office.complete("director", "decide_objection", {"upheld": True, "points": 12, "opinion": "加计承办。"})
    office.pass_time_to(NEXT_DAY, time(8, 31))
    assert _total(office, 2) == 270
    office.complete("director", "approve", {"decision": "退回", "opinion": "请再核对督查签到表。"})
    number = item_about(office, office.town.deputies[1], "民生实事项目督查")
    office.complete("committee2", "verify", {"items": [{"number": number, "reason": "查无此人"}]})
    office.complete("committee1", "announce", NOTICE)
    assert _total(office, 2) == 150
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []
    _object(office, "deputy02", disputed)
    assert _objections(office)[-1].counted_tenths == 0


def test_a_station_objects_for_its_own_deputies_only(office: Office) -> None:
    sixth = office.town.deputies[5]
    for_sixth = {**LEFT_OUT, "deputy": sixth.person_id}
    with pytest.raises(Invalid) as refusal:
        office.trigger("station1a", "station_objects", for_sixth, KEY)
    assert refusal.value.fields == {"deputy": "这位代表不是本站的，请选择本站的代表，或者请他所在的工作站提出。"}
    assert _objections(office) == []
    office.trigger("station2", "station_objects", for_sixth, KEY)
    office.complete("station2", "answer_objection", {"text": "代为提出，情况属实。"})
    office.complete("director", "decide_objection", REFUSED)
    assert office.told("tell_objector") == ["station2"]  # the deputy has no account
    assert _objections(office)[0].person_id == sixth.person_id


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({**WAS_THERE, "number": 9}, "这个月没有第 9 项"),
        ({**WAS_THERE, "number": None}, "第几项"),
        ({**LEFT_OUT, "title": ""}, "什么活动"),
        ({**WAS_THERE, "reason": ""}, "理由"),
    ],
)
def test_an_objection_says_what_it_is_about(office: Office, answer: Mapping[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        _object(office, "deputy03", answer)
    assert sentence in " ".join([str(refusal.value), *refusal.value.fields.values(), *refusal.value.fields])
    assert _objections(office) == []


def test_the_same_line_is_disputed_once_at_a_time(office: Office) -> None:
    _object(office, "deputy03", WAS_THERE)
    with pytest.raises(Invalid):
        _object(office, "deputy03", WAS_THERE)
    assert len(_objections(office)) == 1


def test_an_upheld_objection_needs_other_points_than_before(office: Office) -> None:
    _object(office, "deputy03", WAS_THERE)
    office.complete("station1a", "answer_objection", {"text": "没有签名。"})
    for points in (None, 0):
        with pytest.raises(Invalid):
            office.complete("director", "decide_objection", {**HALF, "points": points})
    assert _corrections(office) == []
