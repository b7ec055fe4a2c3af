"""Reads: the year, sessions and rosters, who is next, visits of a session, months kept, where nobody has been."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workflows.activities import queries as activities
from workflows.activities.rules import RECEPTION_DAY
from workflows.activities.tables import Activity
from workflows.actor import Actor
from workflows.cases.tables import Case, CaseParty
from workflows.engine.tables import ProcessInstance
from workflows.errors import NotFound
from workflows.people import gazetteer
from workflows.people import queries as people
from workflows.people.rules import MandateKind, MandateLevel, UnitKind
from workflows.people.tables import OrgUnit, Person
from workflows.receptions import rules
from workflows.receptions.rules import Answer, Candidate, Status
from workflows.receptions.tables import (
    DeputyLeave,
    ReceptionDuty,
    ReceptionPlan,
    ReceptionReport,
    ReceptionSession,
    RosterEntry,
)

KEY = "reception"
COUNTED_DAYS = 365  # how far back turns of duty count
LATE_ENTRY_DAYS = 14  # how long after a session its visitors may still be entered from a paper list


@dataclass(frozen=True)
class Rostered:
    """A deputy on a roster.

    Attributes:
        user_id: their account, None for one without.
        replaced_by: the name of whoever took their place.
    """

    entry: RosterEntry
    name: str
    user_id: str | None
    replaced_by: str = ""

    @property
    def is_on_duty(self) -> bool:
        return self.entry.answer != Answer.REPLACED


@dataclass(frozen=True)
class Turn:
    """A session on which a deputy is, or was, on duty."""

    session: ReceptionSession
    entry: RosterEntry


# ------------------------------------------------------------------------------------------------ sessions


def business_key(session_id: str) -> str:
    return f"{KEY}:{session_id}"


def get(session: Session, session_id: str) -> ReceptionSession:
    """
    Raises:
        NotFound: no such session in this sub-district.
    """
    found = session.get(ReceptionSession, session_id)
    if found is None:
        raise NotFound("没有这场接待日，请从“接待”页面重新进入。")
    return found


def between(
    session: Session, first: date, last: date, *, station_id: str | None = None, cancelled: bool = True
) -> list[ReceptionSession]:
    """Sessions from the first to the last day, both included, by day and hour."""
    query = select(ReceptionSession).where(ReceptionSession.held_on.between(first, last))
    if station_id:
        query = query.where(ReceptionSession.station_id == station_id)
    if not cancelled:
        query = query.where(ReceptionSession.status != Status.CANCELLED)
    return list(session.scalars(query.order_by(ReceptionSession.held_on, ReceptionSession.starts, ReceptionSession.id)))


def of_month(session: Session, station_id: str, month: str) -> list[ReceptionSession]:
    """The sessions that count for a station's month, those that were cancelled left out."""
    query = select(ReceptionSession).where(
        ReceptionSession.station_id == station_id,
        ReceptionSession.month == month,
        ReceptionSession.status != Status.CANCELLED,
    )
    return list(session.scalars(query.order_by(ReceptionSession.held_on, ReceptionSession.id)))


def instance_of(session: Session, reception: ReceptionSession) -> ProcessInstance | None:
    """The process that this session goes through."""
    query = select(ProcessInstance).where(ProcessInstance.business_key == business_key(reception.id))
    return session.scalar(query.order_by(ProcessInstance.id.desc()).limit(1))


def open_choices(session: Session) -> list[tuple[str, str]]:
    """Sessions at which somebody may be received now: announced or planned, and not yet written up."""
    query = select(ReceptionSession, OrgUnit.name).join(OrgUnit, OrgUnit.id == ReceptionSession.station_id)
    rows = session.execute(
        query.where(ReceptionSession.status.in_(rules.AHEAD)).order_by(ReceptionSession.held_on, OrgUnit.number)
    )
    return [(row.id, f"{row.held_on:%m-%d} {name}") for row, name in rows]


def received_now(session: Session, station_ids: Iterable[str | None], day: date) -> list[ReceptionSession]:
    """Sessions of these stations at which a visitor of that day may be entered: today's first, then late entries."""
    query = select(ReceptionSession).where(
        ReceptionSession.station_id.in_(set(station_ids)),
        ReceptionSession.held_on.between(day - timedelta(days=LATE_ENTRY_DAYS), day),
        ReceptionSession.status.in_(rules.AHEAD),
    )
    return list(session.scalars(query.order_by(ReceptionSession.held_on.desc(), ReceptionSession.starts)))


def told_to_everybody(session: Session, first: date, last: date) -> list[ReceptionSession]:
    """What the public page tells: what is announced, and what became of a day that had been announced (domain Q14)."""
    return [
        each
        for each in between(session, first, last)
        if each.status in rules.SHOWN_TO_EVERYBODY
        or (each.status == Status.CANCELLED and each.announced_at is not None)
        or (each.status != Status.CANCELLED and each.held_on != each.planned_on)
    ]


def venue_choices(session: Session) -> list[tuple[str, str]]:
    """Where a session may be held: stations, the home, points, and places of the gazetteer (domain Q13)."""
    kinds = (UnitKind.STATION, UnitKind.HOME, UnitKind.POINT)
    names = [unit.name for kind in kinds for unit in people.units(session, kind)]
    return [(name, name) for name in (*names, *(place.name for place in gazetteer.places(session)))]


def venue_unit(session: Session, venue: str) -> str | None:
    """The unit of that name, when the venue is one of ours."""
    return session.scalar(select(OrgUnit.id).where(OrgUnit.name == venue, OrgUnit.valid_to.is_(None)).limit(1))


# --------------------------------------------------------------------------------------------------- plans


def plan_of(session: Session, station_id: str, year: int) -> ReceptionPlan | None:
    query = select(ReceptionPlan).where(ReceptionPlan.station_id == station_id, ReceptionPlan.year == year)
    return session.scalar(query)


def plans(session: Session, year: int) -> dict[str, ReceptionPlan]:
    """Every station's plan of a year, by station."""
    found = session.scalars(select(ReceptionPlan).where(ReceptionPlan.year == year))
    return {plan.station_id: plan for plan in found}


# --------------------------------------------------------------------------------------- deputies and rosters


def levels(session: Session, day: date) -> dict[str, str]:
    """Person -> 区 for a deputy of the district (also one who is a 议政代表), 街道 for everybody else with a seat."""
    found = {seat.person_id: MandateLevel.SUBDISTRICT.value for seat in people.deputies_on(session, day)}
    district = people.deputies_on(session, day, kind=MandateKind.DEPUTY)
    return found | {seat.person_id: MandateLevel.DISTRICT.value for seat in district}


def candidates(session: Session, reception: ReceptionSession, *, station_id: str | None = None) -> list[Candidate]:
    """The deputies of a station with their turns of duty; see `rules.rotation`.

    Args:
        station_id: another station than the session's own.
    """
    station, day = station_id or reception.station_id, reception.held_on
    seats = {seat.person_id: seat.name for seat in people.deputies_on(session, day, station_id=station)}
    district = people.deputies_on(session, day, kind=MandateKind.DEPUTY, station_id=station)
    seats |= {seat.person_id: seat.name for seat in district}
    known, turns = levels(session, day), _turns(session, reception, day)
    away = on_leave(session, day) | _elsewhere(session, reception)
    return [
        Candidate(
            person_id=person_id,
            name=name,
            level=known[person_id],
            times=len(turns.get(person_id, ())),
            last_on=max(turns[person_id]) if person_id in turns else None,
            away=person_id in away,
        )
        for person_id, name in seats.items()
    ]


def _turns(session: Session, reception: ReceptionSession, day: date) -> Mapping[str, list[date]]:
    """Person -> days of duty in the year before a day and in what is planned; a missed turn is none."""
    query = (
        select(RosterEntry.person_id, ReceptionSession.held_on)
        .join(ReceptionSession, ReceptionSession.id == RosterEntry.session_id)
        .where(
            ReceptionSession.id != reception.id,
            ReceptionSession.status != Status.CANCELLED,
            ReceptionSession.held_on > day - timedelta(days=COUNTED_DAYS),
            RosterEntry.answer != Answer.REPLACED,
            or_(RosterEntry.attendance.is_(None), RosterEntry.attendance.in_(("到会", "半程"))),
        )
    )
    found: dict[str, list[date]] = defaultdict(list)
    for person_id, held_on in session.execute(query):
        found[person_id].append(held_on)
    return found


def _elsewhere(session: Session, reception: ReceptionSession) -> set[str]:
    """Who is on duty at another session of that day."""
    query = (
        select(RosterEntry.person_id)
        .join(ReceptionSession, ReceptionSession.id == RosterEntry.session_id)
        .where(
            ReceptionSession.held_on == reception.held_on,
            ReceptionSession.id != reception.id,
            ReceptionSession.status != Status.CANCELLED,
            RosterEntry.answer != Answer.REPLACED,
        )
    )
    return set(session.scalars(query))


def on_leave(session: Session, day: date) -> set[str]:
    query = select(DeputyLeave.person_id).where(DeputyLeave.first_on <= day, DeputyLeave.last_on >= day)
    return set(session.scalars(query))


def leaves(session: Session, from_day: date) -> list[tuple[DeputyLeave, str]]:
    """Leave that is not over yet, with the deputy's name."""
    query = select(DeputyLeave, Person.name).join(Person, Person.id == DeputyLeave.person_id)
    rows = session.execute(query.where(DeputyLeave.last_on >= from_day).order_by(DeputyLeave.first_on, Person.name))
    return [(leave, name) for leave, name in rows]


def roster(session: Session, session_id: str) -> list[Rostered]:
    """Everybody who is or was on the roster, in the order in which they were put there."""
    return rosters(session, [session_id]).get(session_id, [])


def rosters(session: Session, session_ids: Iterable[str]) -> dict[str, list[Rostered]]:
    """Rosters by session."""
    query = select(RosterEntry).where(RosterEntry.session_id.in_(set(session_ids))).order_by(RosterEntry.id)
    entries = session.scalars(query).all()
    wanted = {entry.person_id for entry in entries} | {entry.replaced_by_id for entry in entries}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all())
    users = {person: user.id for person in wanted if person and (user := people.user_of_person(session, person))}
    found: dict[str, list[Rostered]] = defaultdict(list)
    for entry in entries:
        successor = names.get(entry.replaced_by_id or "", "")
        found[entry.session_id].append(
            Rostered(entry, names.get(entry.person_id, ""), users.get(entry.person_id), successor)
        )
    return found


def on_duty(session: Session, session_id: str) -> list[Rostered]:
    return [each for each in roster(session, session_id) if each.is_on_duty]


def entry_of(session: Session, session_id: str, person_id: str) -> RosterEntry:
    """
    Raises:
        NotFound: this deputy is not on the roster.
    """
    query = select(RosterEntry).where(RosterEntry.session_id == session_id, RosterEntry.person_id == person_id)
    found = session.scalar(query)
    if found is None or found.answer == Answer.REPLACED:
        raise NotFound("这位代表不在这场接待日的名单上，请刷新页面。")
    return found


def turns_of(session: Session, person_id: str, first: date, last: date) -> list[Turn]:
    """A deputy's own sessions, by day."""
    query = (
        select(ReceptionSession, RosterEntry)
        .join(RosterEntry, RosterEntry.session_id == ReceptionSession.id)
        .where(
            RosterEntry.person_id == person_id,
            RosterEntry.answer != Answer.REPLACED,
            ReceptionSession.held_on.between(first, last),
        )
        .order_by(ReceptionSession.held_on, ReceptionSession.id)
    )
    return [Turn(found, entry) for found, entry in session.execute(query)]


def levels_shown(session: Session, station_id: str, month: str, *, but: str | None = None) -> set[str]:
    """The levels on the rosters of a station's month; of a session that took place, of those who were there.

    Args:
        but: a session to leave out.
    """
    query = (
        select(RosterEntry.level)
        .join(ReceptionSession, ReceptionSession.id == RosterEntry.session_id)
        .where(
            ReceptionSession.station_id == station_id,
            ReceptionSession.month == month,
            ReceptionSession.status != Status.CANCELLED,
            RosterEntry.answer != Answer.REPLACED,
            or_(RosterEntry.attendance.is_(None), RosterEntry.attendance.in_(("到会", "半程"))),
        )
    )
    return set(session.scalars(query.where(ReceptionSession.id != but) if but else query))


def deputy_choices(session: Session) -> list[tuple[str, str]]:
    """Every sitting deputy of both levels: person id and ``name（group · 区人大代表）``."""
    found = dict(people.deputy_choices(session))
    for seat in people.deputies_on(session, date.max, kind=MandateKind.DEPUTY):
        name = found.get(seat.person_id, f"{seat.name}（{seat.group_name}）")
        found[seat.person_id] = f"{name.removesuffix('）')} · 区人大代表）"
    return list(found.items())


# ----------------------------------------------------------------------------------------- visits and reports


def visits(session: Session, session_id: str) -> list[Case]:
    """Who was received at a session by its own station, in the order in which they were entered."""
    query = select(Case).join(ReceptionSession, ReceptionSession.id == Case.session_id)
    query = query.where(Case.session_id == session_id, Case.station_id == ReceptionSession.station_id)
    return list(session.scalars(query.order_by(Case.id)))


def visits_for(session: Session, actor: Actor, reception: ReceptionSession) -> list[Case]:
    """As `visits`, for those who may know of the visitors; nothing for everybody else."""
    return visits(session, reception.id) if rules.may_see_visits(actor, reception.station_id) else []


def count_people(session: Session, case_ids: Iterable[str]) -> int:
    """How many came: everybody of a joint visit, and one for an anonymous one."""
    ids = set(case_ids)
    query = select(CaseParty.case_id, func.count()).where(CaseParty.case_id.in_(ids)).group_by(CaseParty.case_id)
    known = dict(session.execute(query).all())
    return sum(known.get(case_id, 1) for case_id in ids)


def count_visits(session: Session, session_ids: Iterable[str]) -> dict[str, int]:
    """Visits by session."""
    query = select(Case.session_id, func.count()).where(Case.session_id.in_(set(session_ids)))
    return {key: count for key, count in session.execute(query.group_by(Case.session_id)) if key}


def report_of(session: Session, session_id: str) -> ReceptionReport | None:
    return session.scalar(select(ReceptionReport).where(ReceptionReport.session_id == session_id))


# ----------------------------------------------------------------------------------------------------- duty


def duties(session: Session, first: date, last: date) -> dict[tuple[str, str], ReceptionDuty]:
    """What became of months that were checked, by station and month."""
    query = select(ReceptionDuty).where(ReceptionDuty.month.between(rules.month_of(first), rules.month_of(last)))
    return {(duty.station_id, duty.month): duty for duty in session.scalars(query)}


def reception_months(session: Session, first: date, last: date) -> dict[str, frozenset[str]]:
    """Station -> the months between two days in which it did its duty, a make-up counted for the month it makes up.

    A reception day that was only entered as an activity counts for the month of its day.
    """
    months = {station: set(held) for station, held in activities.reception_months(session, first, last).items()}
    query = select(ReceptionSession).where(
        ReceptionSession.status.in_(rules.TOOK_PLACE),
        or_(
            ReceptionSession.month.between(rules.month_of(first), rules.month_of(last)),
            ReceptionSession.held_on.between(first, last),
        ),
    )
    took_place = session.scalars(query).all()
    alone = entered_by_hand(session, first, last)
    for row in took_place:
        held_in = rules.month_of(row.held_on)
        if held_in != row.month and (row.station_id, held_in) not in alone:
            months.get(row.station_id, set()).discard(held_in)
    for row in took_place:
        if rules.month_of(first) <= row.month <= rules.month_of(last):
            months.setdefault(row.station_id, set()).add(row.month)
    return {station: frozenset(held) for station, held in months.items() if held}


def entered_by_hand(session: Session, first: date, last: date) -> set[tuple[str, str]]:
    """Station and month of reception days that are activities without a session of ours."""
    query = (
        select(Activity.station_id, Activity.held_on)
        .outerjoin(ReceptionSession, ReceptionSession.activity_id == Activity.id)
        .where(
            Activity.kind == RECEPTION_DAY,
            Activity.held_on.between(first, last),
            Activity.station_id.is_not(None),
            ReceptionSession.id.is_(None),
        )
    )
    return {(station_id or "", rules.month_of(held_on)) for station_id, held_on in session.execute(query)}


# ------------------------------------------------------------------------------------------------ invariants


def breaches(session: Session) -> list[tuple[str, str]]:
    """What contradicts itself in the stored data: object key and reason."""
    found = [
        (f"reception_session:{row.id}", "接待日已经举行，却没有登记为活动")
        for row in session.scalars(
            select(ReceptionSession).where(
                ReceptionSession.status.in_(rules.TOOK_PLACE), ReceptionSession.activity_id.is_(None)
            )
        )
    ]
    strayed = select(Case.id).join(ReceptionSession, ReceptionSession.id == Case.session_id)
    strayed = strayed.where(Case.station_id != ReceptionSession.station_id)
    found += [(f"case:{case_id}", "来访登记在别的工作站的接待日里") for case_id in session.scalars(strayed)]
    return found
