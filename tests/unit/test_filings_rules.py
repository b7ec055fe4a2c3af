"""请示 and 报告: what a draft needs, when it is in time, what a reply and its tasks may be."""

from datetime import date
from typing import Any

import pytest

from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.filings import rules
from workflows.filings.rules import Decision
from workflows.workdays.rules import WorkingCalendar

MONDAY = date(2026, 6, 8)
CALENDAR = WorkingCalendar.of([], official=range(2007, 2061))
DRAFT = {"kind": "请示", "category": "重大问题", "title": " 水管爆裂 ", "text": "情况紧急。", "known_on": "2026-06-08"}
COMMITTEE = ("one", "two")


def fault(answer: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        rules.checked_draft(answer, MONDAY)
    return refused.value.fields


def actor(identity: str) -> Actor:
    return Actor(identity, identity, "LJ")


def test_a_draft_is_trimmed_and_knows_its_day() -> None:
    draft = rules.checked_draft(DRAFT, MONDAY)
    assert (draft.title, draft.day) == ("水管爆裂", MONDAY)
    work = rules.checked_draft({**DRAFT, "category": "重要工作", "month": "本月"}, MONDAY)
    assert work.day == date(2026, 6, 1)


def test_the_month_is_understood_from_the_first_draft() -> None:
    answer = {**DRAFT, "category": "重要工作", "month": "上月"}
    assert rules.checked_draft(answer, MONDAY).day == date(2026, 5, 1)
    assert rules.checked_draft(answer, date(2026, 7, 1), date(2026, 6, 30)).day == date(2026, 5, 1)
    assert rules.checked_draft(answer, date(2026, 1, 5)).day == date(2025, 12, 1)


def test_every_missing_part_is_named_at_its_field() -> None:
    assert set(fault({})) == {"kind", "category", "title", "text"}
    assert set(fault({**DRAFT, "known_on": None})) == {"known_on"}
    assert set(fault({**DRAFT, "category": "重要事项"})) == {"planned_on"}


def test_a_date_has_to_make_sense() -> None:
    assert fault({**DRAFT, "known_on": "2026-06-09"}) == {"known_on": "获知日期不能晚于今天。"}
    planned = {**DRAFT, "category": "重要事项", "planned_on": "2026-06-08"}
    assert "必须晚于今天" in fault(planned)["planned_on"]
    assert rules.checked_draft({**planned, "planned_on": "2026-06-09"}, MONDAY).day == date(2026, 6, 9)


@pytest.mark.parametrize(
    ("basis", "day", "days", "last"),
    [
        ("获知后", date(2026, 6, 5), 1, date(2026, 6, 8)),  # Friday: Monday
        ("获知后", date(2026, 6, 6), 1, date(2026, 6, 8)),  # Saturday: Monday
        ("获知后", MONDAY, 0, MONDAY),
        ("行动前", date(2026, 6, 15), 0, date(2026, 6, 14)),
        ("行动前", date(2026, 6, 15), 2, date(2026, 6, 11)),
        ("当月内", date(2026, 2, 1), 0, date(2026, 2, 28)),
        ("当月内", date(2026, 12, 1), 0, date(2026, 12, 31)),
    ],
)
def test_the_last_day_for_filing(basis: str, day: date, days: int, last: date) -> None:
    assert rules.file_by(basis, day, days, CALENDAR) == last


def test_a_table_that_says_something_else_is_refused() -> None:
    with pytest.raises(Invalid, match="没有“明年”这种算法"):
        rules.file_by("明年", MONDAY, 1, CALENDAR)


def test_the_day_of_filing_lies_between_the_draft_and_today() -> None:
    known: dict[str, Any] = {"written_on": date(2026, 6, 4), "category": "重大问题", "day": date(2026, 6, 4)}
    assert rules.check_filed_on(None, **known, today=MONDAY) == MONDAY
    assert rules.check_filed_on(date(2026, 6, 4), **known, today=MONDAY) == date(2026, 6, 4)
    for wrong in (date(2026, 6, 3), date(2026, 6, 9)):
        with pytest.raises(Invalid):
            rules.check_filed_on(wrong, **known, today=MONDAY)


def test_a_matter_is_filed_before_it_is_done() -> None:
    known: dict[str, Any] = {"written_on": date(2026, 6, 4), "category": "重要事项", "day": MONDAY}
    assert rules.check_filed_on(date(2026, 6, 7), **known, today=MONDAY) == date(2026, 6, 7)
    with pytest.raises(Invalid, match="实施日期已到"):
        rules.check_filed_on(MONDAY, **known, today=MONDAY)


def test_a_number_is_written_as_on_official_papers() -> None:
    assert rules.number_of(2026, 3) == "〔2026〕3号"


@pytest.mark.parametrize(
    ("kind", "decision", "text", "field"),
    [
        ("请示", "已阅", "", "decision"),
        ("请示", "随便", "", "decision"),
        ("请示", "不同意", " ", "text"),
        ("报告", "原则同意，按意见修改", "", "text"),
    ],
)
def test_a_reply_that_says_nothing_is_refused(kind: str, decision: str, text: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules.check_reply(kind, decision, text=text, replied_on=MONDAY, filed_on=MONDAY, today=MONDAY)
    assert list(refused.value.fields) == [field]


def test_a_report_may_be_noted() -> None:
    found = rules.check_reply("报告", "已阅", text="", replied_on=MONDAY, filed_on=MONDAY, today=MONDAY)
    assert found is Decision.NOTED


def test_tasks_have_an_owner_and_a_day() -> None:
    row = {"what": " 清理河道 ", "owner": "承办单位@7", "due_on": "2026-06-10"}
    (task,) = rules.planned_tasks([row], MONDAY)
    assert (task.what, task.role, task.unit_id, task.due_on) == ("清理河道", "承办单位", "7", date(2026, 6, 10))
    for wrong in (
        {"owner": "代表"},
        {"owner": "工作站"},
        {"owner": "街道人大工委@7"},
        {"due_on": "2026-06-07"},
        {"what": ""},
    ):
        with pytest.raises(Invalid) as refused:
            rules.planned_tasks([{**row, **wrong}], MONDAY)
        assert list(refused.value.fields) == ["tasks"]
    with pytest.raises(Invalid):
        rules.planned_tasks([], MONDAY)


def test_an_owner_is_one_value_there_and_back() -> None:
    for owner in (("街道人大工委", None), ("工作站", "5"), ("承办单位", "7")):
        assert rules.owner_of(rules.owner_value(*owner)) == owner


def test_somebody_else_checks_while_there_is_anybody_else() -> None:
    rules.check_another_person(actor("two"), "one", COMMITTEE)
    rules.check_another_person(actor("one"), "one", ("one",))
    with pytest.raises(Invalid):
        rules.check_another_person(actor("one"), "one", COMMITTEE)


def test_only_the_writer_withdraws_unless_the_writer_is_gone() -> None:
    rules.check_may_withdraw(actor("one"), "one", COMMITTEE)
    rules.check_may_withdraw(actor("two"), "left", COMMITTEE)
    with pytest.raises(Invalid):
        rules.check_may_withdraw(actor("two"), "one", COMMITTEE)
