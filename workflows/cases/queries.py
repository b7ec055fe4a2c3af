"""Reads: cases a person may see, their five links, deadlines with reasons, figures for the index."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from workflows import audit
from workflows.actor import Actor
from workflows.cases import clock_queries, rules
from workflows.cases.clock_rules import Clock
from workflows.cases.rules import LinkState, Milestone, Status
from workflows.cases.tables import (
    Case,
    CaseAttachment,
    CaseParty,
    CasePause,
    CaseReferral,
    ContactAttempt,
    DeadlineChange,
)
from workflows.clock import beijing_date, beijing_moment
from workflows.engine.tables import NO_DUE_DATE, History, ProcessInstance
from workflows.errors import Conflict, Invalid, NotFound
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION
from workflows.workdays import queries as workdays
from workflows.workdays.rules import Deadline, WorkingCalendar

PAGE = 50
REMINDED_WORKING_DAYS = 3
STRANGE_CURSOR = "翻页位置不对，请从第一页重新查看。"


@dataclass(frozen=True)
class CasePage:
    rows: list[Case]
    next: str | None


@dataclass(frozen=True)
class Filter:
    """Which cases of those that a person may see.

    Attributes:
        finished: only finished or only unfinished ones.
        overdue_on: only unanswered ones whose final deadline lies before this day.
    """

    finished: bool | None = None
    status: str | None = None
    station_id: str | None = None
    overdue_on: date | None = None


def case_for(session: Session, actor: Actor, case_id: str) -> Case:
    """One case.

    Raises:
        NotFound: there is none that this person may see (which of the two is not told).
    """
    case = session.get(Case, case_id)
    if case is None or not rules.may_see(actor, case.station_id, case.department_id):
        raise NotFound("没有这件来访事项，请检查编号。")
    return case


def get(session: Session, case_id: str) -> Case:
    """A case of this sub-district for somebody whom its process gave a task about it.

    Raises:
        NotFound: there is none.
    """
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("没有这件来访事项，请检查编号。")
    return case


def case_by_number(session: Session, actor: Actor, number: str) -> Case:
    """As `case_for`, by the number people say."""
    case_id = session.scalar(select(Case.id).where(Case.number == number.strip()))
    return case_for(session, actor, case_id or "")


def number_of_code(session: Session, actor: Actor, typed: str, secret: str) -> str | None:
    """The number of the case behind a visitor's tracking code, however it was typed; None when it is no such code.

    Args:
        secret: the installation's key, with which codes are hashed.
    """
    code = rules.normal_code(typed)
    if code is None:
        return None
    hashed = rules.code_hash(code, secret)
    return session.scalar(select(Case.number).where(visible(actor), Case.tracking_hash == hashed))


def case_of_code(session: Session, typed: str, secret: str) -> Case | None:
    """The case behind a tracking code, for whoever holds the code; of any sub-district the session sees."""
    code = rules.normal_code(typed)
    if code is None:
        return None
    return session.scalar(select(Case).where(Case.tracking_hash == rules.code_hash(code, secret)))


def refuse_second_submission(session: Session, submission: str) -> None:
    """
    Raises:
        Conflict: this page registered a case already (its button was pressed twice, or it was reloaded).
    """
    number = session.scalar(select(Case.number).where(Case.submission == submission))
    if number is not None:
        raise Conflict("这次来访已经登记为 {number}，不用再提交。查询码可以在事项页面重新出具。", number=number)


def listed(
    session: Session,
    actor: Actor,
    *,
    finished: bool | None = None,
    status: str | None = None,
    station_id: str | None = None,
    overdue_on: date | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> CasePage:
    """Cases this person may see: unfinished ones by their date, most urgent first; otherwise newest first.

    Args:
        finished, status, station_id, overdue_on: as in `Filter`.
        after: the cursor of the page before.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    query = select(Case).where(visible(actor), *wanted(Filter(finished, status, station_id, overdue_on)))
    if finished is False:
        due = func.coalesce(Case.respond_by, NO_DUE_DATE)
        query = query.order_by(due, Case.id)
        if after is not None:
            day, identity = _cursor(session, actor, after)
            query = query.where(or_(due > day, and_(due == day, Case.id > identity)))
    else:
        query = query.order_by(Case.id.desc())
        if after is not None:
            query = query.where(Case.id < _known(session, actor, after))
    rows = list(session.scalars(query.limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    if not more:
        return CasePage(rows, None)
    last = rows[-1]
    return CasePage(rows, f"{last.respond_by or NO_DUE_DATE}.{last.id}" if finished is False else last.id)


def wanted(only: Filter) -> Iterator[ColumnElement[bool]]:
    """The conditions of a filter."""
    if only.finished is not None:
        yield Case.status.not_in(rules.UNFINISHED) if only.finished else Case.status.in_(rules.UNFINISHED)
    if only.status:
        yield Case.status == only.status
    if only.station_id:
        yield Case.station_id == only.station_id
    if only.overdue_on:
        yield and_(Case.status == Status.OPEN, Case.respond_by < only.overdue_on, Case.respond_by_final)
        yield Case.interim_at.is_(None)
        yield or_(Case.protected_until.is_(None), Case.protected_until < only.overdue_on)


def _cursor(session: Session, actor: Actor, text: str) -> tuple[date, str]:
    day, _, identity = text.partition(".")
    try:
        return date.fromisoformat(day), _known(session, actor, identity)
    except ValueError as error:
        raise Invalid(STRANGE_CURSOR) from error


def _known(session: Session, actor: Actor, case_id: str) -> str:
    """
    Raises:
        Invalid: a page can not end with this: there is no such case, or none that this person may see.
    """
    if session.scalar(select(Case.id).where(visible(actor), Case.id == case_id)) is None:
        raise Invalid(STRANGE_CURSOR)
    return case_id


@dataclass(frozen=True)
class Urgency:
    """How many unanswered cases a person sees, by how near their last day is.

    Attributes:
        overdue: past it; never a provisional date, nor one that a changed calendar protects.
        today: due today, or past and excused as above.
        soon: within the next three working days.
        without: no date (an anonymous visit).
    """

    overdue: int
    today: int
    soon: int
    later: int
    without: int


def urgency(session: Session, actor: Actor, today: date) -> Urgency:
    """Counted in one statement; three working days ahead is when reminders begin (domain Q50)."""
    soon = workdays.working_calendar(session).add_working_days(today, REMINDED_WORKING_DAYS)
    late = and_(*wanted(Filter(overdue_on=today)))
    date_of = Case.respond_by
    kinds = (
        late,
        and_(date_of <= today, not_(late)),
        and_(date_of > today, date_of <= soon),
        date_of > soon,
        date_of.is_(None),
    )
    counts = [func.coalesce(func.sum(sql_case((kind, 1), else_=0)), 0) for kind in kinds]
    row = session.execute(select(*counts).where(visible(actor), Case.status == Status.OPEN)).one()
    return Urgency(*(int(count) for count in row))


def nearest(session: Session, actor: Actor, limit: int) -> list[Case]:
    """Unanswered cases with the earliest last day."""
    query = select(Case).where(visible(actor), Case.status == Status.OPEN, Case.respond_by.is_not(None))
    return list(session.scalars(query.order_by(Case.respond_by, Case.id).limit(limit)))


def with_running_clock(session: Session) -> list[Case]:
    """Every unanswered case with a date, of whatever station: for recomputing, not for eyes."""
    dated = or_(Case.respond_by.is_not(None), Case.settle_by.is_not(None))
    query = select(Case).where(Case.status == Status.OPEN, dated)
    return list(session.scalars(query.order_by(Case.id)))


def count_provisional(session: Session) -> int:
    """How many unanswered cases have a date that the next holiday notice may move."""
    query = select(func.count(Case.id)).where(
        Case.status == Status.OPEN, Case.respond_by.is_not(None), Case.respond_by_final.is_(False)
    )
    return session.scalar(query) or 0


def moved_under(session: Session, calendar: WorkingCalendar) -> list[tuple[Case, date]]:
    """Unanswered cases whose date would be another under this calendar, with that date; the earliest first."""
    moved = []
    for case in with_running_clock(session):
        new = clock_queries.reckoned(session, case, calendar, Clock.REPLY)
        moved += [(case, new.due)] if new is not None and new.due != case.respond_by else []
    return sorted(moved, key=lambda each: (each[1], each[0].number))


def instance_of(session: Session, case: Case) -> ProcessInstance | None:
    """The process that handles a case."""
    query = select(ProcessInstance).where(ProcessInstance.business_key == business_key(case.id))
    return session.scalar(query.order_by(ProcessInstance.id.desc()).limit(1))


def links(session: Session, case: Case, now: datetime) -> list[LinkState]:
    """The five links, from what really happened in the process: the milestones of its diagram."""
    query = (
        select(History.milestone, History.at, History.actor_name)
        .join(ProcessInstance, ProcessInstance.id == History.instance_id)
        .where(ProcessInstance.business_key == business_key(case.id), History.milestone.is_not(None))
        .order_by(History.id)
    )
    milestones = [Milestone(str(name), at, by) for name, at, by in session.execute(query)]
    ended = case.status not in rules.UNFINISHED
    return rules.link_states(
        milestones,
        ended=ended,
        overdue=not ended and is_overdue(case, now),
        nobody_asked=case.satisfaction == rules.NOT_APPLICABLE,
    )


def is_untimed(case: Case) -> bool:
    """Whether the case is handled without a reply date, because nobody can be replied to."""
    return rules.is_untimed(anonymous=case.anonymous, respond_by=case.respond_by, status=case.status)


def is_overdue(case: Case, now: datetime) -> bool:
    """Whether the visitor waits, or waited, past the last day."""
    return case.respond_by is not None and rules.is_late(
        case.respond_by,
        clock_queries.stopped_at(case),
        now,
        final=case.respond_by_final,
        protected_until=case.protected_until,
    )


def holder(case: Case) -> tuple[str, str | None]:
    """Role and unit that must act next on an unanswered case."""
    if case.status == Status.OPEN and case.result_class is None:
        if case.handler == DEPARTMENT:
            return DEPARTMENT, case.department_id
        if case.handler != STATION:
            return COMMITTEE, None
    return STATION, case.station_id


def explained(session: Session, case: Case) -> Deadline | None:
    """The reply deadline of a case, day by day; None when it has none.

    None also for an answered case that keeps a date which the calendar of today would not give.
    """
    return clock_queries.explained(session, case, Clock.REPLY)


def parties(session: Session, case: Case) -> list[CaseParty]:
    return list(session.scalars(select(CaseParty).where(CaseParty.case_id == case.id).order_by(CaseParty.id)))


def contacts_of_closed(session: Session, closed_before: date, *, masked: bool) -> list[CaseParty]:
    """People whose case was closed before a Beijing day and whose contact data is still there.

    Args:
        masked: also those whose data was masked already.
    """
    closed = Case.closed_at < beijing_moment(closed_before, time())
    query = select(CaseParty).join(Case, Case.id == CaseParty.case_id).where(closed, CaseParty.deleted_at.is_(None))
    if not masked:
        query = query.where(CaseParty.masked_at.is_(None))
    return list(session.scalars(query.order_by(CaseParty.id)))


def papers_of_closed(session: Session, closed_before: date) -> list[CaseAttachment]:
    """Papers of cases that were closed before a Beijing day, also those that were destroyed already."""
    closed = Case.closed_at < beijing_moment(closed_before, time())
    query = select(CaseAttachment).join(Case, Case.id == CaseAttachment.case_id)
    return list(session.scalars(query.where(closed).order_by(CaseAttachment.id)))


def contacts_shown(session: Session, case: Case) -> list[audit.AuditEntry]:
    """Who saw the visitor's contact data in full, when and why; oldest first."""
    query = select(audit.AuditEntry).where(
        audit.AuditEntry.object_key == business_key(case.id), audit.AuditEntry.action == "case.contacts_shown"
    )
    return list(session.scalars(query.order_by(audit.AuditEntry.seq)))


def parties_of(session: Session, case_ids: Iterable[str]) -> dict[str, list[CaseParty]]:
    """Who came, of many cases."""
    found: dict[str, list[CaseParty]] = {}
    query = select(CaseParty).where(CaseParty.case_id.in_(list(case_ids))).order_by(CaseParty.id)
    for party in session.scalars(query):
        found.setdefault(party.case_id, []).append(party)
    return found


def received_between(
    session: Session, actor: Actor, first: date, last: date, *, station_id: str | None = None
) -> list[Case]:
    """Visits between two days, both included, in the order of their numbers."""
    query = select(Case).where(visible(actor), Case.received_on.between(first, last))
    if station_id:
        query = query.where(Case.station_id == station_id)
    return list(session.scalars(query.order_by(Case.received_on, Case.number)))


def attachments(session: Session, case_id: str) -> list[CaseAttachment]:
    return list(
        session.scalars(select(CaseAttachment).where(CaseAttachment.case_id == case_id).order_by(CaseAttachment.id))
    )


def referrals(session: Session, case_id: str) -> list[CaseReferral]:
    """Every hand-over, oldest first."""
    query = select(CaseReferral).where(CaseReferral.case_id == case_id)
    return list(session.scalars(query.order_by(CaseReferral.id)))


def current_referral(session: Session, case_id: str) -> CaseReferral | None:
    """The hand-over in force."""
    given = [referral for referral in referrals(session, case_id) if referral.returned_at is None]
    return given[-1] if given else None


def handed_over_on(session: Session, case: Case) -> date | None:
    """The Beijing date of the hand-over in force."""
    referral = current_referral(session, case.id) if case.handler else None
    return beijing_date(referral.at) if referral is not None else None


def attempts(session: Session, case_id: str, *, round_: int | None = None) -> list[ContactAttempt]:
    """Tries to reach the visitor, oldest first; `round_`: only those after that many reopenings."""
    query = select(ContactAttempt).where(ContactAttempt.case_id == case_id)
    if round_ is not None:
        query = query.where(ContactAttempt.round == round_)
    return list(session.scalars(query.order_by(ContactAttempt.id)))


def deadline_changes(session: Session, case: Case) -> list[DeadlineChange]:
    """When the reply deadline was set and moved, oldest first."""
    return clock_queries.changes(session, case, Clock.REPLY)


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
    stopped = [(clock_queries.stopped_at(case), case.respond_by) for case in due]
    in_time = [moment for moment, last_day in stopped if moment and last_day and beijing_date(moment) <= last_day]
    return len(in_time), len(due)


def count_noted_for_board(session: Session, station_id: str, first: date, last: date) -> int:
    """How many replies of a station became so late between two days that the board tells of them (Q50).

    A case that is handled again later keeps its place: that the first reply was late does not become untrue.
    """
    start, end = beijing_moment(first, time()), beijing_moment(last + timedelta(days=1), time())
    query = select(func.count()).select_from(Case).where(Case.station_id == station_id)
    return session.scalar(query.where(Case.board_noted_at >= start, Case.board_noted_at < end)) or 0


def breaches(session: Session) -> list[tuple[str, str]]:
    """Cases whose row and process disagree: object key and reason."""
    return list(_breaches(session))


def _breaches(session: Session) -> Iterator[tuple[str, str]]:
    query = select(Case, ProcessInstance.status).outerjoin(
        ProcessInstance,
        and_(
            ProcessInstance.business_key == literal("case:").concat(Case.id),
            ProcessInstance.subdistrict_id == Case.subdistrict_id,
        ),
    )
    for case, process in session.execute(query):
        key = business_key(case.id)
        if case.status in rules.UNFINISHED and process != "running":
            yield key, f"unfinished, but its process is {process or 'missing'}"
        if case.status not in rules.UNFINISHED and process == "running":
            yield key, "finished, but its process still runs"
    for clock, column in ((Clock.REPLY, Case.respond_by), (Clock.HANDLING, Case.settle_by)):
        for case_id in session.scalars(_unrecorded(clock, column)):
            yield business_key(case_id), f"its {clock.name.lower()} deadline is not the one last recorded"
    yield from _merged_wrongly(session)
    query_open = select(CasePause.case_id).join(Case, Case.id == CasePause.case_id)
    for case_id in session.scalars(query_open.where(CasePause.ended_on.is_(None), Case.status != Status.OPEN)):
        yield business_key(case_id), "its clocks are still paused although it was answered"


def _merged_wrongly(session: Session) -> Iterator[tuple[str, str]]:
    """A follower whose leading case can not give it a result (domain D8)."""
    leading = aliased(Case)
    for case, other in session.execute(select(Case, leading).join(leading, leading.id == Case.merged_into_id)):
        key = business_key(case.id)
        if other.merged_into_id is not None:
            yield key, "merged into a case that is merged itself"
        if other.subdistrict_id != case.subdistrict_id:
            yield key, "merged into a case of another sub-district"
        if case.handler == rules.MERGED and case.result_class is None and other.status not in rules.UNFINISHED:
            yield key, "waits for the result of a case that is finished"


def _unrecorded(clock: Clock, column: InstrumentedAttribute[date | None]) -> Select[str]:
    """Cases whose date is not the newest of its log."""
    newest = select(DeadlineChange.case_id, func.max(DeadlineChange.id).label("id"))
    last = newest.where(DeadlineChange.clock == clock).group_by(DeadlineChange.case_id).subquery()
    return (
        select(Case.id)
        .join(last, last.c.case_id == Case.id)
        .join(DeadlineChange, DeadlineChange.id == last.c.id)
        .where(column != DeadlineChange.new)
    )


def business_key(case_id: str) -> str:
    return f"case:{case_id}"


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition for cases that this person may see."""
    if actor.is_clock or actor.has_role(COMMITTEE):
        return Case.id.is_not(None)
    stations = [unit for unit in actor.units_of(STATION) if unit]
    departments = [unit for unit in actor.units_of(DEPARTMENT) if unit]
    return or_(Case.station_id.in_(stations), Case.department_id.in_(departments))
