"""What is done with a case. Most of it is called by the diagram; who may do a step is decided by its lane."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.cases import queries, rules
from workflows.cases.rules import Status
from workflows.cases.tables import Case, CaseCounter, CaseParty, ContactAttempt, DeadlineChange
from workflows.clock import beijing_date
from workflows.engine import instances
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.rules import STATION
from workflows.workdays import queries as workdays
from workflows.workdays.actions import CalendarChange
from workflows.workdays.rules import affected


def open_case(
    session: Session,
    actor: Actor,
    *,
    station_id: str | None,
    matter_class: str,
    topic: str,
    place: str,
    title: str,
    description: str,
    received_on: date | None,
    name: str,
    phone: str,
    address: str,
    at: datetime,
) -> Case:
    """Enter a visit into the register: link 1, also for those answered on the spot (domain S88).

    Args:
        station_id: None stands for the clerk's own station.
        name: empty for an anonymous visit.

    Raises:
        NotAllowed: not this station's staff.
        Invalid: no station can be told, or a date in the future.
    """
    station = people.unit(session, station_id or _own_station(actor))
    rules.check_may_register(actor, station.id)
    today = beijing_date(at)
    if received_on is not None and received_on > today:
        raise Invalid("来访日期不能晚于今天。", fields={"received_on": "来访日期不能晚于今天。"})
    kept = matter_class not in rules.CONTENT_NOT_STORED
    case = Case(
        number=_next_number(session, actor, today.year),
        station_id=station.id,
        matter_class=matter_class,
        topic=topic,
        place=place.strip(),
        title=title.strip() if kept else matter_class,
        description=description.strip() if kept else "",
        received_on=received_on or today,
        registered_at=at,
        registered_by=actor.name,
    )
    session.add(case)
    session.flush()
    if name.strip() and kept:
        session.add(CaseParty(case_id=case.id, name=name.strip(), phone=phone.strip(), address=address.strip()))
    _record(session, actor, "case.opened", case, at, number=case.number, matter_class=matter_class)
    return case


def issue_tracking_code(session: Session, actor: Actor, *, case_id: str, at: datetime) -> str:
    """A new tracking code for the visitor's slip; shown once, and it replaces any earlier one."""
    case = queries.case_for(session, actor, case_id)
    rules.check_may_register(actor, case.station_id)
    code = rules.new_code()
    case.tracking_hash = rules.code_hash(rules.normal_code(code) or "")
    _record(session, actor, "case.code_issued", case, at)
    return code


def answer_on_the_spot(session: Session, actor: Actor, case: Case, *, answer: str, at: datetime) -> None:
    """The visitor had the answer before leaving (S84): no deadline ever runs."""
    _must_be_open(case)
    if not answer.strip():
        raise Invalid("请写明当场答复的内容。", fields={"answer": "请写明当场答复的内容。"})
    case.status, case.spot_answer, case.replied_at, case.closed_at = Status.ON_THE_SPOT.value, answer.strip(), at, at
    _record(session, actor, "case.answered_on_the_spot", case, at)


def decline(session: Session, actor: Actor, case: Case, *, guidance: str, at: datetime) -> None:
    """Not for us (court, petition, denunciation …): explained and guided (Q15)."""
    _must_be_open(case)
    case.status, case.spot_answer, case.closed_at = Status.DECLINED.value, guidance.strip(), at
    _record(session, actor, "case.declined", case, at)


def set_deadline(
    session: Session, actor: Actor, case: Case, *, working_days: int, start: date, reason: str, at: datetime
) -> date:
    """Start the reply clock: `start` is day zero.

    Raises:
        Invalid: fewer than one working day.
    """
    deadline = workdays.working_calendar(session).explain(start, working_days)
    case.clock_started_on, case.reply_working_days = start, working_days
    if case.original_respond_by is None:
        case.original_respond_by = deadline.due
    _move(session, case, deadline.due, deadline.final, reason, at)
    _record(session, actor, "case.deadline_set", case, at, respond_by=deadline.due.isoformat(), final=deadline.final)
    return deadline.due


def refer(
    session: Session, actor: Actor, case: Case, *, department_id: str | None, handle_days: int | None, at: datetime
) -> None:
    """Hand the matter to a department with its own, earlier date; the visitor's clock does not restart."""
    _must_be_open(case)
    case.department_id = people.unit(session, department_id).id if department_id else None
    case.handle_by = _handle_by(session, case, handle_days, beijing_date(at))
    _record(session, actor, "case.referred", case, at, department=case.department_id)


def record_return(session: Session, actor: Actor, case: Case, *, reason: str, at: datetime) -> None:
    """The department says it is not theirs: with a reason, and not passed on by themselves (Q49)."""
    if not reason.strip():
        raise Invalid("退回要写明理由。", fields={"return_reason": "退回要写明理由。"})
    _record(session, actor, "case.returned", case, at, department=case.department_id)
    case.department_id, case.handle_by = None, None


def record_result(session: Session, actor: Actor, case: Case, *, result_class: str, text: str, at: datetime) -> None:
    """What came of it (link 4)."""
    _must_be_open(case)
    if not text.strip():
        raise Invalid("请写明办理结果。", fields={"result": "请写明办理结果。"})
    case.result_class, case.result_text = result_class, text.strip()
    _record(session, actor, "case.result_recorded", case, at, result_class=result_class)


def record_attempt(
    session: Session, actor: Actor, case: Case, *, channel: str, reached: bool, note: str, at: datetime
) -> tuple[int, int]:
    """One try to reach the visitor.

    Returns:
        unsuccessful tries so far, and on how many different Beijing days.
    """
    session.add(ContactAttempt(case_id=case.id, at=at, by=actor.name, channel=channel, reached=reached, note=note))
    session.flush()
    missed = [attempt for attempt in queries.attempts(session, case.id) if not attempt.reached]
    return len(missed), len({beijing_date(attempt.at) for attempt in missed})


def record_reply(session: Session, actor: Actor, case: Case, *, channel: str, text: str, at: datetime) -> None:
    """The visitor was told, or everything due was tried: the reply clock stops (Q03, Q04)."""
    _must_be_open(case)
    case.status, case.replied_at = Status.REPLIED.value, at
    case.reply_channel, case.reply_text = channel, text.strip()
    late = rules.is_late(case.respond_by, at, at, final=case.respond_by_final) if case.respond_by else False
    _record(session, actor, "case.replied", case, at, channel=channel, late=late)


def record_feedback(session: Session, actor: Actor, case: Case, *, satisfaction: str, at: datetime) -> None:
    """What the visitor thinks of the answer (link 5)."""
    case.satisfaction = satisfaction
    _record(session, actor, "case.feedback", case, at, satisfaction=satisfaction)


def reopen(session: Session, actor: Actor, case: Case, *, working_days: int, at: datetime) -> date:
    """Dissatisfied: handled once more, with a clock of its own (Q48).

    Raises:
        Conflict: it was reopened before.
    """
    if case.times_reopened:
        raise Conflict("这件事项已经重新办理过一次。")
    case.times_reopened += 1
    case.status, case.replied_at, case.overdue_noted_at = Status.OPEN.value, None, None
    due = set_deadline(
        session, actor, case, working_days=working_days, start=beijing_date(at), reason="不满意，重新办理", at=at
    )
    _record(session, actor, "case.reopened", case, at)
    return due


def note_overdue(session: Session, actor: Actor, case: Case, *, at: datetime) -> None:
    """The promise is broken and it is written down."""
    case.overdue_noted_at = case.overdue_noted_at or at
    _record(session, actor, "case.overdue", case, at, respond_by=case.respond_by.isoformat() if case.respond_by else "")


def close(session: Session, actor: Actor, case: Case, *, at: datetime) -> None:
    """All five links are there.

    Raises:
        Conflict: the visitor was not told yet.
    """
    if case.status != Status.REPLIED:
        raise Conflict("来访人还没有得到答复，不能办结。")
    case.status, case.closed_at = Status.CLOSED.value, at
    _record(session, actor, "case.closed", case, at)


def recompute_deadlines(engine: Engine, session: Session, actor: Actor, *, change: CalendarChange) -> int:
    """Move the open deadlines that a calendar change touches, and re-time their reminders. Safe to repeat.

    Closed and answered cases keep the deadline they were answered under.

    Returns:
        how many dates moved.
    """
    calendar, at = workdays.working_calendar(session), engine.clock()
    query = select(Case).where(Case.status == Status.OPEN, Case.respond_by.is_not(None))
    moved = 0
    for case in session.scalars(query).all():
        start, count, old = case.clock_started_on, case.reply_working_days, case.respond_by
        if start is None or count is None or old is None:
            continue
        if case.respond_by_final and not affected(start, old, change.days):
            continue
        due = calendar.add_working_days(start, count)
        final = calendar.is_final(start, due)
        if (due, final) == (old, case.respond_by_final):
            continue
        if due < old and due <= calendar.add_working_days(beijing_date(at), 1):
            case.calendar_moved = True  # the supervisor looks at it; it is not overdue by itself
        _move(session, case, due, final, f"日历调整：{change.reason}", at)
        session.flush()
        if due != old:
            moved += 1
            instances.refresh_timers(engine, session, actor, business_key=queries.business_key(case.id))
    return moved


def _move(session: Session, case: Case, due: date, final: bool, reason: str, at: datetime) -> None:
    session.add(DeadlineChange(case_id=case.id, at=at, old=case.respond_by, new=due, final=final, reason=reason[:200]))
    case.respond_by, case.respond_by_final = due, final


def _handle_by(session: Session, case: Case, handle_days: int | None, today: date) -> date | None:
    """The department's date: as given, but a working day before the reply falls due at the latest."""
    if case.respond_by is None:
        return None
    calendar = workdays.working_calendar(session)
    latest = max(calendar.working_days_before(case.respond_by, 1), today)
    return min(calendar.add_working_days(today, handle_days), latest) if handle_days else latest


def _own_station(actor: Actor) -> str:
    stations = [unit for unit in actor.units_of(STATION) if unit]
    if len(stations) != 1:
        raise Invalid("请选择是哪个代表工作站接待的。", fields={"station": "请选择代表工作站。"})
    return stations[0]


def _next_number(session: Session, actor: Actor, year: int) -> str:
    query = select(CaseCounter).where(CaseCounter.year == year).with_for_update()
    counter = session.scalar(query)
    if counter is None:
        counter = CaseCounter(year=year, last=0)
        session.add(counter)
    counter.last += 1
    session.flush()
    return rules.case_number(year, counter.last)


def _must_be_open(case: Case) -> None:
    if case.status != Status.OPEN:
        raise Conflict("这件事项已经是“{status}”，不能再这样处理。", status=case.status)


def _record(session: Session, actor: Actor, action: str, case: Case, at: datetime, **facts: object) -> None:
    audit.record(session, actor, action, queries.business_key(case.id), at=at, **facts)
