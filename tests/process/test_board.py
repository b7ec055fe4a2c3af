"""The villages' red and black board: proposed by tables, explained, confirmed, printed (domain R8, Q35 to Q38)."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

import pytest

from tests.process.assessing import AGREED, Office
from tests.process.conftest import Opened
from tests.process.quarters import KEY, QUARTER, after_three_months, roll_up, verify_and_publish
from workflows.assessment import board, queries
from workflows.assessment.tables import BoardEntry
from workflows.clock import MovableClock
from workflows.errors import Invalid, NotAllowed

# The quarter as calculated by hand in test_quarterly_assessment: the first village 75.0 with a reception in each month,
# the second 42.7 with one of three. So the first is on no board and the second is black for two reasons.
APPROVED = date(2026, 10, 23)
REASONS = ["考核指数低于60分", "有的月份没有举行代表接待日"]
MOVED: Mapping[str, Any] = {"text": "九月村部搬迁，接待日改到十月补办。"}


@pytest.fixture
def office(opened: Opened, clock: MovableClock) -> Office:
    """Results are final; the second village was told that it is to be black."""
    office = Office(opened(after_three_months), clock)
    roll_up(office)
    verify_and_publish(office)
    office.pass_time_to(APPROVED, time(8, 31))
    office.complete("director", "approve", AGREED)
    return office


def _board(office: Office) -> dict[str, BoardEntry]:
    names = {village.id: village.name for village in office.town.villages}
    with office.workplace.reading(office.town.subdistrict_id) as session:
        rows = queries.board(session, queries.quarter_of(session, QUARTER).id)
        return {names[row.village_id]: row for row in rows}


def test_the_tables_propose_and_the_village_is_told_first(office: Office) -> None:
    first, second = _board(office).values()
    assert (first.rank, first.proposed, first.reasons) == (1, "", [])
    assert (second.rank, second.proposed, second.reasons) == (2, "黑榜", REASONS)
    assert second.facts == {"index": 42.7, "rank": 2, "late_cases": 0, "missed_months": 2}
    assert [row["index"] for row in second.rule["black"]["rows"]] == [1, 3]
    assert office.open_tasks("confirm_board") == []
    assert [task.due_on for task in office.open_tasks("explain")] == [date(2026, 10, 28)]
    with pytest.raises(AssertionError, match="no open explain"):
        office.complete("village1", "explain", MOVED)


def test_the_committee_sees_the_explanation_and_may_leave_a_village_out(office: Office) -> None:
    office.complete("village2", "explain", MOVED)
    with pytest.raises(Invalid, match="有 1 处需要修改"):
        office.complete("director", "confirm_board", {"items": [{"number": 2}]})
    with pytest.raises(Invalid, match="没有拟列入黑榜"):
        office.complete("director", "confirm_board", {"items": [{"number": 1, "reason": "先进"}]})
    office.complete("director", "confirm_board", {"items": [{"number": 2, "reason": "十月已经补办"}]})
    second = _board(office)[office.town.villages[1].name]
    assert (second.colour, second.proposed, second.waived) == ("", "黑榜", "十月已经补办")
    assert (second.explanation, second.explained_by) == (MOVED["text"], office.town.actor("village2").name)


def test_without_an_explanation_the_board_goes_on_after_three_working_days(office: Office) -> None:
    office.pass_time_to(date(2026, 10, 28), time(23, 59))
    assert office.open_tasks("confirm_board") == []
    office.pass_time_to(date(2026, 10, 29), time(0, 0))
    office.complete("director", "confirm_board", {})
    assert _board(office)[office.town.villages[1].name].colour == "黑榜"
    assert office.told("tell_board") == ["village1", "village2"]
    assert "no_explanation" in office.ends(KEY)
    assert office.instance(KEY).status == "running"  # the office has not received the indexes
    with office.workplace.reading(office.town.subdistrict_id) as session:
        assert queries.months_published(session) == []
    assert office.incidents() == []


def test_only_the_committee_confirms(office: Office) -> None:
    office.complete("village2", "explain", MOVED)
    with pytest.raises(AssertionError, match="no open confirm_board"):
        office.complete("station1a", "confirm_board", {})
    with pytest.raises(NotAllowed):
        _explain_as(office, "village1")


def _explain_as(office: Office, login: str) -> None:
    with office.workplace.unit_of_work(office.town.subdistrict_id) as session:
        board.explain(
            office.workplace.engine,
            session,
            office.town.actor(login),
            period=QUARTER,
            village_id=office.town.villages[1].id,
            text="不是我们村",
        )
