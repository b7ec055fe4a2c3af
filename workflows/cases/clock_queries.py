"""Reads about the two clocks of a case: pauses, requests, how its dates come about."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.cases import clock_rules, rules
from workflows.cases.clock_rules import Clock, Kind, Pause
from workflows.cases.rules import Status
from workflows.cases.tables import Case, CasePause, CaseRequest, DeadlineChange
from workflows.workdays import queries as workdays
from workflows.workdays.rules import Deadline, WorkingCalendar


@dataclass(frozen=True)
class Reckoned:
    """A date as the rows and a calendar give it."""

    due: date
    final: bool


def pause_rows(session: Session, case: Case, *, round_: int | None = None) -> list[CasePause]:
    """Every pause of a case, oldest first; `round_`: only those after that many reopenings."""
    query = select(CasePause).where(CasePause.case_id == case.id)
    if round_ is not None:
        query = query.where(CasePause.round == round_)
    return list(session.scalars(query.order_by(CasePause.id)))


def open_pause(session: Session, case: Case) -> CasePause | None:
    """The pause that goes on."""
    return next((pause for pause in pause_rows(session, case) if pause.ended_on is None), None)


def pauses(session: Session, case: Case, calendar: WorkingCalendar) -> list[Pause]:
    """The pauses of the case's present round; one that goes on lasts as long as it may."""
    found: list[Pause] = []
    for row in pause_rows(session, case, round_=case.times_reopened):
        end = row.ended_on or clock_rules.latest_end(calendar, row.started_on, limit=row.limit_days, before=found)
        found.append(Pause(row.started_on, end, row.reason))
    return found


def pause_until(session: Session, case: Case) -> date | None:
    """The day at whose end the present pause is over by itself."""
    if open_pause(session, case) is None:
        return None
    return pauses(session, case, workdays.working_calendar(session))[-1].end


def pause_days_used(session: Session, case: Case) -> int:
    """Working days of this round that pauses which are over have taken."""
    calendar = workdays.working_calendar(session)
    rows = pause_rows(session, case, round_=case.times_reopened)
    over = [Pause(row.started_on, row.ended_on, row.reason) for row in rows if row.ended_on is not None]
    return len(clock_rules.paused_days(calendar, over))


def skipped_days(session: Session, case: Case, calendar: WorkingCalendar) -> dict[date, str]:
    """Working day -> why it does not count on either clock."""
    return clock_rules.paused_days(calendar, pauses(session, case, calendar))


def reckoned(session: Session, case: Case, calendar: WorkingCalendar, clock: Clock) -> Reckoned | None:
    """The date of a clock under a calendar; None when it does not run (any more).

    An answered case keeps the date it was answered under (calendar §4.5).
    """
    start, count = _running(case, clock)
    if case.status != Status.OPEN or start is None or count is None:
        return None
    if clock is Clock.REPLY and case.interim_at is not None:
        return None
    due = calendar.last_day(start, count, skipped_days(session, case, calendar))
    return Reckoned(due, calendar.is_final(start, due))


def explained(session: Session, case: Case, clock: Clock) -> Deadline | None:
    """A date of a case, day by day; None when it has none.

    None also for an answered case that keeps a date which the calendar of today would not give.
    """
    start, count = _running(case, clock)
    if start is None or count is None:
        return None
    calendar = workdays.working_calendar(session)
    deadline = calendar.explain(start, count, skipped_days(session, case, calendar))
    return deadline if deadline.due == kept(case, clock) else None


def kept(case: Case, clock: Clock) -> date | None:
    """The date of a clock as the case's row has it."""
    return case.respond_by if clock is Clock.REPLY else case.settle_by


def _running(case: Case, clock: Clock) -> tuple[date | None, int | None]:
    if clock is Clock.REPLY:
        return case.clock_started_on, case.reply_working_days
    return case.handling_started_on, case.handling_working_days


def requests(session: Session, case: Case) -> list[CaseRequest]:
    """What was asked for about the clocks, oldest first."""
    return list(session.scalars(select(CaseRequest).where(CaseRequest.case_id == case.id).order_by(CaseRequest.id)))


def pending(session: Session, case: Case, kind: Kind) -> CaseRequest | None:
    """A request of this kind and round that is not decided."""
    own = [r for r in requests(session, case) if (r.kind, r.round) == (kind, case.times_reopened)]
    return next((request for request in own if request.decided_at is None), None)


def latest(session: Session, case: Case, kind: Kind) -> CaseRequest | None:
    """The newest request of this kind."""
    return next((request for request in reversed(requests(session, case)) if request.kind == kind), None)


def granted(session: Session, case: Case, kind: Kind) -> int:
    """How often something was agreed to since the case was last reopened."""
    own = [r for r in requests(session, case) if (r.kind, r.round) == (kind, case.times_reopened)]
    return sum(bool(request.agreed) for request in own)


def changes(session: Session, case: Case, clock: Clock) -> list[DeadlineChange]:
    """When a date was set and moved, oldest first."""
    query = select(DeadlineChange).where(DeadlineChange.case_id == case.id, DeadlineChange.clock == clock)
    return list(session.scalars(query.order_by(DeadlineChange.id)))


def moves(session: Session, case: Case) -> list[DeadlineChange]:
    """When a date of either clock was moved, oldest first."""
    query = select(DeadlineChange).where(DeadlineChange.case_id == case.id, DeadlineChange.old.is_not(None))
    return list(session.scalars(query.order_by(DeadlineChange.id)))


def stopped_at(case: Case) -> datetime | None:
    """When the reply clock stopped: at the reply, or at an interim reply that was approved (calendar §5, row 16)."""
    return case.interim_at or case.replied_at


def reply_due(case: Case) -> date | None:
    """The last day for the reply while that clock runs; None without one, or once an interim reply has stopped it."""
    return case.respond_by if case.status == Status.OPEN and case.interim_at is None else None


def is_handling_late(case: Case, now: datetime) -> bool:
    """Whether the handling took, or takes, longer than it may."""
    return case.settle_by is not None and rules.is_late(
        case.settle_by, case.replied_at, now, final=case.settle_by_final
    )
