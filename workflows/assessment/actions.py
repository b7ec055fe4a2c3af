"""What happens to one deputy's month: opened, self-assessed, reviewed, returned, archived.

Points come from decision tables only (`RuleBook`); what was archived is sealed and never changed again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from workflows import audit
from workflows.activities import queries as activities
from workflows.activities.queries import Participation
from workflows.activities.tables import Attendance
from workflows.actor import Actor
from workflows.assessment import deductions, ledger, queries, rules
from workflows.assessment.queries import MonthView
from workflows.assessment.rulebook import RuleBook
from workflows.assessment.rules import EntryKind, LineState, Month, MonthStatus
from workflows.assessment.tables import AssessmentLine, BonusClaim, LedgerEntry, MonthlyAssessment
from workflows.clock import beijing_date
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid
from workflows.notifications import actions as notifications
from workflows.people import queries as people
from workflows.people.queries import Deputy
from workflows.people.rules import STATION, VILLAGE

REASON_LENGTH = 500
STATION_REVIEWS, COMMITTEE_REVIEWS = "station", "committee"

# --------------------------------------------------------------------------------------------- opening


def open_month(engine: Engine, session: Session, actor: Actor, *, on: date, book: RuleBook) -> list[dict[str, str]]:
    """Open a self-assessment for everybody in office, filled in from the attendance recorded so far.

    Args:
        on: a day of the month; the deputies are those in office on it.

    Returns:
        one line per deputy: person, name, user ("" without an account), station, group, and who reviews.
        A deputy who is also station staff or village secretary is reviewed by the committee (domain Q32).

    Raises:
        Invalid: the month was opened before.
    """
    month = Month.of(on)
    if queries.has_month(session, str(month)):
        raise Invalid("{month}的自评已经开始过，不能再开一次。", month=month.label)
    seats = people.deputies_on(session, on)
    months = {
        seat.person_id: MonthlyAssessment(
            period=str(month),
            person_id=seat.person_id,
            group_id=seat.group_id,
            station_id=seat.station_id,
            status=MonthStatus.OPEN.value,
        )
        for seat in seats
    }
    session.add_all(months.values())
    session.flush()
    _fill(session, months, month, book)
    audit.record(session, actor, "month.opened", f"month:{month}", at=engine.clock(), deputies=len(seats))
    insiders = {user.id for role in (STATION, VILLAGE) for user in people.members(session, role)}
    return [_listed(seat, insiders) for seat in seats]


def _listed(seat: Deputy, insiders: set[str]) -> dict[str, str]:
    return {
        "person": seat.person_id,
        "name": seat.name,
        "user": seat.user_id or "",
        "station": seat.station_id,
        "group": seat.group_name,
        "reviewer": COMMITTEE_REVIEWS if seat.user_id in insiders else STATION_REVIEWS,
    }


def _fill(session: Session, months: Mapping[str, MonthlyAssessment], month: Month, book: RuleBook) -> None:
    """Bring the months' lines up to the attendance recorded by now; struck lines stay struck."""
    person_id = next(iter(months)) if len(months) == 1 else None
    taken = activities.participation_between(session, month.first_day, month.last_day, person_id=person_id)
    by_person: dict[str, list[Participation]] = {}
    for participation in taken:
        by_person.setdefault(participation.attendance.person_id, []).append(participation)
    for view in queries.month_views(session, list(months.values())):
        _fill_one(session, view, by_person.get(view.month.person_id, []), book)
    session.flush()


def _fill_one(session: Session, view: MonthView, taken: Sequence[Participation], book: RuleBook) -> None:
    lines = {line.attendance_id: line for line in view.lines}
    number = max((item.number for item in view.items), default=0)
    repeats: dict[tuple[date, str], int] = {}
    for each in taken:
        attendance, activity = each.attendance, each.activity
        same_day = repeats.get((activity.held_on, activity.kind), 0)
        ruling = book.rule("base_points", _line_facts(each, same_day))
        points = rules.tenths(ruling["points"])
        repeats[activity.held_on, activity.kind] = same_day + (points > 0)
        line = lines.get(attendance.id)
        if line is None:
            number += 1
            line = AssessmentLine(
                month_id=view.month.id,
                number=number,
                attendance_id=attendance.id,
                activity_id=activity.id,
                group_id=attendance.group_id,
                held_on=activity.held_on,
                dimension=activity.dimension,
                kind=activity.kind,
                title=activity.title,
                state=LineState.CLAIMED.value,
                objection="",
                reason="",
            )
            session.add(line)
        line.attendance_state = attendance.state
        line.points_tenths, line.rule = points, ruling.trace


def _line_facts(each: Participation, same_day: int) -> dict[str, Any]:
    return {
        "dimension": each.activity.dimension,
        "kind": each.activity.kind,
        "attendance": each.attendance.state,
        "same_day": same_day,
    }


# ----------------------------------------------------------------------------------------- self-assessment


def submit(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    period: str,
    person_id: str,
    answer: Mapping[str, Any],
    book: RuleBook,
) -> MonthlyAssessment:
    """Hand in a month: confirm or object to its lines, claim bonuses, and vouch for it.

    Args:
        answer: of the self-assessment form: ``lines`` (objections only: rows number, reason; naming a claim
            filed earlier withdraws it), ``missing``, ``claims`` (what is new: rows occurred_on, kind, level,
            fact, proof), ``truthful``.

    Raises:
        NotFound: no such month.
        NotAllowed: neither the deputy nor their station.
        Conflict: it was handed in already.
        Invalid: not vouched for, an objection without a reason, a claim that the table gives nothing for or
            that was counted before.
    """
    month = queries.month_of(session, period, person_id)
    rules.check_may_submit(actor, person_id, month.station_id)
    _check_status(month, MonthStatus.OPEN, MonthStatus.RETURNED)
    if answer.get("truthful") is not True:
        raise Invalid("请先确认自评内容属实。", fields={"truthful": "请选择“是”，确认以上内容属实。"})
    _fill(session, {person_id: month}, Month.read(period), book)
    view = queries.month_view(session, month)
    withdrawn = _note_objections(view, _rows(answer, "lines"))
    _withdraw(session, view, withdrawn)
    _add_claims(session, view, _rows(answer, "claims"), book)
    month.missing = str(answer.get("missing") or "")
    month.status, month.self_assessed = MonthStatus.SUBMITTED.value, True
    month.submitted_at, month.submitted_by = engine.clock(), actor.name
    month.on_behalf = actor.person_id != person_id
    session.flush()
    audit.record(
        session,
        actor,
        "month.submitted",
        f"monthly_assessment:{month.id}",
        at=engine.clock(),
        on_behalf=month.on_behalf,
    )
    return month


def mark_not_submitted(
    engine: Engine, session: Session, actor: Actor, *, period: str, person_id: str, book: RuleBook
) -> MonthlyAssessment:
    """The day passed without a self-assessment: what the table `not_submitted` leaves goes to review (Q28).

    Raises:
        NotFound: no such month.
        Conflict: it was handed in already.
    """
    month = queries.month_of(session, period, person_id)
    _check_status(month, MonthStatus.OPEN, MonthStatus.RETURNED)
    ruling = book.rule("not_submitted", {"status": month.status})
    _fill(session, {person_id: month}, Month.read(period), book)
    view = queries.month_view(session, month)
    if not ruling["attendance_counts"]:
        for line in view.lines:
            line.points_tenths, line.rule = 0, ruling.trace
    if not ruling["bonus_counts"]:
        _withdraw(session, view, {claim.number for claim in view.claims})
    month.self_assessed = month.status == MonthStatus.RETURNED
    month.status, month.submitted_at = MonthStatus.SUBMITTED.value, engine.clock()
    audit.record(session, actor, "month.not_submitted", f"monthly_assessment:{month.id}", at=engine.clock())
    return month


def _note_objections(view: MonthView, rows: Iterable[Mapping[str, Any]]) -> set[int]:
    """Keep the objections to lines; returns the numbers of claims that are withdrawn."""
    lines = {line.number: line for line in view.lines}
    claims = {claim.number for claim in view.claims}
    withdrawn: set[int] = set()
    for each in view.lines:
        each.objection, each.reason = "", ""
    for row in rows:
        number = _number(row, "lines")
        if number in claims:
            withdrawn.add(number)
        elif number not in lines:
            raise _no_such_number(row, "lines")
        elif not row.get("reason"):
            raise _invalid("lines", f"第 {number} 项有异议，请写明理由。")
        else:
            lines[number].objection = str(row["reason"])[:REASON_LENGTH]
    return withdrawn


def _withdraw(session: Session, view: MonthView, numbers: set[int]) -> None:
    for claim in view.claims:
        if claim.number in numbers:
            session.delete(claim)
    view.claims[:] = [claim for claim in view.claims if claim.number not in numbers]


def _add_claims(session: Session, view: MonthView, rows: Sequence[Mapping[str, Any]], book: RuleBook) -> None:
    number = max((item.number for item in view.items), default=0)
    seen = {claim.fact_key for claim in view.claims}
    for row in rows:
        number += 1
        session.add(_claim(session, view.month, row, number, seen, book))


def _claim(
    session: Session,
    month: MonthlyAssessment,
    row: Mapping[str, Any],
    number: int,
    seen: set[str],
    book: RuleBook,
) -> BonusClaim:
    fact = str(row.get("fact") or "")
    key = rules.fact_key(fact)
    if not key or key in seen:
        raise _invalid("claims", f"“{fact}”写了两次或没有写明事项，同一事项只能申报一次。")
    seen.add(key)
    kind, level = str(row.get("kind") or ""), str(row.get("level") or "")
    ruling = book.rule("bonus", {"kind": kind, "level": level})
    points = rules.tenths(ruling["points"])
    if points <= 0:
        raise _invalid("claims", f"“{fact}”：{kind}（{level}）按加分表不计分，请删去这一行。")
    counted = max((c.points_tenths for c in queries.earlier_claims(session, month.person_id, key)), default=0)
    if counted >= points:
        raise _invalid("claims", f"“{fact}”以前已经计过加分，同一事项只按最高级别计一次。")
    return BonusClaim(
        month_id=month.id,
        person_id=month.person_id,
        number=number,
        occurred_on=_day(row.get("occurred_on"), Month.read(month.period)),
        kind=kind,
        level=level,
        fact=fact,
        fact_key=key,
        proof=str(row.get("proof") or ""),
        points_tenths=points,
        rule=ruling.trace,
        state=LineState.CLAIMED.value,
        reason="",
    )


def _day(text: Any, month: Month) -> date:
    day = date.fromisoformat(str(text))
    if day > month.last_day:
        raise _invalid("claims", f"日期 {day} 在{month.label}之后，请留到当月申报。")
    return day


# ----------------------------------------------------------------------------------------------- review


def review(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    period: str,
    person_id: str,
    answer: Mapping[str, Any],
) -> dict[str, Any]:
    """Agree to a month line by line, or return it with an opinion.

    Args:
        answer: of the review form: ``decision`` (同意, 退回), ``lines`` (what is struck only: rows number,
            reason; lines and claims share one numbering) and ``opinion``.

    Returns:
        ``decision``, ``opinion``, and ``missing`` as it was filed, so that nobody types it twice.

    Raises:
        NotFound: no such month.
        NotAllowed: the deputy, or somebody outside the station and the committee.
        Conflict: it does not wait for a review.
        Invalid: a return without an opinion, a strike without a reason, or a number that is not there.
    """
    month = queries.month_of(session, period, person_id)
    rules.check_may_review(actor, person_id, month.station_id)
    _check_status(month, MonthStatus.SUBMITTED)
    decision, opinion = str(answer.get("decision") or ""), str(answer.get("opinion") or "")
    if decision not in (rules.AGREE, rules.RETURN):
        raise _invalid("decision", "请选择“同意”或“退回”。")
    if decision == rules.RETURN and not opinion:
        raise _invalid("opinion", "退回时请写明需要修改什么。")
    view = queries.month_view(session, month)
    _judge(view, _rows(answer, "lines"), final=decision == rules.AGREE)
    month.status = (MonthStatus.AGREED if decision == rules.AGREE else MonthStatus.RETURNED).value
    month.reviewed_at, month.reviewed_by, month.opinion = engine.clock(), actor.name, opinion
    audit.record(
        session,
        actor,
        "month.agreed" if decision == rules.AGREE else "month.returned",
        f"monthly_assessment:{month.id}",
        at=engine.clock(),
        struck=[item.number for item in view.items if item.state == LineState.STRUCK],
    )
    return {"decision": decision, "opinion": opinion, "missing": month.missing}


def _judge(view: MonthView, rows: Iterable[Mapping[str, Any]], *, final: bool) -> None:
    """Write the station's verdicts on the lines; when the month is returned they are hints only."""
    by_number = {item.number: item for item in view.items}
    struck: dict[int, str] = {}
    for row in rows:
        number = _number(row, "lines")
        if number not in by_number:
            raise _no_such_number(row, "lines")
        if not row.get("reason"):
            raise _invalid("lines", f"剔除第 {number} 项时请写明理由。")
        struck[number] = str(row["reason"])[:REASON_LENGTH]
    for number, each in by_number.items():
        each.reason = struck.get(number, "")
        if final:
            each.state = (LineState.STRUCK if number in struck else LineState.AGREED).value


# ---------------------------------------------------------------------------------------------- archive


def archive(
    engine: Engine, session: Session, actor: Actor, *, period: str, person_id: str, book: RuleBook
) -> MonthlyAssessment:
    """Write an agreed month into the ledger and seal it.

    A bonus for a fact that was counted at a lower level before takes the earlier one back (domain Q19).

    Raises:
        NotFound: no such month.
        NotAllowed: the deputy, or somebody outside the station and the committee.
        Conflict: it is not agreed.
    """
    month = queries.month_of(session, period, person_id)
    rules.check_may_review(actor, person_id, month.station_id)
    _check_status(month, MonthStatus.AGREED)
    view = queries.month_view(session, month)
    names = people.person(session, person_id).name
    sheets = _attendance_by_id(session, view)
    for line in view.lines:
        if line.state == LineState.AGREED:
            ledger.write(
                engine,
                session,
                actor,
                month=month,
                kind=EntryKind.BASE,
                source_key=f"line:{line.id}",
                points=line.points_tenths,
                group_id=line.group_id,
                dimension=line.dimension,
                trace=_line_trace(line, sheets[line.attendance_id], month),
            )
    for claim in view.claims:
        if claim.state == LineState.AGREED:
            _book_claim(engine, session, actor, month, claim)
    taken = deductions.of_month(engine, session, actor, view, book)
    month.status, month.archived_at = MonthStatus.ARCHIVED.value, engine.clock()
    month.sealed_document = _document(view, names, taken)
    month.sealed_hash = queries.seal_of(month.sealed_document)
    session.flush()
    audit.record(
        session,
        actor,
        "month.archived",
        f"monthly_assessment:{month.id}",
        at=engine.clock(),
        seal=month.sealed_hash,
    )
    return month


def _attendance_by_id(session: Session, view: MonthView) -> dict[str, Attendance]:
    sheets = activities.attendance_of(session, [line.activity_id for line in view.lines])
    return {row.id: row for sheet in sheets.values() for row in sheet}


def _line_trace(line: AssessmentLine, attendance: Attendance, month: MonthlyAssessment) -> dict[str, Any]:
    return {
        "activity": line.activity_id,
        "title": line.title,
        "held_on": line.held_on.isoformat(),
        "attendance": line.attendance_id,
        "state": line.attendance_state,
        "recorded_by": attendance.recorded_by,
        "rule": line.rule,
        "confirmed_by": month.submitted_by,
        "agreed_by": month.reviewed_by,
    }


def _book_claim(engine: Engine, session: Session, actor: Actor, month: MonthlyAssessment, claim: BonusClaim) -> None:
    for earlier in queries.earlier_claims(session, claim.person_id, claim.fact_key):
        if earlier.id != claim.id:
            earlier.state, earlier.reason = LineState.STRUCK.value, "同一事项改按更高级别计分。"
            ledger.reverse(
                engine,
                session,
                actor,
                source_key=f"bonus:{earlier.id}",
                reason=earlier.reason,
                period=month.period,
            )
    ledger.write(
        engine,
        session,
        actor,
        month=month,
        kind=EntryKind.BONUS,
        source_key=f"bonus:{claim.id}",
        points=claim.points_tenths,
        group_id=month.group_id,
        dimension="",
        trace={
            "title": claim.fact,
            "held_on": claim.occurred_on.isoformat(),
            "state": f"{claim.kind}（{claim.level}）",
            "proof": claim.proof,
            "rule": claim.rule,
            "confirmed_by": month.submitted_by,
            "agreed_by": month.reviewed_by,
        },
    )


def _document(view: MonthView, name: str, taken: list[LedgerEntry]) -> str:
    """The month as the text that is sealed: everything a later reader needs, in a fixed order."""
    month = view.month
    content = {
        "period": month.period,
        "person": month.person_id,
        "name": name,
        "self_assessed": month.self_assessed,
        "on_behalf": month.on_behalf,
        "submitted_by": month.submitted_by,
        "missing": month.missing,
        "reviewed_by": month.reviewed_by,
        "opinion": month.opinion,
        "lines": [
            {
                "number": line.number,
                "held_on": line.held_on.isoformat(),
                "dimension": line.dimension,
                "kind": line.kind,
                "title": line.title,
                "attendance": line.attendance_state,
                "points": rules.points_text(line.points_tenths),
                "state": line.state,
                "objection": line.objection,
                "reason": line.reason,
                "rule": line.rule,
            }
            for line in view.lines
        ],
        "deductions": [
            {
                "title": entry.trace["title"],
                "points": rules.points_text(entry.points_tenths),
                "rule": entry.trace["rule"],
            }
            for entry in taken
        ],
        "claims": [
            {
                "number": claim.number,
                "kind": claim.kind,
                "level": claim.level,
                "fact": claim.fact,
                "proof": claim.proof,
                "points": rules.points_text(claim.points_tenths),
                "state": claim.state,
                "reason": claim.reason,
                "rule": claim.rule,
            }
            for claim in view.claims
        ],
        "points": rules.points_text(view.counted_tenths),
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)


def close_month(engine: Engine, session: Session, actor: Actor, *, period: str) -> dict[str, int]:
    """Note that every deputy's month is archived.

    Returns:
        how many were archived and how many deputies did not assess themselves.

    Raises:
        Conflict: some are not archived.
    """
    months = queries.months_of(session, period)
    if any(month.status != MonthStatus.ARCHIVED for month in months):
        raise Conflict("还有自评表没有归档，这个月不能结束。")
    counts = {"archived": len(months), "not_submitted": sum(not month.self_assessed for month in months)}
    audit.record(session, actor, "month.closed", f"month:{period}", at=engine.clock(), **counts)
    return counts


# ------------------------------------------------------------------------------------------------ shared


def _check_status(month: MonthlyAssessment, *wanted: MonthStatus) -> None:
    if month.status not in wanted:
        raise Conflict("这份自评表现在是“{status}”，不能再这样办理，请刷新页面。", status=month.status)


def _rows(answer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [row for row in answer.get(key) or [] if isinstance(row, Mapping)]


def _number(row: Mapping[str, Any], key: str) -> int:
    try:
        return int(row["number"])
    except (KeyError, TypeError, ValueError) as error:
        raise _no_such_number(row, key) from error


def _no_such_number(row: Mapping[str, Any], key: str) -> Invalid:
    return _invalid(key, f"没有第 {row.get('number', '')} 项，请刷新页面后重新填写。")


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid("{sentence}", fields={field: sentence}, sentence=sentence)


def remind(engine: Engine, session: Session, actor: Actor, *, period: str, person_id: str) -> bool:
    """The group leader asks a deputy for the month's self-assessment; once a day, and nothing else (domain S28).

    Returns:
        whether a notice was written; not again on the same day, and none to a deputy without an account.

    Raises:
        NotFound: no such month of this deputy.
        NotAllowed: somebody who does not lead this deputy.
        Conflict: it does not wait for the deputy.
    """
    month = queries.month_of(session, period, person_id)
    rules.check_may_remind(actor, month.group_id, month.station_id)
    _check_status(month, MonthStatus.OPEN, MonthStatus.RETURNED)
    today = beijing_date(engine.clock())
    seat = next((seat for seat in people.deputies_on(session, today) if seat.person_id == person_id), None)
    if seat is None or seat.user_id is None:
        return False
    written = notifications.enqueue(
        session,
        subject_key=f"month:{period}:asked:{today.isoformat()}",
        template="self_assessment_asked",
        params={"title": f"{Month.read(period).label}个人自评", "name": actor.name},
        recipients=[seat.user_id],
        at=engine.clock(),
        link="/inbox/",
    )
    audit.record(session, actor, "month.asked", f"month:{period}:{person_id}", at=engine.clock())
    return bool(written)
