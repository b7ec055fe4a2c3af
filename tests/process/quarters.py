"""The shared past of the tests of a quarter: three archived months, two roll-ups, a verification."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from sqlalchemy import select

from tests.factories import DeputySeat, Town, small_town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from workflows.assessment import queries
from workflows.assessment.tables import (
    AssessmentLine,
    DeputyQuarterResult,
    LedgerEntry,
    QuarterAssessment,
    Verification,
    VillageIndex,
)
from workflows.clock import MovableClock
from workflows.wiring import Workplace

# After the third quarter of 2026 (holiday 1 to 7 October, working Saturday the 10th) the working days of October are
# 8, 9, 10, 12, 13, 14, 15, 16, 19, 20, 21, 22 …: the quarter opens on the 8th, stations hand in by the 13th and the
# committee verifies by the 20th.
QUARTER = "2026Q3"
KEY = f"quarter:{QUARTER}"
OPENING_DAY = date(2026, 10, 8)
ROLLUP_DAY = date(2026, 10, 13)
REPORT: Mapping[str, Any] = {"letter": "本季度活动按计划开展，代表参加情况良好。", "checked": True}
NOTICE: Mapping[str, Any] = {"notice": "在各站公示栏公示五个工作日，异议请向工作站提出。"}
RECEIPT: Mapping[str, Any] = {"document_no": "陆街办收〔2026〕31号", "weight": 5}


def claim(fact: str, kind: str, level: str, day: str) -> dict[str, str]:
    return {"fact": fact, "kind": kind, "level": level, "occurred_on": day, "proof": "批示件和证书"}


ADOPTED = claim("排水建议获市级批示", "意见建议被采纳或批示", "市", "2026-08-03")
HONOURED = claim("市优秀代表", "获得履职表彰", "市", "2026-08-20")
SOLVED = claim("解决路灯不亮", "推动解决群众问题且群众满意", "村站", "2026-09-02")


def present(seats: list[DeputySeat], **others: str) -> dict[str, str]:
    """Everybody 到会 but those named by their place: ``d2="半程"``."""
    states = {seat.person_id: "到会" for seat in seats}
    states.update({seats[int(place[1:]) - 1].person_id: state for place, state in others.items()})
    return states


def after_three_months(workplace: Workplace, clock: MovableClock) -> Town:
    return with_three_months(workplace, clock).town


def with_three_months(workplace: Workplace, clock: MovableClock) -> Office:
    clock.set_beijing(date(2026, 7, 1))
    office = Office(small_town(workplace), clock)
    office.publish("monthly_self_assessment", "quarterly_assessment")
    town, (first, second) = office.town, office.town.villages
    group = town.deputies_of(first)

    clock.set_beijing(date(2026, 7, 20))
    office.attend(date(2026, 7, 10), "议政代表会", present(town.deputies, d2="半程"))
    office.hold_reception(date(2026, 7, 6), first)
    office.hold_reception(date(2026, 7, 6), second)
    archive_month(office, date(2026, 7, 27), {})

    clock.set_beijing(date(2026, 8, 20))
    office.attend(date(2026, 8, 12), "民生实事项目督查", present(group), station_id=first.station_id, photo=None)
    office.hold_reception(date(2026, 8, 3), first)
    archive_month(office, date(2026, 8, 25), {"deputy01": [ADOPTED, HONOURED]})

    clock.set_beijing(date(2026, 9, 20))
    office.attend(date(2026, 9, 10), "专题培训", present(town.deputies, d6="请假"))
    signed = {town.deputies[0].person_id: "领衔", town.deputies[3].person_id: "附议"}
    office.attend(date(2026, 9, 11), "意见建议", signed)
    office.hold_reception(date(2026, 9, 1), first)
    archive_month(office, date(2026, 9, 23), {"deputy04": [SOLVED]})
    assert office.incidents() == []
    return office


def archive_month(office: Office, opening_day: date, claims: Mapping[str, list[dict[str, str]]]) -> None:
    office.pass_time_to(opening_day, time(8, 31))
    for seat in office.town.deputies:
        station = "station1a" if seat.group_id == office.town.villages[0].id else "station2"
        if seat.login:
            answer = {**TRUTHFUL, "claims": claims.get(seat.login, [])}
            office.complete(seat.login, "self_assess", answer)
        else:
            office.complete(station, "assess_for", TRUTHFUL)
        office.complete(station, "station_review", AGREED, about=seat.name)


def roll_up(office: Office) -> None:
    """The first station in time, the second a day late."""
    office.pass_time_to(OPENING_DAY, time(8, 31))
    office.complete("station1a", "report", REPORT)
    office.pass_time_to(date(2026, 10, 14), time(8, 31))
    office.complete("station2", "report", REPORT)


def item_about(office: Office, seat: DeputySeat, kind: str) -> int:
    """The number under which the committee checks a deputy's line."""
    with office.workplace.reading(office.town.subdistrict_id) as session:
        query = (
            select(Verification.number)
            .join(AssessmentLine, AssessmentLine.id == Verification.line_id)
            .join(LedgerEntry, LedgerEntry.source_key == "line:" + AssessmentLine.id)
            .where(LedgerEntry.person_id == seat.person_id, AssessmentLine.kind == kind)
        )
        return session.scalars(query).one()


def verify_and_publish(office: Office) -> None:
    """The inspection without evidence: the third deputy was not there."""
    number = item_about(office, office.town.deputies[2], "民生实事项目督查")
    office.complete("committee1", "verify", {"items": [{"number": number, "reason": "照片和签到表均无此人"}]})
    office.clock.set_beijing(date(2026, 10, 15))
    office.complete("committee2", "announce", NOTICE)


def review_the_rules(office: Office, day: date) -> None:
    """Ten working days after the results are final; nothing is to be changed."""
    assert office.instance(KEY).status == "running"
    office.pass_time_to(day, time(0, 0))
    office.complete("committee1", "review", {"conclusion": "维持"})


def the_quarter(office: Office) -> QuarterAssessment:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        return queries.quarter_of(session, QUARTER)


def deputy_results(office: Office) -> dict[str, DeputyQuarterResult]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        rows = queries.deputy_results(session, queries.quarter_of(session, QUARTER).id)
        return {row.person_id: row for row in rows}


def village_results(office: Office) -> dict[str, VillageIndex]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        rows = queries.village_indexes(session, queries.quarter_of(session, QUARTER).id)
        return {row.village_id: row for row in rows}
