"""Reads: cases a person may see, their five links, deadlines with reasons, figures for the index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.cases import rules
from workflows.cases.rules import Link, LinkState, Status
from workflows.cases.tables import Case, CaseParty, ContactAttempt, DeadlineChange
from workflows.clock import beijing_date
from workflows.engine.tables import History, ProcessInstance
from workflows.errors import NotFound
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION
from workflows.workdays import queries as workdays
from workflows.workdays.rules import Deadline

PAGE = 50


@dataclass(frozen=True)
class CasePage:
    rows: list[Case]
    next: str | None


def case_for(session: Session, actor: Actor, case_id: str) -> Case:
    """One case.

    Raises:
        NotFound: there is none that this person may see (which of the two is not told).
    """
    case = session.get(Case, case_id)
    if case is None or not rules.may_see(actor, case.station_id, case.department_id):
        raise NotFound("没有这件来访事项，请检查编号。")
    return case


def case_by_number(session: Session, actor: Actor, number: str) -> Case:
    """As `case_for`, by the number people say."""
    case_id = session.scalar(select(Case.id).where(Case.number == number.strip()))
    return case_for(session, actor, case_id or "")


def listed(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    status: str | None = None,
    station_id: str | None = None,
    overdue_on: date | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> CasePage:
    """Cases this person may see, newest first.

    Args:
        overdue_on: only unfinished ones whose final deadline lies before this day.
    """
    query = select(Case).where(_visible(actor))
    if text.strip():
        like = f"%{text.strip()}%"
        query = query.where(or_(Case.number.like(like), Case.title.like(like), Case.place.like(like)))
    if status:
        query = query.where(Case.status == status)
    if station_id:
        query = query.where(Case.station_id == station_id)
    if overdue_on:
        query = query.where(Case.status == Status.OPEN, Case.respond_by < overdue_on, Case.respond_by_final)
    if after:
        query = query.where(Case.id < after)
    rows = list(session.scalars(query.order_by(Case.id.desc()).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    return CasePage(rows, rows[-1].id if more else None)


def most_urgent(session: Session, actor: Actor, limit: int = 10) -> list[Case]:
    """Unanswered cases, the one whose promise breaks first on top."""
    query = select(Case).where(_visible(actor), Case.status == Status.OPEN, Case.respond_by.is_not(None))
    return list(session.scalars(query.order_by(Case.respond_by, Case.id).limit(limit)))


def instance_of(session: Session, case: Case) -> ProcessInstance | None:
    """The process that handles a case."""
    query = select(ProcessInstance).where(ProcessInstance.business_key == business_key(case.id))
    return session.scalar(query.order_by(ProcessInstance.id.desc()).limit(1))


def links(session: Session, case: Case) -> list[LinkState]:
    """The five links, from what really happened in the process: the milestones of its diagram."""
    query = (
        select(History.milestone, History.at, History.actor_name)
        .join(ProcessInstance, ProcessInstance.id == History.instance_id)
        .where(ProcessInstance.business_key == business_key(case.id), History.milestone.is_not(None))
        .order_by(History.id)
    )
    done: dict[Link, tuple[datetime, str]] = {}
    for milestone, at, by in session.execute(query):
        if milestone in set(Link):
            link = Link(milestone)
            done[link] = at, by
            # An answer that was not accepted starts the links behind it anew.
            for later in rules.LINKS[rules.LINKS.index(link) + 1 :]:
                done.pop(later, None)
    if case.status in (Status.ON_THE_SPOT, Status.DECLINED):
        for link in rules.LINKS:
            done.setdefault(link, (case.registered_at, case.registered_by))
    return rules.link_states(done, ended=case.status not in rules.UNFINISHED)


def explained(session: Session, case: Case) -> Deadline | None:
    """The reply deadline of a case, day by day; None when it has none."""
    if case.clock_started_on is None or case.reply_working_days is None:
        return None
    return workdays.working_calendar(session).explain(case.clock_started_on, case.reply_working_days)


def parties(session: Session, case: Case) -> list[CaseParty]:
    return list(session.scalars(select(CaseParty).where(CaseParty.case_id == case.id).order_by(CaseParty.id)))


def attempts(session: Session, case_id: str) -> list[ContactAttempt]:
    query = select(ContactAttempt).where(ContactAttempt.case_id == case_id)
    return list(session.scalars(query.order_by(ContactAttempt.id)))


def deadline_changes(session: Session, case: Case) -> list[DeadlineChange]:
    query = select(DeadlineChange).where(DeadlineChange.case_id == case.id)
    return list(session.scalars(query.order_by(DeadlineChange.id)))


def on_time_reply_rate(session: Session, station_id: str, first: date, last: date) -> tuple[int, int]:
    """How many replies of a station fell due between two days, and how many of them were in time.

    Asked after `last`, so what is unanswered is late. A provisional deadline does not count as due.

    Returns:
        in time, due.
    """
    query = select(Case).where(
        Case.station_id == station_id,
        Case.respond_by.between(first, last),
        Case.respond_by_final,
    )
    due = session.scalars(query).all()
    in_time = [
        case for case in due if case.replied_at and case.respond_by and beijing_date(case.replied_at) <= case.respond_by
    ]
    return len(in_time), len(due)


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many cases stand where, of those a person may see."""
    query = select(Case.status, func.count()).where(_visible(actor)).group_by(Case.status)
    return {row[0]: row[1] for row in session.execute(query)}


def breaches(session: Session) -> list[tuple[str, str]]:
    """Cases whose row and process disagree: object key and reason."""
    return list(_breaches(session))


def _breaches(session: Session) -> Iterator[tuple[str, str]]:
    query = select(Case, ProcessInstance.status).outerjoin(
        ProcessInstance,
        and_(
            ProcessInstance.business_key == func.concat("case:", Case.id),
            ProcessInstance.subdistrict_id == Case.subdistrict_id,
        ),
    )
    for case, process in session.execute(query):
        key = business_key(case.id)
        if case.status in rules.UNFINISHED and process != "running":
            yield key, f"unfinished, but its process is {process or 'missing'}"
        if case.status not in rules.UNFINISHED and process == "running":
            yield key, "finished, but its process still runs"
    newest = select(DeadlineChange.case_id, func.max(DeadlineChange.id).label("id")).group_by(DeadlineChange.case_id)
    last = newest.subquery()
    moved = (
        select(Case.id)
        .join(last, last.c.case_id == Case.id)
        .join(DeadlineChange, DeadlineChange.id == last.c.id)
        .where(Case.respond_by != DeadlineChange.new)
    )
    for case_id in session.scalars(moved):
        yield business_key(case_id), "its deadline is not the one last recorded"


def business_key(case_id: str) -> str:
    return f"case:{case_id}"


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.is_clock or actor.has_role(COMMITTEE):
        return Case.id.is_not(None)
    stations = [unit for unit in actor.units_of(STATION) if unit]
    departments = [unit for unit in actor.units_of(DEPARTMENT) if unit]
    return or_(Case.station_id.in_(stations), Case.department_id.in_(departments))
