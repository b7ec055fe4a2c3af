"""The quarter, from the stations' roll-up to the office's receipt, equal to a calculation by hand."""

from datetime import date, time

import pytest
from sqlalchemy import select

from tests.factories import Town, full_town, small_town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from tests.process.conftest import Opened
from tests.process.quarters import (
    KEY,
    NOTICE,
    OPENING_DAY,
    QUARTER,
    RECEIPT,
    REPORT,
    ROLLUP_DAY,
    after_three_months,
    deputy_results,
    item_about,
    present,
    review_the_rules,
    roll_up,
    the_quarter,
    verify_and_publish,
    village_results,
    with_three_months,
)
from workflows.assessment import queries, rules
from workflows.assessment.rules import Verdict
from workflows.assessment.tables import (
    AssessmentLine,
    LedgerEntry,
    QuarterAssessment,
    Verification,
)
from workflows.clock import MovableClock
from workflows.errors import Invalid, NotAllowed
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace


@pytest.fixture
def office(opened: Opened, clock: MovableClock) -> Office:
    """Six deputies whose July, August and September are archived."""
    return Office(opened(after_three_months), clock)


def test_the_quarter_equals_a_calculation_by_hand(office: Office) -> None:
    roll_up(office)
    verify_and_publish(office)
    office.pass_time_to(date(2026, 10, 23), time(8, 31))
    office.complete("director", "approve", AGREED)
    office.complete("office", "receive_index", RECEIPT)
    office.complete("village2", "explain", {"text": "村里换届，下季度补上。"})
    office.complete("director", "confirm_board", {})
    review_the_rules(office, date(2026, 11, 7))
    assert office.instance(KEY).status == "completed"
    assert office.incidents() == []

    # deputy  July  August  September        base          bonus           total   of 60
    # 1       10    10      10 + 10 lead     40            15 + 15 -> 20   60      100
    # 2       5     10      10               25                            25      41.7
    # 3       10    (10)    10               20, one struck                20      33.3
    # 4       10            10 + 5 co-sign   25            3               28      46.7
    # 5       10            10               20                            20      33.3
    # 6       10            0, on leave      10                            10      16.7
    # The first deputy's bonus is capped at 20: 30 % of 40 would be 12, so the 20 points are the larger one.
    results = deputy_results(office)
    rows = [results[seat.person_id] for seat in office.town.deputies]
    assert [row.base_tenths for row in rows] == [400, 250, 200, 250, 200, 100]
    assert [row.bonus_tenths for row in rows] == [300, 0, 0, 30, 0, 0]
    assert [row.bonus_counted_tenths for row in rows] == [200, 0, 0, 30, 0, 0]
    assert [row.total_tenths for row in rows] == [600, 250, 200, 280, 200, 100]
    assert [row.index_tenths for row in rows] == [1000, 417, 333, 467, 333, 167]

    # village  points  average       of 60   receptions   roll-up   no case due   index
    # first    105     105/3 = 35    58.3    3/3 = 100    100       100           34.98 + 20 + 10 + 10   = 74.98 -> 75.0
    # second   58      58/3 = 19.3   32.2    1/3 = 33.3   0, late   100           19.32 + 20 + 3.33 + 0  = 42.65 -> 42.7
    first, second = (village_results(office)[village.id] for village in office.town.villages)
    assert (first.average_points_tenths, second.average_points_tenths) == (350, 193)
    assert (first.average_tenths, second.average_tenths) == (583, 322)
    assert (first.replies_tenths, second.replies_tenths) == (1000, 1000)
    assert (first.receptions_tenths, second.receptions_tenths) == (1000, 333)
    assert (first.rollup_tenths, second.rollup_tenths) == (1000, 0)
    assert (first.index_tenths, second.index_tenths) == (750, 427)


@pytest.mark.postgres
def test_the_quarter_on_postgresql(postgres_workplace: Workplace, clock: MovableClock) -> None:
    office = with_three_months(postgres_workplace, clock)
    roll_up(office)
    verify_and_publish(office)
    office.pass_time_to(date(2026, 10, 23), time(8, 31))
    office.complete("director", "approve", AGREED)
    results, indexes = deputy_results(office), village_results(office)
    assert [results[seat.person_id].total_tenths for seat in office.town.deputies] == [600, 250, 200, 280, 200, 100]
    assert [indexes[village.id].index_tenths for village in office.town.villages] == [750, 427]
    with postgres_workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []


def test_published_scores_are_the_sums_of_their_ledger_and_stay_sealed(office: Office) -> None:
    roll_up(office)
    verify_and_publish(office)
    office.pass_time_to(date(2026, 10, 23), time(8, 31))
    office.complete("director", "approve", AGREED)
    with office.workplace.reading(office.town.subdistrict_id) as session:
        booked = queries.sums(queries.quarter_entries(session, rules.Quarter.read(QUARTER)))
        kinds = {entry.kind for entry in session.scalars(select(LedgerEntry))}
    assert booked == {person: row.total_tenths for person, row in deputy_results(office).items()}
    assert kinds == {"基础分", "加分", "冲销", "加分封顶"}
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []
    with office.workplace.database.unit_of_work(EVERYWHERE) as session:
        quarter = session.scalars(select(QuarterAssessment)).one()
        quarter.sealed_document = (quarter.sealed_document or "").replace('"index": "75"', '"index": "95"')
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == [(f"quarter_assessment:{quarter.id}", "sealed document was changed")]


def test_stations_are_reminded_and_then_reported(office: Office) -> None:
    office.pass_time_to(OPENING_DAY, time(8, 31))
    assert {task.due_on for task in office.open_tasks("report")} == {ROLLUP_DAY}
    office.pass_time_to(date(2026, 10, 12), time(8, 31))
    assert {"report_reminded"} == office.ends(KEY)
    office.complete("station1a", "report", REPORT)
    office.pass_time_to(date(2026, 10, 14), time(8, 31))
    assert {"report_reminded", "report_urged", "station_done"} == office.ends(KEY)
    assert office.inbox("station1a") == []
    assert office.inbox("station2") == ["2026年第三季度积分汇总：虎山村人大代表工作站"]


def test_a_station_with_open_months_can_not_roll_up(workplace: Workplace, clock: MovableClock) -> None:
    clock.set_beijing(date(2026, 9, 1))
    office = Office(small_town(workplace), clock)
    office.publish("monthly_self_assessment", "quarterly_assessment")
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    office.pass_time_to(OPENING_DAY, time(8, 31))
    with pytest.raises(Invalid, match="还有 3 份自评表没有归档"):
        office.complete("station1a", "report", REPORT)


def test_the_sample_holds_every_claim_every_anomaly_and_can_be_drawn_again(office: Office) -> None:
    roll_up(office)
    with office.workplace.reading(office.town.subdistrict_id) as session:
        quarter = queries.quarter_of(session, QUARTER)
        items = queries.verifications(session, quarter.id)
        lines = queries.agreed_lines(session, rules.Quarter.read(QUARTER))
    assert [item.number for item in items] == list(range(1, len(items) + 1))
    assert sum(item.why == "加分" for item in items) == 3
    odd = {line.id for _, line in lines if line.kind == "民生实事项目督查"}
    assert {item.line_id for item in items if "没有佐证材料" in item.why} == odd
    assert quarter.sample_rule is not None
    assert quarter.sample_rule["process"] == "quarterly_assessment"
    for station_id in {month.station_id for month, _ in lines}:
        held = {line.activity_id for month, line in lines if month.station_id == station_id}
        again = rules.draw_sample(held, rules.Decimal("0.2"), 3, f"{quarter.sample_seed}:{station_id}")
        by_id = {line.id: line.activity_id for _, line in lines}
        drawn = {
            by_id[item.line_id or ""] for item in items if item.station_id == station_id and item.why.startswith("抽查")
        }
        assert drawn == set(again)


def test_the_committee_is_reminded_of_its_own_day(office: Office) -> None:
    roll_up(office)
    assert {task.due_on for task in office.open_tasks("verify")} == {date(2026, 10, 20)}
    office.pass_time_to(date(2026, 10, 19), time(8, 31))
    assert "committee_reminded" in office.ends(KEY)
    assert office.incidents() == []


def test_results_hang_out_for_five_working_days(office: Office) -> None:
    roll_up(office)
    verify_and_publish(office)
    assert the_quarter(office).status == "公示"
    with office.workplace.reading(office.town.subdistrict_id) as session:
        publicity = queries.publicity_of(session, the_quarter(office).id)
        assert publicity is not None
        assert (publicity.starts_on, publicity.ends_on) == (date(2026, 10, 15), date(2026, 10, 22))
    office.pass_time_to(date(2026, 10, 22), time(23, 59))
    assert office.open_tasks("approve") == []
    office.pass_time_to(date(2026, 10, 23), time(0, 0))
    assert len(office.open_tasks("approve")) == 1


def test_who_verified_does_not_approve_and_a_return_leads_back_to_verification(office: Office) -> None:
    roll_up(office)
    verify_and_publish(office)
    office.pass_time_to(date(2026, 10, 23), time(8, 31))
    with pytest.raises(NotAllowed, match="核实人不能同时审批"):
        office.complete("committee1", "approve", AGREED)
    with pytest.raises(Invalid, match="退回时请写明"):
        office.complete("director", "approve", {"decision": "退回"})
    office.complete("director", "approve", {"decision": "退回", "opinion": "请再核对培训签到表。"})
    assert the_quarter(office).status == "核实"

    number = item_about(office, office.town.deputies[1], "民生实事项目督查")
    office.complete("committee2", "verify", {"items": [{"number": number, "reason": "中途离开未返回"}]})
    office.complete("committee1", "announce", NOTICE)
    office.pass_time_to(date(2026, 10, 31), time(8, 31))
    office.complete("director", "approve", AGREED)
    results = deputy_results(office)
    # The second deputy lost the inspection too; the third one's stays struck though nobody named it again.
    assert results[office.town.deputies[1].person_id].total_tenths == 150
    assert results[office.town.deputies[2].person_id].total_tenths == 200
    with office.workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []


def test_a_false_line_needs_a_reason_and_a_number_that_is_there(office: Office) -> None:
    roll_up(office)
    for row in ({"number": 1}, {"number": 999, "reason": "不实"}):
        with pytest.raises(Invalid):
            office.complete("committee1", "verify", {"items": [row]})
    with office.workplace.reading(office.town.subdistrict_id) as session:
        assert {item.verdict for item in session.scalars(select(Verification))} == {Verdict.PENDING}


def test_a_street_without_deputies_has_nothing_to_assess(workplace: Workplace, clock: MovableClock) -> None:
    clock.set_beijing(date(2021, 10, 7))
    office = Office(small_town(workplace), clock)  # its deputies take office in December 2021
    office.publish("quarterly_assessment")
    assert office.pass_time_to(date(2021, 10, 8), time(8, 31)) == 1
    assert office.ends("quarter:2021Q3") == {"nothing_to_assess"}
    assert office.instance("quarter:2021Q3").status == "completed"


def _month_of_the_full_town(office: Office, town: Town) -> None:
    stations = {village.id: f"station{n}" for n, village in enumerate(town.villages, 1)}
    returned = town.deputies[4]
    for seat in town.deputies:
        node = "self_assess" if seat.login else "assess_for"
        office.complete(seat.login or stations[seat.group_id], node, TRUTHFUL)
        if seat is returned:
            back = {"decision": "退回", "opinion": "请补充走访记录。"}
            office.complete("station1", "station_review", back)
            office.complete(seat.login or "", "self_assess", {**TRUTHFUL, "missing": "已补交走访记录"})
        office.complete(stations[seat.group_id], "station_review", AGREED)


def test_forty_four_deputies_from_the_timer_to_the_receipt(workplace: Workplace, clock: MovableClock) -> None:
    """A street that begins in September: one month counts in its first quarter."""
    clock.set_beijing(date(2026, 9, 1))
    town = full_town(workplace)
    office = Office(town, clock)
    office.publish("monthly_self_assessment", "quarterly_assessment")
    clock.set_beijing(date(2026, 9, 20))
    office.attend(date(2026, 9, 8), "议政代表会", present(town.deputies, d1="半程"))
    for n, village in enumerate(town.villages):
        seats = town.deputies_of(village)[: 2 + n]
        office.attend(date(2026, 9, 15), "视察", present(seats), station_id=village.station_id)
        office.hold_reception(date(2026, 9, 2), village)
    office.pass_time_to(date(2026, 9, 23), time(8, 31))
    assert len(office.open_tasks("self_assess")) == 40
    assert len(office.open_tasks("assess_for")) == 4
    assert office.count(AssessmentLine) == 44 + 2 + 3 + 4 + 5
    _month_of_the_full_town(office, town)
    assert office.instance("month:2026-09").status == "completed"

    office.pass_time_to(OPENING_DAY, time(8, 31))
    for n in range(1, 5):
        office.complete(f"station{n}", "report", REPORT)
    office.complete("committee1", "verify", {})
    office.complete("committee1", "announce", NOTICE)
    office.pass_time_to(date(2026, 10, 30), time(8, 31))
    office.complete("director", "approve", AGREED)
    office.complete("office", "receive_index", RECEIPT)
    for n in range(1, 5):
        office.complete(f"village{n}", "explain", {"text": "第一个季度只有一个月。"})
    office.complete("director", "confirm_board", {})
    review_the_rules(office, date(2026, 11, 14))
    assert office.instance(KEY).status == "completed"

    # village  meeting           inspection   together   of 11   of 60    60 %, replies 20, receptions 1/3, roll-up 10
    # 1        10 * 10 + 5 = 105 2 * 10       125        11.4    19.0     11.40 + 20 + 3.33 + 10 = 44.73
    # 2        11 * 10 = 110     3 * 10       140        12.7    21.2     12.72 + 33.33 = 46.05
    # 3        110               40           150        13.6    22.7     13.62 + 33.33 = 46.95
    # 4        110               50           160        14.5    24.2     14.52 + 33.33 = 47.85
    indexes = village_results(office)
    rows = [indexes[village.id] for village in town.villages]
    assert [row.average_points_tenths for row in rows] == [114, 127, 136, 145]
    assert [row.average_tenths for row in rows] == [190, 212, 227, 242]
    assert [row.index_tenths for row in rows] == [447, 461, 470, 479]
    totals = [deputy_results(office)[seat.person_id].total_tenths for seat in town.deputies]
    assert totals[:11] == [150, 200, *[100] * 9]
    assert sum(totals) == 1250 + 1400 + 1500 + 1600
    assert the_quarter(office).receipt == {**RECEIPT, "remark": ""}
    assert office.incidents() == []
    with workplace.database.reading(EVERYWHERE) as session:
        assert queries.ledger_breaches(session) == []
