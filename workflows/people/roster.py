"""The organisation by spreadsheet: what the books hold, what a list would change, and changing it all or not at all."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from workflows import audit
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.errors import Conflict
from workflows.people import actions, queries, roster_rules, rules
from workflows.people.roster_rules import Act, Known, KnownSeat, KnownUnit, Line, Row
from workflows.people.rules import MandateKind, MandateLevel, UnitKind
from workflows.people.tables import Mandate, OrgUnit, Person


def known(session: Session, today: date) -> Known:
    """What a list is compared with."""
    units = queries.units(session)
    names = {unit.id: unit.name for unit in units}
    group, station = aliased(OrgUnit), aliased(OrgUnit)
    query = (
        select(Mandate, Person, group.name, station.name)
        .join(Person, Person.id == Mandate.person_id)
        .join(group, group.id == Mandate.group_id)
        .join(station, station.id == Mandate.station_id)
        .where(or_(Mandate.valid_to.is_(None), Mandate.valid_to >= today))
        .order_by(group.number, group.name, Person.name, Mandate.kind)
    )
    seats: dict[tuple[str, str], KnownSeat] = {}
    for seat, person, at, by in session.execute(query):
        facts = (seat.kind, seat.level, seat.term, at, by, seat.valid_from, seat.valid_to)
        found = KnownSeat(seat.id, person.id, person.name, person.phone, *facts)
        other = seats.get((person.id, seat.kind))
        if other is None or other.valid_from < found.valid_from:
            seats[person.id, seat.kind] = found
    persons: dict[str, list[tuple[str, str]]] = {}
    for person in session.scalars(select(Person).order_by(Person.id)):
        persons.setdefault(person.name, []).append((person.id, person.phone))
    return Known(
        [
            KnownUnit(unit.id, unit.kind, unit.name, unit.number, names.get(unit.station_id or "", ""), unit.valid_from)
            for unit in units
        ],
        list(seats.values()),
        persons,
        today,
    )


def plan(
    session: Session, units: Sequence[tuple[int, Row]], deputies: Sequence[tuple[int, Row]], *, today: date
) -> list[Line]:
    return roster_rules.plan(known(session, today), units, deputies)


def apply(
    session: Session,
    actor: Actor,
    units: Sequence[tuple[int, Row]],
    deputies: Sequence[tuple[int, Row]],
    *,
    at: datetime,
) -> int:
    """Do what a list asks for, all of it; how many rows changed something.

    Raises:
        NotAllowed: the actor does not manage this sub-district.
        Conflict: something is wrong with a row; it was shown in the preview, or the books changed since.
        Invalid: as the single actions.
    """
    rules.check_manages_accounts(actor, actor.subdistrict_id)
    today = beijing_date(at)
    lines = plan(session, units, deputies, today=today)
    if any(line.faults for line in lines):
        raise Conflict("表格里还有错误，或者名册在预览以后变了，没有导入。请重新上传。")
    changed = [line for line in lines if line.act is not Act.NONE]
    for line in changed:
        _do(session, actor, line, at)
    audit.record(session, actor, "roster.imported", "subdistrict:*", at=at, rows=len(changed))
    return len(changed)


def _do(session: Session, actor: Actor, line: Line, at: datetime) -> None:
    row = line.row
    if line.act is Act.ADD_UNIT:
        station = _unit_id(session, UnitKind.STATION, row["所属站"]) if row["所属站"] else None
        unit = actions.create_unit(
            session,
            actor,
            kind=UnitKind(row["类别"]),
            name=row["名称"],
            number=row["编号"],
            station_id=station,
            valid_from=line.begins,
            at=at,
        )
        unit.valid_to = line.ends
    elif line.act is Act.CHANGE_UNIT:
        unit = queries.unit(session, line.target)
        unit.number = row["编号"] or unit.number
        unit.station_id = _unit_id(session, UnitKind.STATION, row["所属站"]) if row["所属站"] else unit.station_id
        audit.record(session, actor, "changed", f"org_unit:{unit.id}", at=at, number=unit.number)
    elif line.act is Act.END_UNIT:
        queries.unit(session, line.target).valid_to = line.ends
        audit.record(session, actor, "ended", f"org_unit:{line.target}", at=at, last_day=str(line.ends))
    elif line.act is Act.PHONE:
        queries.person(session, line.target).phone = row["手机号"]
        audit.record(session, actor, "phone_changed", f"person:{line.target}", at=at)
    else:
        _do_seat(session, actor, line, at)


def _do_seat(session: Session, actor: Actor, line: Line, at: datetime) -> None:
    row = line.row
    if line.act is Act.END and line.ends is not None:
        _end(session, actor, line, line.ends, at)
        return
    if line.act is Act.MOVE and line.begins is not None:
        old = _end(session, actor, line, line.begins - timedelta(days=1), at)
        person_id, term = old.person_id, row["届"] or old.term
        if row["手机号"]:
            queries.person(session, person_id).phone = row["手机号"]
        session.flush()
    else:
        person_id, term = line.target, row["届"]
    if not person_id:
        person_id = actions.create_person(session, actor, name=row["姓名"], phone=row["手机号"], at=at).id
    seat = actions.seat_deputy(
        session,
        actor,
        person_id=person_id,
        term=term,
        group_id=_unit_id(session, UnitKind.VILLAGE, row["所在小组"]),
        station_id=_unit_id(session, UnitKind.STATION, row["代表工作站"]) if row["代表工作站"] else None,
        valid_from=line.begins or beijing_date(at),
        kind=MandateKind(row["代表类别"]),
        level=MandateLevel(row["层级"]),
        basis=row["依据"],
        at=at,
    )
    seat.valid_to = line.ends


def _end(session: Session, actor: Actor, line: Line, last_day: date, at: datetime) -> Mandate:
    """The seat ends; the decision that seated it stays written down where the list names no other."""
    seat = session.scalars(select(Mandate).where(Mandate.id == line.target)).one()
    basis = line.row["依据"] or seat.basis
    return actions.end_mandate(session, actor, mandate_id=seat.id, last_day=last_day, basis=basis, at=at)


def _unit_id(session: Session, kind: UnitKind, name: str) -> str:
    return next(unit.id for unit in queries.units(session, kind) if unit.name == name)
