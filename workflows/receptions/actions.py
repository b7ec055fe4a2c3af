"""What is done about reception days: plan a year, open a session, settle who sits there, write up what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.activities import actions as activities
from workflows.activities.rules import RECEPTION_DAY, EvidenceKind
from workflows.actor import Actor, the_clock
from workflows.cases.rules import Status as CaseStatus
from workflows.clock import beijing_date
from workflows.engine import instances
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.rules import UnitKind
from workflows.receptions import queries, rules
from workflows.receptions.rules import Answer, Duty, Kind, PlanStatus, Slot, Status
from workflows.receptions.tables import (
    DeputyLeave,
    ReceptionDuty,
    ReceptionPlan,
    ReceptionReport,
    ReceptionSession,
    RosterEntry,
)
from workflows.workdays import queries as workdays

DAY_PROCESS = "reception_day"


# ------------------------------------------------------------------------------------------- the year's plan


def open_plan(session: Session, actor: Actor, *, year: int, at: datetime) -> list[ReceptionPlan]:
    """A plan for every station that has none for the year or did not finish it, with days proposed by rule."""
    calendar, today = workdays.working_calendar(session), beijing_date(at)
    start, end = rules.USUAL_HOURS
    days = rules.proposed_days(year, after=today, usual_day=rules.USUAL_DAY, is_working_day=calendar.is_working_day)
    opened = []
    for station in people.units(session, UnitKind.STATION):
        plan = queries.plan_of(session, station.id, year)
        if plan is None:
            plan = ReceptionPlan(station_id=station.id, year=year, rows=[])
            session.add(plan)
        if plan.status != PlanStatus.CONFIRMED and days:
            plan.rows = plan.rows or [
                {"held_on": day.isoformat(), "starts": start, "ends": end, "venue": station.name} for day in days
            ]
            opened.append(plan)
    session.flush()
    _audit(session, actor, "reception_plan.opened", f"reception_year:{year}", at, stations=len(opened))
    return opened


def save_plan(
    session: Session, actor: Actor, *, station_id: str, year: int, slots: Sequence[Slot], at: datetime
) -> ReceptionPlan:
    """The station hands in its year.

    Raises:
        NotAllowed: not this station's staff.
        Invalid: see `rules.checked_plan`.
        Conflict: the committee has confirmed it already.
    """
    rules.check_may_arrange(actor, station_id)
    plan = _plan(session, station_id, year)
    ordered = rules.checked_plan(slots, year=year, after=beijing_date(at))
    station = people.unit(session, station_id)
    plan.rows = [
        {
            "held_on": slot.held_on.isoformat(),
            "starts": slot.starts,
            "ends": slot.ends,
            "venue": slot.venue or station.name,
        }
        for slot in ordered
    ]
    plan.status, plan.submitted_by, plan.submitted_at = PlanStatus.SUBMITTED.value, actor.name, at
    _audit(session, actor, "reception_plan.submitted", f"reception_plan:{plan.id}", at, sessions=len(ordered))
    return plan


def return_plan(session: Session, actor: Actor, *, station_id: str, year: int, opinion: str, at: datetime) -> None:
    """The committee wants it changed."""
    plan = _plan(session, station_id, year)
    plan.status, plan.opinion = PlanStatus.DRAFT.value, opinion.strip()
    _audit(session, actor, "reception_plan.returned", f"reception_plan:{plan.id}", at)


def confirm_plan(
    engine: Engine, session: Session, actor: Actor, *, station_id: str, year: int, opinion: str
) -> list[ReceptionSession]:
    """The committee confirms it: every session is a row from now on and goes through its own process.

    A day that went by while the plan waited is left out; the duty check of its month sees to it.
    """
    at = engine.clock()
    plan = _plan(session, station_id, year)
    plan.status, plan.opinion = PlanStatus.CONFIRMED.value, opinion.strip()
    plan.confirmed_by, plan.confirmed_at = actor.name, at
    _audit(session, actor, "reception_plan.confirmed", f"reception_plan:{plan.id}", at)
    ahead = [row for row in plan.rows if date.fromisoformat(row["held_on"]) > beijing_date(at)]
    return [_planned(engine, session, actor, station_id, row) for row in ahead]


def _planned(
    engine: Engine, session: Session, actor: Actor, station_id: str, row: Mapping[str, str]
) -> ReceptionSession:
    station = people.unit(session, station_id)
    reception = open_session(
        engine,
        session,
        actor,
        station_id=station_id,
        held_on=date.fromisoformat(row["held_on"]),
        starts=row["starts"],
        ends=row["ends"],
        venue=row["venue"],
        kind=Kind.REGULAR if row["venue"] == station.name else Kind.OUTREACH,
    )
    begin_day(engine, session, reception)
    return reception


def _plan(session: Session, station_id: str, year: int) -> ReceptionPlan:
    """A plan that may still be changed.

    Raises:
        Conflict: there is none, or it is confirmed.
    """
    plan = queries.plan_of(session, station_id, year)
    if plan is None or plan.status == PlanStatus.CONFIRMED:
        raise Conflict("这份年度计划已经审定或者不存在，请刷新页面。增加一场请用“安排接待日”。")
    return plan


# ---------------------------------------------------------------------------------------------- one session


def open_session(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    station_id: str,
    held_on: date,
    starts: str,
    ends: str,
    venue: str = "",
    kind: str = Kind.REGULAR.value,
    month: str = "",
    reason: str = "",
) -> ReceptionSession:
    """Put a session into the books.

    Args:
        venue: empty for the station itself.
        month: of a make-up, the month that it makes up.
        reason: why it is held besides the plan; of a make-up, why the month was missed.

    Raises:
        NotAllowed: neither the committee's nor this station's staff.
        Invalid: a day that is gone, no such hours, or a make-up without a reason.
    """
    rules.check_may_arrange(actor, station_id)
    station = people.unit(session, station_id)
    if station.kind != UnitKind.STATION:
        raise _refused("station", "请选择一个代表工作站。")
    if held_on < beijing_date(engine.clock()):
        raise _refused("held_on", "日期已经过去，请选择今天或以后的日期。")
    if kind == Kind.MAKE_UP and not reason.strip():
        raise _refused("reason", "请写明当月没有接待的原因。")
    starts, ends = rules.checked_hours(starts, ends)
    place = venue.strip() or station.name
    reception = ReceptionSession(
        station_id=station.id,
        month=rules.month_owed(held_on, kind, month),
        kind=Kind(kind).value,
        planned_on=held_on,
        held_on=held_on,
        starts=starts,
        ends=ends,
        venue=place,
        venue_id=queries.venue_unit(session, place),
        reason=reason.strip(),
        opened_by=actor.name,
        opened_at=engine.clock(),
    )
    session.add(reception)
    session.flush()
    _note(session, actor, "opened", reception, engine.clock(), held_on=held_on.isoformat(), kind=reception.kind)
    return reception


def begin_day(engine: Engine, session: Session, reception: ReceptionSession) -> None:
    """Start the process of a session that was put into the books by a plan or a make-up."""
    instances.start(
        engine,
        session,
        the_clock(reception.subdistrict_id),
        key=DAY_PROCESS,
        business_key=queries.business_key(reception.id),
    )


def set_lead_times(
    reception: ReceptionSession, *, roster_days: int, notice_days: int, remind_days: int, roster_size: int
) -> None:
    """When the roster is settled, the notice put up and the deputies reminded: days before the session (R12, Q14)."""
    day = reception.held_on
    reception.roster_on, reception.notice_on, reception.remind_on = (
        day - timedelta(days=count) for count in (roster_days, notice_days, remind_days)
    )
    reception.roster_size = roster_size


def propose_roster(session: Session, reception: ReceptionSession) -> list[str]:
    """Whose turn it is, as person ids; those who stand on it already stay there (a session that was postponed)."""
    standing = [each.entry.person_id for each in queries.on_duty(session, reception.id)]
    if standing:
        return standing
    shown = queries.levels_shown(session, reception.station_id, reception.month, but=reception.id)
    found = queries.candidates(session, reception)
    return rules.proposed_roster(found, reception.roster_size or 0, levels_shown=shown)


def save_roster(
    session: Session, actor: Actor, reception: ReceptionSession, *, person_ids: Sequence[str], at: datetime
) -> list[queries.Rostered]:
    """The station settles who sits there; everybody on the roster is asked (again, when the day is another one).

    Raises:
        Invalid: nobody, or somebody without a seat on that day.
    """
    if not person_ids:
        raise _refused("deputies", "请至少选一位代表。")
    levels = queries.levels(session, reception.held_on)
    if strangers := [person for person in person_ids if person not in levels]:
        raise _refused("deputies", f"有 {len(strangers)} 人那天不是在任代表，请从名单中去掉。")
    known = {each.entry.person_id: each.entry for each in queries.roster(session, reception.id)}
    for person_id, entry in known.items():
        if person_id not in person_ids:
            session.delete(entry)
    for person_id in person_ids:
        if person_id not in known:
            session.add(RosterEntry(session_id=reception.id, person_id=person_id, level=levels[person_id]))
            continue
        entry = known[person_id]
        entry.answer, entry.replaced_by_id, entry.note = Answer.ASKED.value, None, ""
    reception.status = Status.ROSTERED.value
    session.flush()
    _note(session, actor, "rostered", reception, at, deputies=len(person_ids))
    return queries.on_duty(session, reception.id)


def record_answer(
    session: Session,
    actor: Actor,
    reception: ReceptionSession,
    *,
    person_id: str,
    coming: bool,
    note: str,
    at: datetime,
) -> str:
    """A deputy can come, or asks to be replaced. Of one whose place was given away meanwhile nothing is noted.

    Returns:
        what they stand as now.

    Raises:
        Invalid: asks to be replaced without a reason.
    """
    entry = next(
        (each.entry for each in queries.on_duty(session, reception.id) if each.entry.person_id == person_id), None
    )
    if entry is None:
        return Answer.REPLACED.value
    if not coming and not note.strip():
        raise _refused("reason", "请写明换班的原因。")
    entry.answer = (Answer.COMING if coming else Answer.SWAP).value
    entry.note, entry.answered_by, entry.answered_at = note.strip()[:200], actor.name, at
    _note(session, actor, "answered", reception, at, person=person_id, answer=entry.answer)
    return entry.answer


def swap(
    session: Session,
    actor: Actor,
    reception: ReceptionSession,
    *,
    person_id: str,
    successor_id: str | None,
    reason: str,
    at: datetime,
) -> queries.Rostered | None:
    """The station confirms a swap: somebody else takes the place, or nobody does.

    Returns:
        who takes it; None when nobody does.

    Raises:
        NotFound: the deputy is not on the roster.
        Invalid: the successor holds no seat, is away, or sits there already; or the last one would go.
    """
    entry = queries.entry_of(session, reception.id, person_id)
    others = [each for each in queries.on_duty(session, reception.id) if each.entry.person_id != person_id]
    if successor_id is None and not others:
        raise _refused("successor", "名单上只有这一位代表，请选择替换的代表。")
    if successor_id is not None:
        _check_successor(session, reception, successor_id, [each.entry.person_id for each in others])
        _seat(session, reception, successor_id)
    entry.answer, entry.replaced_by_id = Answer.REPLACED.value, successor_id
    entry.note = reason.strip()[:200] or entry.note
    session.flush()
    _note(session, actor, "swapped", reception, at, person=person_id, successor=successor_id or "")
    return next((each for each in queries.on_duty(session, reception.id) if each.entry.person_id == successor_id), None)


def _check_successor(session: Session, reception: ReceptionSession, person_id: str, others: Sequence[str]) -> None:
    if person_id in others:
        raise _refused("successor", "这位代表已经在名单上，请另选一位。")
    if person_id not in queries.levels(session, reception.held_on):
        raise _refused("successor", "这位代表那天不在任，请另选一位。")
    if person_id in queries.on_leave(session, reception.held_on):
        raise _refused("successor", "这位代表那天请假，请另选一位。")


def _seat(session: Session, reception: ReceptionSession, person_id: str) -> None:
    """Put somebody on the roster, also one who had left it."""
    query = select(RosterEntry).where(RosterEntry.session_id == reception.id, RosterEntry.person_id == person_id)
    entry = session.scalar(query)
    if entry is None:
        level = queries.levels(session, reception.held_on)[person_id]
        session.add(RosterEntry(session_id=reception.id, person_id=person_id, level=level))
    else:
        entry.answer, entry.replaced_by_id, entry.note = Answer.ASKED.value, None, ""


def announce(session: Session, actor: Actor, reception: ReceptionSession, at: datetime) -> None:
    """From now on the public page tells of it (domain Q14)."""
    reception.status, reception.announced_at = Status.ANNOUNCED.value, at
    _note(session, actor, "announced", reception, at)


def record_posted(session: Session, actor: Actor, reception: ReceptionSession, at: datetime) -> None:
    """The poster hangs."""
    reception.posted_at, reception.posted_by = at, actor.name
    _note(session, actor, "posted", reception, at)


def postpone(
    session: Session,
    actor: Actor,
    reception: ReceptionSession,
    *,
    held_on: date,
    starts: str,
    ends: str,
    reason: str,
    make_up_days: int,
    at: datetime,
) -> None:
    """Another day; the month that it is held for stays the same (domain Q11).

    Args:
        make_up_days: working days of the next month in which this one may still be made up.

    Raises:
        Invalid: no reason, a day that is gone, or one that does not count for the month any more.
    """
    if not reason.strip():
        raise _refused("reason", "请写明改期的原因。")
    if held_on < beijing_date(at):
        raise _refused("held_on", "日期已经过去，请选择今天或以后的日期。")
    calendar = workdays.working_calendar(session)
    rules.check_keeps_month(held_on, reception.month, calendar.is_working_day, make_up_days)
    reception.starts, reception.ends = rules.checked_hours(starts or reception.starts, ends or reception.ends)
    before, reception.held_on = reception.held_on, held_on
    reception.reason, reception.status = reason.strip(), Status.PLANNED.value
    reception.announced_at = reception.posted_at = None
    _note(session, actor, "postponed", reception, at, before=before.isoformat(), held_on=held_on.isoformat())


def cancel(session: Session, actor: Actor, reception: ReceptionSession, *, reason: str, at: datetime) -> None:
    """It does not take place; the month's duty stands as before.

    Raises:
        Invalid: no reason.
    """
    if not reason.strip():
        raise _refused("reason", "请写明取消的原因。")
    reception.reason, reception.status = reason.strip(), Status.CANCELLED.value
    _note(session, actor, "cancelled", reception, at)


# ------------------------------------------------------------------------------------------------ afterwards


def record_held(
    engine: Engine,
    session: Session,
    actor: Actor,
    reception: ReceptionSession,
    *,
    attendance: Mapping[str, str],
    also: Iterable[str] = (),
    photos: Iterable[str] = (),
    remarks: str = "",
) -> ReceptionReport:
    """It took place: one attendance sheet and its photographs for everybody, entered as an activity, and the report.

    Args:
        attendance: person id -> 到会, 半程, 请假, 缺席 for everybody on the roster.
        also: deputies who came without being on the roster.
        photos: ids of stored files.

    Raises:
        Invalid: somebody on the roster is missing on the sheet, or nobody was there at all.
        Conflict: the day has not come yet.
    """
    if reception.held_on > beijing_date(engine.clock()):
        raise Conflict("接待日还没有到，请在当天接待结束后登记。")
    sheet = _sheet(session, reception, attendance, also)
    activity = activities.record_activity(
        engine,
        session,
        actor,
        held_on=reception.held_on,
        kind=RECEPTION_DAY,
        title=activity_title(session, reception),
        place=reception.venue,
        station_id=reception.station_id,
    )
    assessed = {seat.person_id for seat in people.deputies_on(session, reception.held_on)}
    states = {person: state for person, state in sheet.items() if person in assessed}
    activities.record_attendance(engine, session, actor, activity_id=activity.id, states=states)
    activities.attach_files(engine, session, actor, activity_id=activity.id, file_ids=photos, kind=EvidenceKind.PHOTO)
    reception.activity_id, reception.status = activity.id, Status.HELD.value
    session.flush()
    _note(session, actor, "held", reception, engine.clock(), deputies=len(sheet))
    _refresh_duty(session, actor, reception, engine.clock())
    return _write_report(session, actor, reception, remarks, engine.clock())


def activity_title(session: Session, reception: ReceptionSession) -> str:
    station = people.unit(session, reception.station_id).name
    return f"{station}{'流动接待' if reception.kind == Kind.OUTREACH else '代表接待日'}"


def _sheet(
    session: Session, reception: ReceptionSession, attendance: Mapping[str, str], also: Iterable[str]
) -> dict[str, str]:
    """Everybody who was due or came, with how; the roster's rows keep it too."""
    entries = {each.entry.person_id: each.entry for each in queries.on_duty(session, reception.id)}
    for person_id in also:
        if person_id not in entries:
            _seat(session, reception, person_id)
            session.flush()
            entries[person_id] = queries.entry_of(session, reception.id, person_id)
            attendance = {**attendance, person_id: "到会"}
    if missing := [person_id for person_id in entries if person_id not in attendance]:
        raise _refused("sheet", f"还有 {len(missing)} 位代表没有登记到会情况，请逐人登记。")
    for person_id, entry in entries.items():
        entry.attendance = attendance[person_id]
    if not any(entry.attendance in ("到会", "半程") for entry in entries.values()):
        raise _refused("sheet", "没有代表到会，不能算作接待日。请改期或者取消这一场。")
    return {person_id: attendance[person_id] for person_id in entries}


def _write_report(
    session: Session, actor: Actor, reception: ReceptionSession, remarks: str, at: datetime
) -> ReceptionReport:
    cases = queries.visits(session, reception.id)
    statuses = [case.status for case in cases]
    report = ReceptionReport(
        session_id=reception.id,
        visits=len(cases),
        people=queries.count_people(session, [case.id for case in cases]),
        answered=statuses.count(CaseStatus.ON_THE_SPOT),
        guided=statuses.count(CaseStatus.DECLINED),
        pending=sum(status not in (CaseStatus.ON_THE_SPOT, CaseStatus.DECLINED) for status in statuses),
        topics=dict(rules.topic_counts(case.topic for case in cases if case.status != CaseStatus.DECLINED)),
        deputies=[
            {"name": each.name, "level": each.entry.level, "attendance": each.entry.attendance}
            for each in queries.on_duty(session, reception.id)
        ],
        remarks=remarks.strip(),
        made_at=at,
        made_by=actor.name,
    )
    session.add(report)
    session.flush()
    return report


def note_report(session: Session, actor: Actor, reception: ReceptionSession, *, opinion: str, at: datetime) -> None:
    """The committee has taken note: the session is filed.

    Raises:
        Conflict: there is no report.
    """
    report = queries.report_of(session, reception.id)
    if report is None:
        raise Conflict("这场接待日还没有生成报告。")
    report.noted_at, report.noted_by, report.opinion = at, actor.name, opinion.strip()
    reception.status = Status.CLOSED.value
    _note(session, actor, "closed", reception, at)


# ------------------------------------------------------------------------------------------ the month's duty


def is_held(session: Session, station_id: str, month: str) -> bool:
    """Whether a reception day was held for a month, also one that was only entered as an activity."""
    return month in queries.reception_months(session, rules.first_of(month), rules.last_of(month)).get(
        station_id, frozenset()
    )


def close_duty(session: Session, actor: Actor, *, station_id: str, month: str, at: datetime) -> ReceptionDuty:
    """Write down what became of a station's month; safe to do again, when something was entered later."""
    held = [each for each in queries.of_month(session, station_id, month) if each.status in rules.TOOK_PLACE]
    shown = queries.levels_shown(session, station_id, month) if held else set(rules.LEVELS)
    by_hand = (station_id, month) in queries.entered_by_hand(session, rules.first_of(month), rules.last_of(month))
    days = [each.held_on for each in held] + ([rules.first_of(month)] if by_hand else [])
    query = select(ReceptionDuty).where(ReceptionDuty.station_id == station_id, ReceptionDuty.month == month)
    duty = session.scalar(query) or ReceptionDuty(station_id=station_id, month=month)
    duty.state = rules.duty_of(days, month).value
    duty.levels_missing = "、".join(rules.levels_missing(shown))
    duty.reason = next((each.reason for each in held if rules.month_of(each.held_on) != month), "")
    duty.checked_at = at
    session.add(duty)
    session.flush()
    _audit(session, actor, "reception_duty.checked", f"reception_duty:{duty.id}", at, month=month, state=duty.state)
    return duty


def _refresh_duty(session: Session, actor: Actor, reception: ReceptionSession, at: datetime) -> None:
    """A session that is written up after its month was checked still counts, and the row says so."""
    query = select(ReceptionDuty).where(
        ReceptionDuty.station_id == reception.station_id, ReceptionDuty.month == reception.month
    )
    duty = session.scalar(query)
    if duty is not None and duty.state == Duty.MISSED:
        close_duty(session, actor, station_id=reception.station_id, month=reception.month, at=at)


# ----------------------------------------------------------------------------------------------------- leave


def add_leave(
    session: Session, actor: Actor, *, person_id: str, first_on: date, last_on: date, reason: str, at: datetime
) -> DeputyLeave:
    """A deputy is away: the rotation passes over them.

    Raises:
        NotAllowed: neither the committee's nor this deputy's station's staff, nor the deputy.
        Invalid: it ends before it begins.
    """
    rules.checked_leave(first_on, last_on)
    if actor.person_id != person_id:
        rules.check_may_arrange(actor, _station_of(session, person_id, first_on))
    leave = DeputyLeave(
        person_id=person_id,
        first_on=first_on,
        last_on=last_on,
        reason=reason.strip()[:120],
        noted_by=actor.name,
        noted_at=at,
    )
    session.add(leave)
    session.flush()
    _audit(session, actor, "leave.added", f"person:{person_id}", at, first=first_on.isoformat())
    return leave


def end_leave(session: Session, actor: Actor, *, leave_id: str, at: datetime) -> None:
    """Take a leave back.

    Raises:
        NotAllowed: as `add_leave`.
        Conflict: it is gone already.
    """
    leave = session.get(DeputyLeave, leave_id)
    if leave is None:
        raise Conflict("这条请假已经删除，请刷新页面。")
    if actor.person_id != leave.person_id:
        rules.check_may_arrange(actor, _station_of(session, leave.person_id, leave.first_on))
    session.delete(leave)
    _audit(session, actor, "leave.ended", f"person:{leave.person_id}", at)


def _station_of(session: Session, person_id: str, day: date) -> str:
    """
    Raises:
        Invalid: the person holds no seat on that day.
    """
    for seat in people.deputies_on(session, day):
        if seat.person_id == person_id:
            return seat.station_id
    raise _refused("person_id", "请选择一位在任的代表。")


def _note(
    session: Session, actor: Actor, what: str, reception: ReceptionSession, at: datetime, **facts: object
) -> None:
    _audit(session, actor, f"reception.{what}", queries.business_key(reception.id), at, **facts)


def _audit(session: Session, actor: Actor, action: str, key: str, at: datetime, **facts: object) -> None:
    audit.record(session, actor, action, key, at=at, **facts)


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: sentence})
