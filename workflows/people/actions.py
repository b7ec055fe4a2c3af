"""What is done about people and accounts.

This room stands beside the engine and cannot ask its clock, so every action takes the moment as ``at``.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor, the_clock
from workflows.clock import beijing_date
from workflows.errors import Invalid, NotFound
from workflows.people import passwords, queries, rules
from workflows.people.rules import MandateKind, MandateLevel, UnitKind
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

_LOGIN_MAX = 40

# --------------------------------------------------------------------------------- streets, units, people


def create_subdistrict(
    session: Session, actor: Actor, *, code: str, name: str, district: str, at: datetime
) -> Subdistrict:
    """Open a sub-district in this installation. Only the installation itself may.

    Raises:
        NotAllowed: a person asked for it.
        Invalid: the code is taken.
    """
    rules.check_manages_accounts(actor, None)
    if queries.subdistrict_by_code(session, code):
        raise Invalid("代码“{code}”已被另一个街道使用，请换一个。", code=code)
    subdistrict = Subdistrict(code=code, name=name, district=district)
    session.add(subdistrict)
    session.flush()
    audit.record(session, actor, "created", f"subdistrict:{subdistrict.id}", at=at, name=name)
    return subdistrict


def create_unit(
    session: Session,
    actor: Actor,
    *,
    kind: UnitKind,
    name: str,
    at: datetime,
    number: str = "",
    parent_id: str | None = None,
    station_id: str | None = None,
    valid_from: date | None = None,
) -> OrgUnit:
    """Add a village, venue or department.

    Args:
        station_id: of a village, the station that serves it.
        valid_from: first day; the Beijing date of `at` unless told otherwise.

    Raises:
        NotAllowed: the actor does not manage this sub-district.
        NotFound: no such parent or station.
        Invalid: no name, or what was named as the station is not one.
    """
    rules.check_manages_accounts(actor, actor.subdistrict_id)
    if not name.strip():
        raise Invalid("请填写单位名称。", fields={"name": "请填写单位名称。"})
    if parent_id:
        queries.unit(session, parent_id)
    if station_id and queries.unit(session, station_id).kind != UnitKind.STATION:
        raise Invalid("请选择一个代表工作站。", fields={"station_id": "请选择一个代表工作站。"})
    unit = OrgUnit(
        kind=kind.value,
        name=name.strip(),
        number=number,
        parent_id=parent_id,
        station_id=station_id,
        valid_from=valid_from or beijing_date(at),
    )
    session.add(unit)
    session.flush()
    audit.record(session, actor, "created", f"org_unit:{unit.id}", at=at, kind=kind.value, name=unit.name)
    return unit


def set_unit_phone(session: Session, actor: Actor, *, unit_id: str, phone: str, at: datetime) -> OrgUnit:
    """The number under which people reach a unit; "" takes it away.

    Raises:
        NotAllowed: the actor does not manage this sub-district.
        NotFound: no such unit.
        Invalid: no number that can be dialled.
    """
    rules.check_manages_accounts(actor, actor.subdistrict_id)
    unit, number = queries.unit(session, unit_id), rules.office_phone(phone)
    audit.record(session, actor, "phone_changed", f"org_unit:{unit.id}", at=at, old=unit.phone, new=number)
    unit.phone = number
    return unit


def create_person(session: Session, actor: Actor, *, name: str, at: datetime, phone: str = "") -> Person:
    """Add somebody who works here or represents people here.

    Raises:
        NotAllowed: the actor does not manage this sub-district.
        Invalid: no name.
    """
    rules.check_manages_accounts(actor, actor.subdistrict_id)
    if not name.strip():
        raise Invalid("请填写姓名。", fields={"name": "请填写姓名。"})
    person = Person(name=name.strip(), phone=phone.strip())
    session.add(person)
    session.flush()
    audit.record(session, actor, "created", f"person:{person.id}", at=at)
    return person


def seat_deputy(
    session: Session,
    actor: Actor,
    *,
    person_id: str,
    term: str,
    group_id: str,
    valid_from: date,
    at: datetime,
    kind: MandateKind = MandateKind.COUNCILLOR,
    level: MandateLevel = MandateLevel.SUBDISTRICT,
    station_id: str | None = None,
    basis: str = "",
) -> Mandate:
    """Give a person a seat. A move to another group is an end and a new seat, so that history stays.

    Args:
        group_id: the village (community) whose group they join.
        station_id: their station; the one that serves the village unless told otherwise.

    Raises:
        NotAllowed: the actor does not manage this sub-district.
        NotFound: no such person or unit.
        Invalid: not a village, no station, or the person already holds such a seat then.
    """
    rules.check_manages_accounts(actor, actor.subdistrict_id)
    person = queries.person(session, person_id)
    group = queries.unit(session, group_id)
    if group.kind != UnitKind.VILLAGE:
        raise Invalid("代表小组要以村（社区）为单位。", fields={"group_id": "请选择一个村（社区）。"})
    station = queries.unit(session, station_id or group.station_id or "")
    if station.kind != UnitKind.STATION:
        raise Invalid("请选择一个代表工作站。", fields={"station_id": "请选择一个代表工作站。"})
    _check_seat_is_free(session, person, kind, valid_from)
    mandate = Mandate(
        person_id=person.id,
        kind=kind.value,
        level=level.value,
        term=term,
        group_id=group.id,
        station_id=station.id,
        basis=basis,
        valid_from=valid_from,
    )
    session.add(mandate)
    session.flush()
    audit.record(
        session,
        actor,
        "seated",
        f"mandate:{mandate.id}",
        at=at,
        person=person.id,
        kind=kind.value,
        basis=basis,
    )
    return mandate


def end_mandate(
    session: Session, actor: Actor, *, mandate_id: str, last_day: date, basis: str, at: datetime
) -> Mandate:
    """End a seat after its last day; the row stays for every result it counted in.

    Raises:
        NotAllowed: the actor does not manage this sub-district.
        NotFound: no such seat.
        Invalid: it has ended already, or would end before it began.
    """
    rules.check_manages_accounts(actor, actor.subdistrict_id)
    mandate = session.scalar(select(Mandate).where(Mandate.id == mandate_id))
    if mandate is None:
        raise NotFound("没有这个代表任职记录，请刷新列表。")
    if mandate.valid_to is not None or last_day < mandate.valid_from:
        raise Invalid("这个任职已经结束，或者结束日期早于开始日期。")
    mandate.valid_to, mandate.basis = last_day, basis
    audit.record(session, actor, "ended", f"mandate:{mandate.id}", at=at, last_day=last_day.isoformat(), basis=basis)
    return mandate


def _check_seat_is_free(session: Session, person: Person, kind: MandateKind, day: date) -> None:
    held = session.scalars(select(Mandate).where(Mandate.person_id == person.id, Mandate.kind == kind.value)).all()
    if any(seat.valid_to is None or seat.valid_to >= day for seat in held):
        raise Invalid("{name}在这一天已经是{kind}，请先结束原来的任职。", name=person.name, kind=kind.value)


# ----------------------------------------------------------------------------------------- accounts


def create_user(
    session: Session,
    actor: Actor,
    *,
    login: str,
    password: str,
    display_name: str,
    at: datetime,
    subdistrict_id: str | None = None,
    person_id: str | None = None,
) -> User:
    """Open an account.

    Args:
        login: kept in lower case; unique in the installation.
        subdistrict_id: the actor's own unless told otherwise; only the installation may leave it out.

    Raises:
        NotAllowed: the actor does not manage that sub-district.
        NotFound: no such person there.
        Invalid: the login is taken or malformed, the password too weak, or the person has an account; with
            the fields.
    """
    subdistrict_id = subdistrict_id or actor.subdistrict_id
    rules.check_manages_accounts(actor, subdistrict_id)
    login = login.strip().lower()
    if not login or len(login) > _LOGIN_MAX or not login.isprintable() or " " in login:
        raise Invalid("账号名不合要求。", fields={"login": "账号名要有 1 到 40 个字符，不含空格。"})
    if session.scalar(select(User.id).where(User.login == login)):
        raise Invalid("这个账号名已经有人使用。", fields={"login": "这个账号名已经有人使用，请换一个。"})
    rules.check_password(password, login)
    if person_id:
        _check_person_is_free(session, person_id, subdistrict_id)
    user = User(
        subdistrict_id=subdistrict_id,
        login=login,
        password_hash=passwords.hash_password(password),
        person_id=person_id,
        display_name=display_name,
        active=True,
        large_print=False,
        created_at=at,
    )
    session.add(user)
    session.flush()
    audit.record(session, actor, "created", f"user:{user.id}", at=at, login=login)
    return user


def _check_person_is_free(session: Session, person_id: str, subdistrict_id: str | None) -> None:
    person = queries.person(session, person_id)
    if person.subdistrict_id != subdistrict_id:
        raise NotFound("没有这个人员，请刷新后重新选择。")
    if session.scalar(select(User.id).where(User.person_id == person_id, User.active.is_(True))):
        raise Invalid(
            "{name}已经有账号，请先停用原来的账号。",
            fields={"person_id": "这个人已经有账号。"},
            name=person.name,
        )


def set_password(session: Session, actor: Actor, *, user_id: str, password: str, at: datetime) -> User:
    """Give an account a new password and end all of its sessions.

    Raises:
        NotFound: no such account.
        NotAllowed: the actor is neither its holder nor manages it.
        Invalid: the password is too weak.
    """
    user = _user(session, user_id)
    if actor.id != user.id:
        rules.check_manages_accounts(actor, user.subdistrict_id)
    rules.check_password(password, user.login)
    user.password_hash = passwords.hash_password(password)
    _end_sessions(session, user.id)
    audit.record(session, actor, "password_set", f"user:{user.id}", at=at)
    return user


def close_user(session: Session, actor: Actor, *, user_id: str, at: datetime) -> User:
    """Close an account: its sessions and tokens end at once, its name stays in every history.

    Raises:
        NotFound: no such account.
        NotAllowed: the actor does not manage it.
        Invalid: it is the actor's own.
    """
    user = _user(session, user_id)
    rules.check_manages_accounts(actor, user.subdistrict_id)
    if actor.id == user.id:
        raise Invalid("不能停用自己的账号，请让另一位流程管理员来操作。")
    user.active = False
    _end_sessions(session, user.id)
    session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))
    audit.record(session, actor, "closed", f"user:{user.id}", at=at)
    return user


def set_large_print(session: Session, actor: Actor, *, on: bool) -> None:
    """Remember whether this person wants the large-print pages (大字版)."""
    _user(session, actor.id).large_print = on


def grant(
    session: Session, actor: Actor, *, user_id: str, role: str, at: datetime, unit_id: str | None = None
) -> Membership:
    """Give an account a role, in a unit where the role is held in one. Safe to do twice.

    Raises:
        NotFound: no such account or unit.
        NotAllowed: the actor does not manage the account.
        Invalid: the role and the unit do not go together.
    """
    user = _user(session, user_id)
    rules.check_manages_accounts(actor, user.subdistrict_id)
    if role == rules.DISTRICT and not actor.is_clock:
        raise Invalid("区人大的账号由系统管理员开通，请联系系统管理员。")
    unit = queries.unit(session, unit_id) if unit_id else None
    if unit and unit.subdistrict_id != user.subdistrict_id:
        raise NotFound("没有这个单位，请刷新后重新选择。")
    rules.check_role_and_unit(role, unit.kind if unit else None)
    held = session.scalars(_held(user.id, role, unit_id)).first()
    if held:
        return held
    membership = Membership(user_id=user.id, role=role, unit_id=unit_id, valid_from=beijing_date(at))
    session.add(membership)
    session.flush()
    audit.record(session, actor, "granted", f"user:{user.id}", at=at, role=role, unit=unit_id)
    return membership


def revoke(
    session: Session, actor: Actor, *, user_id: str, role: str, at: datetime, unit_id: str | None = None
) -> None:
    """Take a role away; it counts from the next request on.

    Raises:
        NotFound: no such account, or it does not hold the role.
        NotAllowed: the actor does not manage the account.
    """
    user = _user(session, user_id)
    rules.check_manages_accounts(actor, user.subdistrict_id)
    held = session.scalars(_held(user.id, role, unit_id)).first()
    if held is None:
        raise NotFound("这个账号没有这个角色，请刷新列表。")
    held.valid_to = beijing_date(at)
    audit.record(session, actor, "revoked", f"user:{user.id}", at=at, role=role, unit=unit_id)


def _held(user_id: str, role: str, unit_id: str | None) -> Select[Membership]:
    query = select(Membership).where(
        Membership.user_id == user_id, Membership.role == role, Membership.valid_to.is_(None)
    )
    return query.where(Membership.unit_id == unit_id if unit_id else Membership.unit_id.is_(None))


def _user(session: Session, user_id: str) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("没有这个账号，请刷新列表。")
    return user


def _end_sessions(session: Session, user_id: str) -> None:
    session.execute(delete(WebSession).where(WebSession.user_id == user_id))


# ------------------------------------------------------------------------------------------ signing in


@dataclass(frozen=True)
class Checked:
    """A password looked at, nothing written yet.

    Looking takes some 30 ms of argon2 on purpose. It is done in a reading session, so that guessing never
    holds the write lock of an SQLite database.
    """

    login: str
    address: str
    user_id: str | None
    fits: bool
    rehashed: str | None
    locked_until: datetime | None


@dataclass(frozen=True)
class SignedIn:
    """`token` goes into the browser's cookie and nowhere else."""

    token: str
    user_id: str


@dataclass(frozen=True)
class Refused:
    """Not signed in. A value and not an exception, because the failed try must be committed.

    Attributes:
        wait_minutes: how long to wait before the next try, 0 when at once.
    """

    wait_minutes: int


def check_sign_in(session: Session, *, login: str, password: str, address: str, at: datetime) -> Checked:
    """Compare a password, in the same time whether the account exists or not."""
    login = login.strip().lower()
    locks = [
        tries.locked_until
        for tries in (
            queries.tries(session, _login_key(login), at),
            queries.tries(session, _address_key(address), at),
        )
        if tries.locked_until and tries.is_locked(at)
    ]
    user = session.scalar(select(User).where(User.login == login, User.active.is_(True)))
    fits = passwords.verify(user.password_hash if user else None, password[: rules.PASSWORD_MAX_LENGTH])
    rehashed = (
        passwords.hash_password(password) if user and fits and passwords.needs_rehash(user.password_hash) else None
    )
    return Checked(login, address, user.id if user else None, fits, rehashed, max(locks, default=None))


def sign_in(session: Session, *, checked: Checked, at: datetime, replaces: str | None = None) -> SignedIn | Refused:
    """Open a session for a password that fits, or note a wrong one.

    Args:
        replaces: the token this browser held before; its session ends (no session outlives a sign-in).
    """
    if checked.locked_until:
        return Refused(_minutes(checked.locked_until - at))
    user = session.get(User, checked.user_id) if checked.user_id and checked.fits else None
    if user is None:
        return _note_failure(session, checked, at)
    session.execute(delete(SignInTries).where(SignInTries.id == _login_key(checked.login)))
    if checked.rehashed:
        user.password_hash = checked.rehashed
    if replaces:
        session.execute(delete(WebSession).where(WebSession.id == passwords.token_hash(replaces)))
    session.execute(delete(WebSession).where(WebSession.user_id == user.id, WebSession.expires_at <= at))
    token = passwords.new_token()
    session.add(
        WebSession(
            id=passwords.token_hash(token),
            user_id=user.id,
            created_at=at,
            seen_at=at,
            expires_at=at + rules.SESSION_ABSOLUTE,
        )
    )
    audit.record(session, _self(user), "signed_in", f"user:{user.id}", at=at, address=checked.address)
    return SignedIn(token, user.id)


def sign_out(session: Session, actor: Actor, *, token: str, at: datetime) -> None:
    """End this browser's session. Safe to do twice."""
    session.execute(delete(WebSession).where(WebSession.id == passwords.token_hash(token)))
    audit.record(session, actor, "signed_out", f"user:{actor.id}", at=at)


def touch(session: Session, *, token: str, at: datetime) -> None:
    """Note that the session is in use, so that it is not ended as idle."""
    row = session.get(WebSession, passwords.token_hash(token))
    if row is not None:
        row.seen_at = at


def wait_before_next_code(session: Session, *, address: str, at: datetime) -> int:
    """For how many minutes this address may not look up tracking codes; 0 when it may."""
    tries = queries.tries(session, _code_key(address), at)
    return _minutes(tries.locked_until - at) if tries.locked_until and tries.is_locked(at) else 0


def note_wrong_code(session: Session, *, address: str, at: datetime) -> None:
    """One more tracking code that does not exist, from this address."""
    _one_more(session, _code_key(address), rules.CODE_FREE_FAILURES, at)


def _one_more(session: Session, key: str, free: int, at: datetime) -> rules.Tries:
    after = rules.after_failure(queries.tries(session, key, at), at, free)
    row = session.get(SignInTries, key) or SignInTries(id=key)
    row.failures, row.locked_until, row.last_at = after.failures, after.locked_until, at
    session.add(row)
    return after


def _note_failure(session: Session, checked: Checked, at: datetime) -> Refused:
    session.execute(delete(SignInTries).where(SignInTries.last_at < at - rules.FORGOTTEN_AFTER))
    locked: list[datetime] = []
    for key, free in (
        (_login_key(checked.login), rules.LOGIN_FREE_FAILURES),
        (_address_key(checked.address), rules.ADDRESS_FREE_FAILURES),
    ):
        after = _one_more(session, key, free, at)
        if after.locked_until and after.is_locked(at):
            locked.append(after.locked_until)
    user = session.get(User, checked.user_id) if checked.user_id else None
    actor = the_clock(user.subdistrict_id if user else None)
    # The name typed is not noted for unknown accounts: people type their password there by mistake.
    key = f"user:{user.id}" if user else "user:unknown"
    audit.record(session, actor, "sign_in_failed", key, at=at, address=checked.address)
    return Refused(_minutes(max(locked) - at) if locked else 0)


def _login_key(login: str) -> str:
    return f"login:{hashlib.sha256(login.encode()).hexdigest()}"


def _address_key(address: str) -> str:
    return f"from:{address}"[:70]


def _code_key(address: str) -> str:
    return f"code:{address}"[:70]


def _minutes(wait: timedelta) -> int:
    return max(1, -(-int(wait.total_seconds()) // 60))


def _self(user: User) -> Actor:
    return Actor(user.id, user.display_name, user.subdistrict_id, person_id=user.person_id)


# ---------------------------------------------------------------------------------------------- tokens


def issue_token(
    session: Session,
    actor: Actor,
    *,
    user_id: str,
    name: str,
    at: datetime,
    scopes: tuple[str, ...] = (rules.SCOPE_READ, rules.SCOPE_WORK),
    days: int = rules.TOKEN_LIFE_DAYS,
) -> str:
    """Make a key for a program and return it: this is the only time it can be read. Same name: replaced.

    Raises:
        NotFound: no such account.
        NotAllowed: the actor is neither its holder nor manages it.
        Invalid: an unknown scope, or a life that is too long.
    """
    user = _user(session, user_id)
    if actor.id != user.id:
        rules.check_manages_accounts(actor, user.subdistrict_id)
    if not set(scopes) <= set(rules.SCOPES):
        raise Invalid("访问令牌的权限只能是：{scopes}。", scopes=", ".join(rules.SCOPES))
    if not 1 <= days <= rules.TOKEN_MAX_DAYS:
        raise Invalid("访问令牌的有效期要在 1 到 {days} 天之间。", days=rules.TOKEN_MAX_DAYS)
    session.execute(delete(ApiToken).where(ApiToken.user_id == user.id, ApiToken.name == name))
    token = f"luji_{passwords.new_token()}"
    session.add(
        ApiToken(
            id=passwords.token_hash(token),
            user_id=user.id,
            name=name,
            scopes=sorted(scopes),
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
    )
    audit.record(session, actor, "token_issued", f"user:{user.id}", at=at, name=name, scopes=sorted(scopes))
    return token


def revoke_token(session: Session, actor: Actor, *, user_id: str, name: str, at: datetime) -> None:
    """End a program's key at once. Safe to do twice.

    Raises:
        NotFound: no such account.
        NotAllowed: the actor is neither its holder nor manages it.
    """
    user = _user(session, user_id)
    if actor.id != user.id:
        rules.check_manages_accounts(actor, user.subdistrict_id)
    session.execute(delete(ApiToken).where(ApiToken.user_id == user.id, ApiToken.name == name))
    audit.record(session, actor, "token_revoked", f"user:{user.id}", at=at, name=name)
