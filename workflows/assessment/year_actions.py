"""What happens to a year: four quarters added up, grades, commendation, approval, hand-over (domain S42, Q39, Q40)."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.assessment import queries, rules, year_queries
from workflows.assessment.rulebook import RuleBook, Ruling
from workflows.assessment.rules import YearPoints, YearStatus
from workflows.assessment.tables import DeputyYearResult, YearAssessment
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE


def open_year(engine: Engine, session: Session, actor: Actor, *, year: int) -> dict[str, Any]:
    """Open the assessment of a year that is over.

    Returns:
        ``quarters``: how many were assessed; ``waiting``: those without a final result.

    Raises:
        Invalid: the year was opened before.
    """
    if any(row.year == year for row in year_queries.years(session)):
        raise Invalid("{year}年的年度考核已经开始过，不能再开一次。", year=year)
    session.add(YearAssessment(year=year, status=YearStatus.WAITING.value, opened_at=engine.clock()))
    session.flush()
    audit.record(session, actor, "year.opened", f"year:{year}", at=engine.clock())
    return {
        "quarters": len(year_queries.quarters_of(session, year)),
        "waiting": year_queries.waiting_for(session, year),
    }


def compute(engine: Engine, session: Session, actor: Actor, *, year: int, book: RuleBook) -> dict[str, int]:
    """Add up everybody's quarters, rank by the average of a quarter, and ask the table for the grade.

    Returns:
        how many deputies, and how many of them are proposed for commendation.

    Raises:
        NotFound: the year was not opened.
        Conflict: a quarter has no final result yet, or the year is final.
    """
    row = year_queries.year_of(session, year)
    _check_status(row, YearStatus.WAITING, YearStatus.SETTLING)
    if waiting := year_queries.waiting_for(session, year):
        raise Conflict("还有季度考核没有审定：{quarters}。请先审定。", quarters="、".join(waiting))
    session.execute(
        delete(DeputyYearResult)
        .where(DeputyYearResult.year_id == row.id)
        .execution_options(synchronize_session="fetch")
    )
    served = year_queries.quarter_results(session, year)
    points = {person_id: _points(parts) for person_id, parts in served.items()}
    persons = sorted(points)
    places = dict(zip(persons, rules.ranks([points[person].average for person in persons]), strict=True))
    for person_id in persons:
        latest = served[person_id][max(served[person_id])]
        grade = _grade(book, points[person_id], places[person_id], len(persons))
        session.add(
            DeputyYearResult(
                year_id=row.id,
                person_id=person_id,
                group_id=latest.group_id,
                station_id=latest.station_id,
                parts={period: part.total_tenths for period, part in sorted(served[person_id].items())},
                quarters=points[person_id].quarters,
                total_tenths=points[person_id].total,
                average_tenths=points[person_id].average,
                target_tenths=points[person_id].target,
                rate_tenths=points[person_id].rate,
                place=places[person_id],
                grade=str(grade["grade"]),
                commended=bool(grade["commended"]),
                rule=grade.trace,
            )
        )
    row.status = YearStatus.SETTLING.value
    session.flush()
    commended = sum(result.commended for result in year_queries.results(session, row.id))
    audit.record(session, actor, "year.computed", f"year:{year}", at=engine.clock(), deputies=len(persons))
    return {"deputies": len(persons), "commended": commended}


def _points(parts: Mapping[str, Any]) -> YearPoints:
    return rules.year_points([p.total_tenths for p in parts.values()], [p.target_tenths for p in parts.values()])


def _grade(book: RuleBook, points: YearPoints, place: int, deputies: int) -> Ruling:
    """What the table `grade` says: place in percent of all, points in percent of the target."""
    facts = {"rate": points.rate / 10, "top": round(place * 100 / deputies, 1), "quarters": points.quarters}
    return book.rule("grade", facts)


def settle(engine: Engine, session: Session, actor: Actor, *, year: int, answer: Mapping[str, Any]) -> dict[str, int]:
    """The committee settles the list of those to be commended; it may leave somebody out, with a reason.

    Args:
        answer: of the form: ``items`` (number on the list and reason of who is left out), ``opinion``.

    Returns:
        how many stay on the list.

    Raises:
        NotFound: the year was not opened.
        NotAllowed: not of the committee.
        Conflict: it does not wait for this.
        Invalid: a number that is not on the list, or no reason.
    """
    row = year_queries.year_of(session, year)
    rules.check_is_committee(actor)
    _check_status(row, YearStatus.SETTLING)
    proposed = list_of(session, row)
    left_out = _left_out(proposed, answer)
    for result in proposed:
        result.left_out = left_out.get(result.id, "")
    row.status, row.opinion = YearStatus.APPROVING.value, str(answer.get("opinion") or "")
    row.settled_at, row.settled_by, row.settled_by_id = engine.clock(), actor.name, actor.id
    session.flush()
    audit.record(session, actor, "year.settled", f"year:{year}", at=engine.clock(), left_out=len(left_out))
    return {"commended": len(proposed) - len(left_out)}


def list_of(session: Session, row: YearAssessment) -> list[DeputyYearResult]:
    """Those whom the table proposes for commendation, by place: the numbers on the form are places in this list."""
    return [result for result in year_queries.results(session, row.id) if result.commended]


def _left_out(proposed: list[DeputyYearResult], answer: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in answer.get("items") or []:
        number, reason = int(each.get("number") or 0), str(each.get("reason") or "").strip()
        if not 0 < number <= len(proposed):
            raise _refused("items", f"名单上没有第 {number} 位，请刷新页面后重新填写。")
        if not reason:
            raise _refused("items", f"第 {number} 位不列入名单，请写明理由。")
        found[proposed[number - 1].id] = reason[:300]
    return found


def send_back(engine: Engine, session: Session, actor: Actor, *, year: int, opinion: str) -> None:
    """The approver wants the list settled again.

    Raises:
        NotFound: the year was not opened.
        NotAllowed: see `finalise`.
        Conflict: it does not wait for approval.
        Invalid: no opinion.
    """
    row = _for_approval(session, actor, year)
    if not opinion.strip():
        raise _refused("opinion", "退回时请写明需要重新评定什么。")
    row.status, row.opinion = YearStatus.SETTLING.value, opinion.strip()
    audit.record(session, actor, "year.sent_back", f"year:{year}", at=engine.clock())


def finalise(engine: Engine, session: Session, actor: Actor, *, year: int, opinion: str) -> YearAssessment:
    """Make the year final and seal it.

    Raises:
        NotFound: the year was not opened.
        NotAllowed: not of the committee, or settled it while another member could approve.
        Conflict: it does not wait for approval.
    """
    row = _for_approval(session, actor, year)
    row.status, row.opinion = YearStatus.FINAL.value, opinion.strip() or row.opinion
    row.approved_at, row.approved_by = engine.clock(), actor.name
    row.sealed_document = _document(session, row)
    row.sealed_hash = queries.seal_of(row.sealed_document)
    session.flush()
    audit.record(session, actor, "year.final", f"year:{year}", at=engine.clock(), seal=row.sealed_hash)
    return row


def _for_approval(session: Session, actor: Actor, year: int) -> YearAssessment:
    row = year_queries.year_of(session, year)
    rules.check_is_committee(actor)
    members = [user.id for user in people.members(session, COMMITTEE)]
    rules.check_second_pair_of_eyes(actor, row.settled_by_id, members)
    _check_status(row, YearStatus.APPROVING)
    return row


def _document(session: Session, row: YearAssessment) -> str:
    names = people.unit_names(session)
    content = {
        "year": row.year,
        "settled_by": row.settled_by,
        "approved_by": row.approved_by,
        "deputies": [
            {
                "person": result.person_id,
                "group": names[result.group_id],
                "quarters": {period: rules.points_text(part) for period, part in result.parts.items()},
                "total": rules.points_text(result.total_tenths),
                "average": rules.points_text(result.average_tenths),
                "target": rules.points_text(result.target_tenths),
                "place": result.place,
                "grade": result.grade,
                "commended": result.commended and not result.left_out,
                "left_out": result.left_out,
                "rule": result.rule,
            }
            for result in year_queries.results(session, row.id)
        ],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)


def receive(engine: Engine, session: Session, actor: Actor, *, year: int, answer: Mapping[str, Any]) -> YearAssessment:
    """The sub-district office takes the results into its year-end commendation (domain S42, S112).

    Args:
        answer: of the receipt form: ``document_no``, ``remark``.

    Raises:
        NotFound: the year was not opened.
        NotAllowed: not of the office.
        Conflict: it is not final, or was received already.
    """
    row = year_queries.year_of(session, year)
    rules.check_is_office(actor)
    _check_status(row, YearStatus.FINAL)
    row.status = YearStatus.HANDED_OVER.value
    row.received_at, row.received_by = engine.clock(), actor.name
    row.receipt = {key: answer.get(key) for key in ("document_no", "remark")}
    audit.record(session, actor, "year.received", f"year:{year}", at=engine.clock(), **row.receipt)
    return row


def _check_status(row: YearAssessment, *wanted: YearStatus) -> None:
    if row.status not in wanted:
        raise Conflict("这一年的考核现在是“{status}”，不能这样办理，请刷新页面。", status=row.status)


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid("{sentence}", fields={field: sentence}, sentence=sentence)
