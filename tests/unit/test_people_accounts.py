"""Accounts, sessions, tokens and seats on a real SQLite file."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from workflows import audit
from workflows.actor import Actor, Membership, the_clock
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.people import actions, passwords, queries, rules
from workflows.people.actions import Refused, SignedIn
from workflows.people.rules import MandateKind, MandateLevel, UnitKind
from workflows.people.tables import WebSession
from workflows.storage.session import EVERYWHERE, Base, Database

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
TODAY = date(2026, 3, 2)
PASSWORD = "虎山村的积水今年要排完才行"


@dataclass
class Town:
    database: Database
    street: str
    station: str
    village: str
    clerk: str  # user id


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    database = Database(f"sqlite:///{tmp_path / 'luji.sqlite3'}")
    Base.metadata.create_all(database.sql)
    with database.unit_of_work(EVERYWHERE) as session:
        street = actions.create_subdistrict(
            session, the_clock(None), code="LJ", name="陆集街道", district="宿豫区", at=NOON
        ).id
    us = the_clock(street)
    with database.unit_of_work(street) as session:
        station = actions.create_unit(session, us, kind=UnitKind.STATION, name="官庄站", at=NOON).id
        village = actions.create_unit(session, us, kind=UnitKind.VILLAGE, name="虎山村", station_id=station, at=NOON).id
        clerk = actions.create_user(session, us, login="Wang", password=PASSWORD, display_name="王干事", at=NOON).id
        actions.grant(session, us, user_id=clerk, role=rules.STATION, unit_id=station, at=NOON)
    yield Town(database, street, station, village, clerk)
    database.dispose()


def _sign_in(
    town: Town,
    password: str,
    *,
    login: str = "wang",
    at: datetime = NOON,
    address: str = "10.0.0.1",
    **more: str,
) -> SignedIn | Refused:
    with town.database.reading(EVERYWHERE) as session:
        checked = actions.check_sign_in(session, login=login, password=password, address=address, at=at)
    with town.database.unit_of_work(EVERYWHERE) as session:
        return actions.sign_in(session, checked=checked, at=at, **more)


def _visitor(town: Town, token: str, at: datetime) -> queries.Visitor | None:
    with town.database.reading(EVERYWHERE) as session:
        return queries.visitor_of(session, token, at)


def test_a_clerk_signs_in_with_any_spelling_of_the_login_and_acts_with_their_roles(town: Town) -> None:
    signed_in = _sign_in(town, PASSWORD, login=" WANG ")
    assert isinstance(signed_in, SignedIn)
    visitor = _visitor(town, signed_in.token, NOON)
    assert visitor is not None
    assert visitor.actor.memberships == {Membership(rules.STATION, town.station)}
    assert visitor.actor.subdistrict_id == town.street
    assert visitor.subdistrict_name == "陆集街道"


def test_only_hashes_of_session_tokens_are_stored(town: Town) -> None:
    signed_in = _sign_in(town, PASSWORD)
    assert isinstance(signed_in, SignedIn)
    with town.database.reading(EVERYWHERE) as session:
        assert signed_in.token not in session.scalars(select(WebSession.id)).all()


def test_a_session_ends_after_half_an_hour_idle_or_twelve_hours_in_all(town: Town) -> None:
    signed_in = _sign_in(town, PASSWORD)
    assert isinstance(signed_in, SignedIn)
    assert _visitor(town, signed_in.token, NOON + timedelta(minutes=29))
    assert _visitor(town, signed_in.token, NOON + timedelta(minutes=31)) is None
    at = NOON
    while at < NOON + timedelta(hours=11, minutes=40):
        at += timedelta(minutes=20)
        with town.database.unit_of_work(EVERYWHERE) as session:
            actions.touch(session, token=signed_in.token, at=at)
    assert _visitor(town, signed_in.token, at + timedelta(minutes=10))
    assert _visitor(town, signed_in.token, at + timedelta(minutes=21)) is None


def test_signing_in_again_ends_the_browsers_former_session(town: Town) -> None:
    first = _sign_in(town, PASSWORD)
    assert isinstance(first, SignedIn)
    second = _sign_in(town, PASSWORD, replaces=first.token)
    assert isinstance(second, SignedIn)
    assert second.token != first.token
    assert _visitor(town, first.token, NOON) is None
    assert _visitor(town, second.token, NOON)


def test_signing_out_closing_and_a_new_password_end_sessions_at_once(town: Town) -> None:
    us = the_clock(town.street)
    for end in ("sign_out", "set_password", "close_user"):
        signed_in = _sign_in(town, PASSWORD)
        assert isinstance(signed_in, SignedIn), end
        with town.database.unit_of_work(EVERYWHERE) as session:
            if end == "sign_out":
                actor = queries.actor_of(session, town.clerk)
                actions.sign_out(session, actor, token=signed_in.token, at=NOON)
            elif end == "set_password":
                actions.set_password(session, us, user_id=town.clerk, password=PASSWORD, at=NOON)
            else:
                actions.close_user(session, us, user_id=town.clerk, at=NOON)
        assert _visitor(town, signed_in.token, NOON) is None, end
    assert isinstance(_sign_in(town, PASSWORD), Refused)


def test_a_known_and_an_unknown_login_are_refused_and_delayed_alike(town: Town) -> None:
    for login, address in (("wang", "10.0.0.2"), ("nobody", "10.0.0.3")):
        waits = [_sign_in(town, "wrong password!", login=login, address=address) for _ in range(6)]
        assert waits == [Refused(0)] * 4 + [Refused(1), Refused(1)]
    assert isinstance(_sign_in(town, PASSWORD, at=NOON + timedelta(seconds=59)), Refused)
    assert isinstance(_sign_in(town, PASSWORD, at=NOON + timedelta(seconds=60)), SignedIn)


def test_one_address_that_tries_many_logins_is_delayed(town: Town) -> None:
    results = [_sign_in(town, "wrong password!", login=f"guess{i}") for i in range(20)]
    assert results[-2:] == [Refused(0), Refused(1)]
    assert isinstance(_sign_in(town, PASSWORD), Refused)
    assert isinstance(_sign_in(town, PASSWORD, address="10.0.0.9"), SignedIn)


def test_failures_are_audited_without_the_name_that_was_typed(town: Town) -> None:
    _sign_in(town, "wrong password!", login="my secret password")
    with town.database.reading(EVERYWHERE) as session:
        entries = session.scalars(select(audit.AuditEntry)).all()
        assert audit.verify(session) == []
        written = [(e.action, e.object_key, str(e.facts)) for e in entries]
    assert ("sign_in_failed", "user:unknown") in [(action, key) for action, key, _ in written]
    assert not any("secret" in text for entry in written for text in entry)


def test_a_role_that_was_taken_away_no_longer_counts(town: Town) -> None:
    us = the_clock(town.street)
    with town.database.unit_of_work(town.street) as session:
        assert queries.role_has_member(session, rules.STATION)
        assert not queries.role_has_member(session, rules.OFFICE)
        actions.revoke(session, us, user_id=town.clerk, role=rules.STATION, unit_id=town.station, at=NOON)
        session.flush()
        assert queries.actor_of(session, town.clerk).memberships == frozenset()
        assert not queries.role_has_member(session, rules.STATION)


def test_members_of_another_street_do_not_count_here(town: Town) -> None:
    with town.database.unit_of_work(EVERYWHERE) as session:
        other = actions.create_subdistrict(
            session, the_clock(None), code="B", name="另一街道", district="宿豫区", at=NOON
        ).id
    with town.database.reading(other) as session:
        assert queries.members(session, rules.STATION) == []
        assert queries.accounts(session) == []
        assert queries.units(session) == []
    admin = Actor("u9", "外人", other, frozenset({Membership(rules.PROCESS_ADMIN)}))
    with town.database.unit_of_work(other) as session, pytest.raises(NotAllowed):
        actions.close_user(session, admin, user_id=town.clerk, at=NOON)


def test_members_are_found_by_role_and_unit(town: Town) -> None:
    with town.database.reading(town.street) as session:
        assert [u.id for u in queries.members(session, rules.STATION, town.station)] == [town.clerk]
        assert queries.members(session, rules.STATION, town.village) == []


def test_a_deputy_sits_from_the_first_to_the_last_day_in_the_group_of_that_day(town: Town) -> None:
    us = the_clock(town.street)
    with town.database.unit_of_work(town.street) as session:
        person = actions.create_person(session, us, name="李代表", phone="19900000001", at=NOON)
        seat = {"person_id": person.id, "term": "第一届", "group_id": town.village, "at": NOON}
        first = actions.seat_deputy(session, us, valid_from=TODAY, **seat)  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            actions.seat_deputy(session, us, valid_from=TODAY, **seat)  # type: ignore[arg-type]
        actions.seat_deputy(session, us, kind=MandateKind.DEPUTY, level=MandateLevel.DISTRICT, valid_from=TODAY, **seat)  # type: ignore[arg-type]
        actions.end_mandate(session, us, mandate_id=first.id, last_day=TODAY + timedelta(days=9), basis="调整", at=NOON)
    with town.database.reading(town.street) as session:
        assert queries.deputies_on(session, TODAY - timedelta(days=1)) == []
        (deputy,) = queries.deputies_on(session, TODAY + timedelta(days=9))
        assert (deputy.name, deputy.group_name, deputy.station_name) == ("李代表", "虎山村", "官庄站")
        assert queries.deputies_on(session, TODAY + timedelta(days=10)) == []
        assert len(queries.deputies_on(session, TODAY + timedelta(days=10), kind=MandateKind.DEPUTY)) == 1


def test_a_person_has_one_open_account(town: Town) -> None:
    us = the_clock(town.street)
    with town.database.unit_of_work(town.street) as session:
        person = actions.create_person(session, us, name="李代表", at=NOON)
        account = {"password": PASSWORD, "display_name": "李", "person_id": person.id, "at": NOON}
        first = actions.create_user(session, us, login="li", **account)  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            actions.create_user(session, us, login="li2", **account)  # type: ignore[arg-type]
        actions.close_user(session, us, user_id=first.id, at=NOON)
        session.flush()
        actions.create_user(session, us, login="li2", **account)  # type: ignore[arg-type]


def test_a_token_acts_as_its_user_until_it_ends(town: Town) -> None:
    with town.database.unit_of_work(EVERYWHERE) as session:
        clerk = queries.actor_of(session, town.clerk)
        token = actions.issue_token(session, clerk, user_id=clerk.id, name="脚本", days=7, at=NOON)
    with town.database.reading(EVERYWHERE) as session:
        holder = queries.holder_of_token(session, token, NOON + timedelta(days=6))
        assert holder is not None
        assert holder.actor.id == town.clerk
        assert holder.scopes == {rules.SCOPE_READ, rules.SCOPE_WORK}
        assert queries.holder_of_token(session, token, NOON + timedelta(days=7)) is None
        assert queries.holder_of_token(session, "luji_guess", NOON) is None
    with town.database.unit_of_work(EVERYWHERE) as session:
        actions.revoke_token(session, clerk, user_id=clerk.id, name="脚本", at=NOON)
    with town.database.reading(EVERYWHERE) as session:
        assert queries.holder_of_token(session, token, NOON) is None


def test_nobody_makes_a_token_for_somebody_else(town: Town) -> None:
    stranger = Actor("u9", "外人", town.street, frozenset({Membership(rules.COMMITTEE)}))
    with town.database.unit_of_work(EVERYWHERE) as session, pytest.raises(NotAllowed):
        actions.issue_token(session, stranger, user_id=town.clerk, name="x", at=NOON)


def test_a_closed_or_unknown_account_is_not_found(town: Town) -> None:
    with town.database.reading(EVERYWHERE) as session:
        with pytest.raises(NotFound):
            queries.actor_of(session, "nobody")
        with pytest.raises(NotFound):
            queries.user_by_login(session, "nobody")
        assert session.scalar(select(func.count()).select_from(WebSession)) == 0


def test_what_ships_hashes_passwords_as_owasp_says() -> None:
    """A fresh copy of the module: the tests use the lowest cost."""
    spec = importlib.util.spec_from_file_location("shipped_passwords", passwords.__file__)
    assert spec is not None
    assert spec.loader is not None
    shipped = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shipped)
    hashed = shipped.hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert shipped.verify(hashed, PASSWORD)
    assert not shipped.verify(hashed, PASSWORD + " ")
    assert shipped.needs_rehash(passwords.hash_password(PASSWORD))
