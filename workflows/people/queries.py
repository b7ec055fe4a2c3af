"""Reads about people: who acts, who belongs to a role, who holds a seat."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from workflows import actor as ground
from workflows.actor import Actor
from workflows.errors import NotFound
from workflows.people import passwords, rules
from workflows.people.rules import MandateKind, UnitKind
from workflows.people.tables import (
    ApiToken,
    Mandate,
    Membership,
    OrgUnit,
    Person,
    SignInTries,
    Subdistrict,
    User,
    WebSession,
)
from workflows.storage.session import EVERYWHERE, scope_of

Row = TypeVarTuple("Row")


@dataclass(frozen=True)
class Visitor:
    """A signed-in person and what a page's frame shows of them."""

    actor: Actor
    login: str
    subdistrict_name: str
    large_print: bool
    seen_at: datetime


@dataclass(frozen=True)
class TokenHolder:
    actor: Actor
    scopes: frozenset[str]


@dataclass(frozen=True)
class Deputy:
    """One seat on one day.

    Attributes:
        user_id: their account, None for a deputy without one (the station acts on their behalf).
        group_id: the village (community) whose group they belong to.
    """

    person_id: str
    name: str
    user_id: str | None
    mandate_id: str
    group_id: str
    group_name: str
    station_id: str
    station_name: str


@dataclass(frozen=True)
class Account:
    """One line of the administrator's list. `roles`: role and unit name, ready to show."""

    user: User
    roles: tuple[tuple[str, str], ...]


# -------------------------------------------------------------------------------------------- who acts


def actor_of(session: Session, user_id: str) -> Actor:
    """The actor behind an account, with the memberships in force.

    Raises:
        NotFound: no such account, or it is closed.
    """
    rows = session.execute(_ACTOR_BY_USER, {"user": user_id}).all()
    if not rows:
        raise NotFound("没有这个账号，或者账号已停用。")
    return _actor(rows)


def visitor_of(session: Session, token: str, now: datetime) -> Visitor | None:
    """Who this browser is signed in as, in one statement; None when it is not."""
    asked = {"token": passwords.token_hash(token), "now": now, "idle_since": now - rules.SESSION_IDLE}
    rows = session.execute(_ACTOR_BY_SESSION, asked).all()
    if not rows:
        return None
    return Visitor(
        actor=_actor(rows),
        login=rows[0].login,
        subdistrict_name=rows[0].subdistrict_name or "",
        large_print=rows[0].large_print,
        seen_at=rows[0].seen_at,
    )


def holder_of_token(session: Session, token: str, now: datetime) -> TokenHolder | None:
    """Who this API token acts as, in one statement; None when it is unknown or over."""
    rows = session.execute(_ACTOR_BY_TOKEN, {"token": passwords.token_hash(token), "now": now}).all()
    if not rows:
        return None
    return TokenHolder(_actor(rows), frozenset(str(scope) for scope in rows[0].scopes))


# Every request asks one of these, so they are put together once, and of columns: an account as an object would be
# loaded to be thrown away. One row for each membership in force.
_ACTOR = (
    select(User.id, User.display_name, User.subdistrict_id, User.person_id, Membership.role, Membership.unit_id)
    .select_from(User)
    .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.valid_to.is_(None)))
    .where(User.active.is_(True))
)
_ACTOR_BY_USER = _ACTOR.where(User.id == bindparam("user"))
_ACTOR_BY_SESSION = (
    _ACTOR.add_columns(User.login, User.large_print, WebSession.seen_at, Subdistrict.name.label("subdistrict_name"))
    .join(WebSession, WebSession.user_id == User.id)
    .outerjoin(Subdistrict, Subdistrict.id == User.subdistrict_id)
    .where(WebSession.id == bindparam("token"))
    .where(WebSession.expires_at > bindparam("now"), WebSession.seen_at > bindparam("idle_since"))
)
_ACTOR_BY_TOKEN = (
    _ACTOR.add_columns(ApiToken.scopes)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.id == bindparam("token"), ApiToken.expires_at > bindparam("now"))
)


def _actor(rows: Sequence[Any]) -> Actor:
    first = rows[0]
    return Actor(
        id=first.id,
        name=first.display_name,
        subdistrict_id=first.subdistrict_id,
        memberships=frozenset(ground.Membership(row.role, row.unit_id) for row in rows if row.role),
        person_id=first.person_id,
    )


# ---------------------------------------------------------------------------------- who belongs to what


def members(session: Session, role: str, unit_id: str | None = None) -> list[User]:
    """Active accounts of this unit of work's sub-district that hold a role, by name.

    Args:
        unit_id: only holders in this unit, and holders of the role in every unit.
    """
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == role, Membership.valid_to.is_(None), User.active.is_(True))
        .order_by(User.display_name, User.id)
        .distinct()
    )
    if unit_id is not None:
        query = query.where(or_(Membership.unit_id == unit_id, Membership.unit_id.is_(None)))
    return list(session.scalars(_of_here(session, query)))


def role_has_member(session: Session, role: str) -> bool:
    """Whether anybody at all could take up work of this role (a lane nobody belongs to stops a process)."""
    query = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == role, Membership.valid_to.is_(None), User.active.is_(True))
        .limit(1)
    )
    return session.scalar(_of_here(session, query)) is not None


def user_by_login(session: Session, login: str) -> User:
    """
    Raises:
        NotFound: no such account.
    """
    user = session.scalar(select(User).where(User.login == login.strip().lower()))
    if user is None:
        raise NotFound("没有名为“{login}”的账号。", login=login)
    return user


def users_by_id(session: Session, ids: set[str]) -> dict[str, User]:
    """Accounts by id; unknown ids are left out."""
    if not ids:
        return {}
    return {user.id: user for user in session.scalars(select(User).where(User.id.in_(ids)))}


def user_of_person(session: Session, person_id: str) -> User | None:
    """The active account of a person, None when they have none."""
    query = select(User).where(User.person_id == person_id, User.active.is_(True)).order_by(User.id)
    return session.scalars(_of_here(session, query)).first()


def accounts(session: Session) -> list[Account]:
    """Every account of this unit of work's sub-district with its roles, closed ones last."""
    rows = session.execute(
        _of_here(
            session,
            select(User, Membership.role, OrgUnit.name)
            .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.valid_to.is_(None)))
            .outerjoin(OrgUnit, OrgUnit.id == Membership.unit_id)
            .order_by(User.active.desc(), User.login, Membership.role),
        )
    ).all()
    roles: dict[str, list[tuple[str, str]]] = {}
    users: dict[str, User] = {}
    for user, role, unit_name in rows:
        users[user.id] = user
        if role:
            roles.setdefault(user.id, []).append((role, unit_name or ""))
    return [Account(user, tuple(roles.get(user.id, ()))) for user in users.values()]


def _of_here(session: Session, query: Select[*Row]) -> Select[*Row]:
    """Accounts carry no automatic filter (see tables.py), so their queries say where they look."""
    scope = scope_of(session)
    return query if scope == EVERYWHERE else query.where(User.subdistrict_id == scope)


# -------------------------------------------------------------------------------- units, seats, streets


def units(session: Session, kind: UnitKind | None = None, *, on: date | None = None) -> list[OrgUnit]:
    """Units by kind, number and name: those that exist on a day, or that have not ended."""
    query = select(OrgUnit).order_by(OrgUnit.kind, OrgUnit.number, OrgUnit.name)
    if kind is not None:
        query = query.where(OrgUnit.kind == kind.value)
    if on is None:
        query = query.where(OrgUnit.valid_to.is_(None))
    else:
        query = query.where(OrgUnit.valid_from <= on, or_(OrgUnit.valid_to.is_(None), OrgUnit.valid_to >= on))
    return list(session.scalars(query))


def unit(session: Session, unit_id: str) -> OrgUnit:
    """
    Raises:
        NotFound: no such unit in this sub-district.
    """
    found = session.scalar(select(OrgUnit).where(OrgUnit.id == unit_id))
    if found is None:
        raise NotFound("没有这个单位，请刷新后重新选择。")
    return found


def unit_names(session: Session) -> dict[str, str]:
    """Every unit's name by id, ended ones too: old documents keep the old name."""
    return dict(session.execute(select(OrgUnit.id, OrgUnit.name)).all())


def villages_of_station(session: Session, station_id: str) -> list[OrgUnit]:
    return [village for village in units(session, UnitKind.VILLAGE) if village.station_id == station_id]


def person_names(session: Session, person_ids: Iterable[str]) -> dict[str, str]:
    """The names of persons, in one statement."""
    query = select(Person.id, Person.name).where(Person.id.in_(set(person_ids)))
    return dict(session.execute(query).all())


def person(session: Session, person_id: str) -> Person:
    """
    Raises:
        NotFound: no such person in this sub-district.
    """
    found = session.scalar(select(Person).where(Person.id == person_id))
    if found is None:
        raise NotFound("没有这个人员，请刷新后重新选择。")
    return found


def deputies_on(
    session: Session, day: date, *, kind: MandateKind = MandateKind.COUNCILLOR, station_id: str | None = None
) -> list[Deputy]:
    """Who holds a seat of this kind on a day, by village and name.

    A person who moved between groups during a quarter appears with the group of that day.
    """
    group, station = aliased(OrgUnit), aliased(OrgUnit)
    query = (
        select(Mandate.id, Person.id, Person.name, User.id, group.id, group.name, station.id, station.name)
        .join(Person, Person.id == Mandate.person_id)
        .join(group, group.id == Mandate.group_id)
        .join(station, station.id == Mandate.station_id)
        .outerjoin(User, and_(User.person_id == Person.id, User.active.is_(True)))
        .where(
            Mandate.kind == kind.value,
            Mandate.valid_from <= day,
            or_(Mandate.valid_to.is_(None), Mandate.valid_to >= day),
        )
        .order_by(group.number, group.name, Person.name, Person.id)
    )
    if station_id is not None:
        query = query.where(Mandate.station_id == station_id)
    return [
        Deputy(person_id, name, user_id, mandate_id, group_id, group_name, at_id, at_name)
        for mandate_id, person_id, name, user_id, group_id, group_name, at_id, at_name in session.execute(query)
    ]


def subdistricts(session: Session) -> list[Subdistrict]:
    return list(session.scalars(select(Subdistrict).order_by(Subdistrict.code)))


def subdistrict_by_code(session: Session, code: str) -> Subdistrict | None:
    return session.scalar(select(Subdistrict).where(Subdistrict.code == code))


def has_any_user(session: Session) -> bool:
    """Whether the installation has been set up."""
    return bool(session.scalar(select(func.count()).select_from(select(User.id).limit(1).subquery())))


# --------------------------------------------------------------------------------- choices in forms

Choices = list[tuple[str, str]]


def department_choices(session: Session) -> Choices:
    return _unit_choices(session, UnitKind.DEPARTMENT)


def station_choices(session: Session) -> Choices:
    return _unit_choices(session, UnitKind.STATION)


def village_choices(session: Session) -> Choices:
    return _unit_choices(session, UnitKind.VILLAGE)


def deputy_choices(session: Session) -> Choices:
    """Sitting 议政代表 as person id and "name（group）"."""
    rows = session.execute(
        select(Person.id, Person.name, OrgUnit.name)
        .join(Mandate, Mandate.person_id == Person.id)
        .join(OrgUnit, OrgUnit.id == Mandate.group_id)
        .where(Mandate.kind == MandateKind.COUNCILLOR.value, Mandate.valid_to.is_(None))
        .order_by(OrgUnit.number, Person.name)
    )
    return [(person_id, f"{name}（{group}）") for person_id, name, group in rows]


def _unit_choices(session: Session, kind: UnitKind) -> Choices:
    return [(unit.id, unit.name) for unit in units(session, kind)]


# --------------------------------------------------------------------------------------- wrong tries


def tries(session: Session, key: str, now: datetime) -> rules.Tries:
    """Wrong passwords in a row under a key; forgotten after a day without any."""
    row = session.get(SignInTries, key)
    if row is None or row.last_at < now - rules.FORGOTTEN_AFTER:
        return rules.Tries()
    return rules.Tries(row.failures, row.locked_until)
