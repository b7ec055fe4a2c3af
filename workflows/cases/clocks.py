"""What sets and moves the two dates of a case. Who may do a step, and when, is decided by its diagram."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.cases import clock_queries, queries, rules
from workflows.cases.clock_queries import Reckoned
from workflows.cases.clock_rules import Clock, Kind
from workflows.cases.rules import Status
from workflows.cases.tables import Case, CasePause, CaseRequest, DeadlineChange
from workflows.clock import beijing_date
from workflows.engine import instances
from workflows.engine.engine import Engine
from workflows.errors import Conflict, NotAllowed
from workflows.notifications import actions as notifications
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, PROCESS_ADMIN, STATION
from workflows.storage.types import new_id
from workflows.workdays import queries as workdays
from workflows.workdays.actions import CalendarChange
from workflows.workdays.rules import affected


def set_deadline(
    session: Session, actor: Actor, case: Case, *, working_days: int, start: date, reason: str, at: datetime
) -> date:
    """Start the reply clock: `start` is day zero.

    Raises:
        Invalid: fewer than one working day.
    """
    calendar = workdays.working_calendar(session)
    due = calendar.add_working_days(start, working_days)
    case.clock_started_on, case.reply_working_days, case.interim_at = start, working_days, None
    if case.original_respond_by is None:
        case.original_respond_by = due
    case.calendar_revision, case.protected_until = workdays.latest_revision(session), None
    final = calendar.is_final(start, due)
    _move(session, actor, case, Clock.REPLY, Reckoned(due, final), reason, at)
    _record(session, actor, "case.deadline_set", case, at, respond_by=due.isoformat(), final=final)
    return due


def start_handling(session: Session, actor: Actor, case: Case, *, working_days: int, at: datetime) -> date:
    """Start the handling clock with the hand-over (Q06); a further hand-over changes only how long it may take.

    Raises:
        Invalid: fewer than one working day.
    """
    case.handling_started_on = case.handling_started_on or beijing_date(at)
    case.handling_working_days = working_days
    due = _reckon(session, actor, case, Clock.HANDLING, f"交办，{working_days} 个工作日办结", at)
    if case.original_settle_by is None:
        case.original_settle_by = due
    _retime_handler(session, case)
    _record(session, actor, "case.handling_started", case, at, settle_by=due.isoformat())
    return due


def ask(
    session: Session,
    actor: Actor,
    case: Case,
    *,
    kind: Kind,
    reason: str,
    days: int | None = None,
    promised_on: date | None = None,
    at: datetime,
) -> None:
    """Ask for more time, a pause or an interim reply. Whether it may be asked for now, a decision table says.

    Raises:
        Conflict: one of this kind waits for a decision already.
    """
    _must_be_open(case)
    if clock_queries.pending(session, case, kind) is not None:
        raise Conflict("已经有一份{kind}申请在等街道人大工委决定，不用再提。", kind=kind.value)
    session.add(
        CaseRequest(
            case_id=case.id,
            kind=kind.value,
            round=case.times_reopened,
            asked_at=at,
            asked_by=actor.name,
            asked_by_id=actor.id,
            reason=reason.strip(),
            days=days,
            promised_on=promised_on,
        )
    )
    session.flush()
    _record(session, actor, "case.asked", case, at, kind=kind.value, days=days)


def decide(
    session: Session, actor: Actor, case: Case, *, kind: Kind, agreed: bool, opinion: str, at: datetime
) -> CaseRequest:
    """The committee's decision about what was asked for.

    Raises:
        Conflict: nothing of this kind waits for a decision.
    """
    request = clock_queries.pending(session, case, kind)
    if request is None:
        raise Conflict("没有等待决定的{kind}申请，请刷新页面。", kind=kind.value)
    request.decided_at, request.decided_by = at, actor.name
    request.agreed, request.opinion = agreed, opinion.strip()
    _record(session, actor, "case.decided", case, at, kind=kind.value, agreed=agreed)
    return request


def extend(session: Session, actor: Actor, case: Case, *, days: int, at: datetime) -> date:
    """More working days for the reply (Q07).

    It was asked for in time, so a case that went past its date while waiting for the decision is not overdue.

    Raises:
        Conflict: no reply clock runs.
    """
    if clock_queries.reply_due(case) is None or case.reply_working_days is None:
        raise Conflict("这件事项没有在计的答复期限，不能延期。")
    case.reply_working_days += days
    due = _reckon(session, actor, case, Clock.REPLY, f"批准延期 {days} 个工作日", at)
    if due >= beijing_date(at):
        case.overdue_noted_at = case.board_noted_at = None
    _retime_handler(session, case)
    _record(session, actor, "case.extended", case, at, days=days, respond_by=due.isoformat())
    return due


def pause(session: Session, actor: Actor, case: Case, *, reason: str, limit_days: int, at: datetime) -> date | None:
    """Stop both clocks from tomorrow on (Q08). Until it is over, the dates are the latest possible ones.

    Args:
        limit_days: working days that all pauses of this round together may take.

    Raises:
        Conflict: it is paused already, or nothing is left of the limit.
    """
    _must_be_open(case)
    if clock_queries.open_pause(session, case) is not None:
        raise Conflict("这件事项已经在暂停中。")
    if clock_queries.pause_days_used(session, case) >= limit_days:
        raise Conflict("暂停累计已满 {limit} 个工作日，不能再暂停。", limit=limit_days)
    session.add(
        CasePause(
            case_id=case.id,
            round=case.times_reopened,
            started_on=beijing_date(at),
            limit_days=limit_days,
            reason=reason,
        )
    )
    session.flush()
    _reckon_all(session, actor, case, f"暂停：{reason}，最多 {limit_days} 个工作日", at)
    _record(session, actor, "case.paused", case, at, reason=reason)
    return case.respond_by


def resume(session: Session, actor: Actor, case: Case, *, note: str, at: datetime) -> date | None:
    """Days count again from tomorrow on. Nothing happens when no pause goes on.

    Returns:
        the last day for the reply.
    """
    going_on = clock_queries.open_pause(session, case)
    if going_on is None:
        return case.respond_by
    latest = clock_queries.pause_until(session, case)
    today = beijing_date(at)
    going_on.ended_on, going_on.note = min(today, latest or today), note.strip()
    session.flush()
    _reckon_all(session, actor, case, "恢复计时", at)
    _record(session, actor, "case.resumed", case, at)
    return case.respond_by


def record_interim(session: Session, actor: Actor, case: Case, *, stops_clock: bool, at: datetime) -> None:
    """The visitor was told who does what next and by when (Q05). The case stays open on the handling clock.

    Args:
        stops_clock: whether that ends the reply clock (calendar §5, row 16: with approval it may).
    """
    _must_be_open(case)
    request = clock_queries.latest(session, case, Kind.INTERIM)
    case.promised_on = request.promised_on if request is not None else None
    late = queries.is_overdue(case, at)
    if stops_clock:
        case.interim_at = at
    _retime_handler(session, case)
    _record(session, actor, "case.interim_reply", case, at, stops_clock=stops_clock, late=late)


def urge(session: Session, actor: Actor, case: Case, *, note: str, at: datetime) -> None:
    """The committee wants whoever has the case to get on with it; each time they are told."""
    role, unit_id = queries.holder(case)
    notifications.enqueue(
        session,
        subject_key=f"{queries.business_key(case.id)}:urge_holder:{new_id()}",
        template="urged",
        params={"title": f"{case.number} {case.title}", "note": note.strip()},
        recipients=[user.id for user in people.members(session, role, unit_id)],
        at=at,
        link=f"/cases/{case.id}",
    )
    _record(session, actor, "case.urged", case, at, holder=role)


def tell(session: Session, case: Case, *, step: str, template: str, fields: Mapping[str, object], at: datetime) -> None:
    """Tell the case's station, which tells the visitor, and whoever has the case; each person once."""
    role, unit_id = queries.holder(case)
    told = [*people.members(session, STATION, case.station_id), *people.members(session, role, unit_id)]
    notifications.enqueue(
        session,
        subject_key=f"{queries.business_key(case.id)}:{step}:{new_id()}",
        template=template,
        params={"title": f"{case.number} {case.title}", **fields},
        recipients=[user.id for user in told],
        at=at,
        link=f"/cases/{case.id}",
    )


def note_board(session: Session, actor: Actor, case: Case, *, at: datetime) -> None:
    """So long overdue that it belongs on the public board of the stations (Q50)."""
    case.board_noted_at = case.board_noted_at or at
    _record(session, actor, "case.on_board", case, at)


def recompute_deadlines(engine: Engine, session: Session, actor: Actor, *, change: CalendarChange) -> int:
    """Move the open dates that a calendar change touches, and re-time their reminders. Safe to repeat.

    Closed and answered cases keep the dates they were answered under (calendar §4.5).

    Returns:
        of how many cases a date moved.

    Raises:
        NotAllowed: the actor neither keeps the calendar nor supervises.
    """
    if not (actor.is_clock or actor.roles & {PROCESS_ADMIN, COMMITTEE}):
        raise NotAllowed("只有流程管理员或街道人大工委可以重新计算期限。")
    at, moved = engine.clock(), []
    for case in queries.with_running_clock(session):
        before = {clock: clock_queries.kept(case, clock) for clock in Clock}
        for clock in Clock:
            _recompute(session, actor, case, clock, change, at)
        if any(clock_queries.kept(case, clock) != before[clock] for clock in Clock):
            moved.append((case, case.respond_by != before[Clock.REPLY]))
    session.flush()
    for case, is_reply in moved:
        _retime_handler(session, case)
        session.flush()
        instances.refresh_timers(engine, session, actor, business_key=queries.business_key(case.id))
        if is_reply:
            _tell_of_moved_date(session, case, change, at)
    return len(moved)


def _recompute(session: Session, actor: Actor, case: Case, clock: Clock, change: CalendarChange, at: datetime) -> None:
    calendar, old = workdays.working_calendar(session), clock_queries.kept(case, clock)
    new = clock_queries.reckoned(session, case, calendar, clock)
    if new is None or old is None or (new.due, new.final) == (old, _is_final(case, clock)):
        return
    start = case.clock_started_on if clock is Clock.REPLY else case.handling_started_on
    if _is_final(case, clock) and start is not None and not affected(start, max(old, new.due), change.days):
        return
    flagged = clock is Clock.REPLY and rules.needs_protection(calendar, old=old, new=new.due, today=beijing_date(at))
    if flagged:  # the supervisor looks at it; it is not overdue by itself
        case.calendar_moved, case.protected_until = True, max(old, case.protected_until or old)
    case.calendar_revision = change.revision
    _move(session, actor, case, clock, new, f"日历调整：{change.reason}", at, flagged=flagged)


def _reckon_all(session: Session, actor: Actor, case: Case, reason: str, at: datetime) -> None:
    for clock in Clock:
        if clock_queries.reckoned(session, case, workdays.working_calendar(session), clock) is not None:
            _reckon(session, actor, case, clock, reason, at)
    _retime_handler(session, case)


def _reckon(session: Session, actor: Actor, case: Case, clock: Clock, reason: str, at: datetime) -> date:
    """The date of a clock as it follows from its rows now; its log gets a line when it is another one.

    Raises:
        Conflict: the clock does not run.
    """
    new = clock_queries.reckoned(session, case, workdays.working_calendar(session), clock)
    if new is None:
        raise Conflict("这件事项没有在计的期限。")
    if (new.due, new.final) != (clock_queries.kept(case, clock), _is_final(case, clock)):
        _move(session, actor, case, clock, new, reason, at)
    return new.due


def _retime_handler(session: Session, case: Case) -> None:
    """The handler's own date follows the date it has to be in time for."""
    referral = queries.current_referral(session, case.id)
    due = clock_queries.reply_due(case) or case.settle_by
    if referral is None or case.status != Status.OPEN or not case.handler or due is None:
        return
    calendar = workdays.working_calendar(session)
    skipped = clock_queries.skipped_days(session, case, calendar)
    given_on = beijing_date(referral.at)
    own = calendar.last_day(given_on, referral.handle_days, skipped) if referral.handle_days else None
    case.handle_by = referral.handle_by = rules.handling_day(
        calendar, due=due, own=own, given_on=given_on, tells_visitor=not case.anonymous
    )


def _is_final(case: Case, clock: Clock) -> bool:
    return case.respond_by_final if clock is Clock.REPLY else case.settle_by_final


def _move(
    session: Session,
    actor: Actor,
    case: Case,
    clock: Clock,
    new: Reckoned,
    reason: str,
    at: datetime,
    *,
    flagged: bool = False,
) -> None:
    """The only place where a date changes: its log gets a line each time."""
    session.add(
        DeadlineChange(
            case_id=case.id,
            at=at,
            by=actor.name,
            clock=clock.value,
            old=clock_queries.kept(case, clock),
            new=new.due,
            final=new.final,
            reason=reason[:200],
            flagged=flagged,
            calendar_revision=case.calendar_revision,
        )
    )
    if clock is Clock.REPLY:
        case.respond_by, case.respond_by_final = new.due, new.final
    else:
        case.settle_by, case.settle_by_final = new.due, new.final


def _tell_of_moved_date(session: Session, case: Case, change: CalendarChange, at: datetime) -> None:
    """Whoever has the case, and its station: the station tells the visitor, who was given the old date."""
    role, unit_id = queries.holder(case)
    told = [*people.members(session, STATION, case.station_id), *people.members(session, role, unit_id)]
    due = case.respond_by.isoformat() if case.respond_by else ""
    notifications.enqueue(
        session,
        subject_key=f"{queries.business_key(case.id)}:moved:{change.revision}",
        template="general",
        params={
            "title": f"答复期限有变动：{case.number} {case.title}",
            "text": f"工作日历有变动（{change.reason}），答复期限现在是 {due}。告诉过来访人原来日期的，请再告知一次。",
        },
        recipients=[user.id for user in told],
        at=at,
        link=f"/cases/{case.id}",
    )


def _must_be_open(case: Case) -> None:
    if case.status != Status.OPEN:
        raise Conflict("这件事项已经是“{status}”，不能再这样处理。", status=case.status)


def _record(session: Session, actor: Actor, action: str, case: Case, at: datetime, **facts: object) -> None:
    audit.record(session, actor, action, queries.business_key(case.id), at=at, **facts)
