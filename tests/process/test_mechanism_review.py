"""The review of the rules that follows every quarter (domain S101, Q44)."""

from datetime import date, time

import pytest

from tests.process.assessing import AGREED, Office
from tests.process.conftest import Opened
from tests.process.quarters import KEY, QUARTER, after_three_months, roll_up, verify_and_publish
from workflows.assessment import findings
from workflows.clock import MovableClock
from workflows.errors import NotAllowed

# Final on Friday 23 October; ten working days later is Friday 6 November, at whose end the review opens.
FINAL, OPENS = date(2026, 10, 23), date(2026, 11, 7)
CHANGE = {"conclusion": "调整", "proposal": "目标分由60分改为50分。", "consulted": "征求了四个小组的意见。"}


@pytest.fixture
def office(opened: Opened, clock: MovableClock) -> Office:
    office = Office(opened(after_three_months), clock)
    roll_up(office)
    verify_and_publish(office)
    office.pass_time_to(FINAL, time(8, 31))
    office.complete("director", "approve", AGREED)
    office.complete("office", "receive_index", {"document_no": "1号", "weight": 5})
    office.complete("village2", "explain", {"text": "没有意见。"})
    office.complete("director", "confirm_board", {})
    return office


def test_the_review_opens_ten_working_days_after_the_results_and_carries_their_figures(office: Office) -> None:
    office.pass_time_to(date(2026, 11, 6), time(23, 59))
    assert office.open_tasks("review") == []
    office.pass_time_to(OPENS, time(0, 0))
    assert len(office.open_tasks("review")) == 1
    with office.workplace.reading(office.town.subdistrict_id) as session:
        found = findings.of_quarter(session, QUARTER)
    assert found == {
        "months": 18,
        "not_self_assessed": 0,
        "claims": 3,
        "claims_struck": 0,
        "capped": 1,
        "false_items": 1,
        "objections": 0,
        "upheld": 0,
        "reached": 1,
        "deputies": 6,
        "red": 0,
        "black": 1,
    }


def test_rules_that_stay_end_the_quarter(office: Office) -> None:
    office.pass_time_to(OPENS, time(0, 0))
    office.complete("committee1", "review", {"conclusion": "维持"})
    assert {"no_change", "quarter_done"} <= office.ends(KEY)
    assert office.instance(KEY).status == "completed"


def test_an_agreed_change_goes_to_the_process_administrator_and_is_told_to_the_deputies(office: Office) -> None:
    office.pass_time_to(OPENS, time(0, 0))
    office.complete("committee1", "review", CHANGE)
    decision = {"proposal": "目标分由60分改为55分。", "agreed": True, "opinion": "同意，幅度小一些。"}
    office.complete("director", "decide_change", decision)
    assert [task.subject for task in office.open_tasks("apply_change")] == ["2026年第三季度评价规则调整"]
    office.complete("admin", "apply_change", {"what": "目标分改为55分", "from_day": "2027-01-01"})
    assert office.told("tell_changed") == [f"deputy0{n}" for n in range(1, 6)]
    assert {"rules_changed", "quarter_done"} <= office.ends(KEY)


def test_whoever_proposes_a_change_does_not_decide_on_it(office: Office) -> None:
    office.pass_time_to(OPENS, time(0, 0))
    office.complete("committee1", "review", CHANGE)
    decision = {"proposal": "改。", "agreed": True, "opinion": "同意。"}
    with pytest.raises(NotAllowed, match="提出建议的人不能自己决定"):
        office.complete("committee1", "decide_change", decision)
    assert len(office.open_tasks("decide_change")) == 1
    office.complete("committee2", "decide_change", decision)
    assert len(office.open_tasks("apply_change")) == 1


def test_a_change_that_is_not_agreed_changes_nothing(office: Office) -> None:
    office.pass_time_to(OPENS, time(0, 0))
    office.complete("committee1", "review", CHANGE)
    office.complete("director", "decide_change", {"proposal": "不变", "agreed": False, "opinion": "再看一个季度。"})
    assert {"change_refused", "quarter_done"} <= office.ends(KEY)
    assert office.open_tasks("apply_change") == []


def test_a_late_review_is_urged(office: Office) -> None:
    office.pass_time_to(OPENS, time(0, 0))
    office.pass_time_to(date(2026, 11, 20), time(0, 0))
    assert "review_urged" in office.ends(KEY)
    assert len(office.open_tasks("review")) == 1
    assert office.incidents() == []
