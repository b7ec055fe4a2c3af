"""Roles, passwords and delays: sentences about who may and how long one waits."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.actor import Actor, Membership, the_clock
from workflows.errors import Invalid, NotAllowed
from workflows.people import rules

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def _actor(role: str, subdistrict_id: str | None = "luji") -> Actor:
    return Actor("u", "某人", subdistrict_id, frozenset({Membership(role)}))


def test_only_the_own_process_administrator_manages_accounts() -> None:
    rules.check_manages_accounts(_actor(rules.PROCESS_ADMIN), "luji")
    rules.check_manages_accounts(the_clock(None), None)
    for stranger in (
        _actor(rules.PROCESS_ADMIN, "another"),
        _actor(rules.PROCESS_ADMIN, None),
        _actor(rules.COMMITTEE),
    ):
        with pytest.raises(NotAllowed):
            rules.check_manages_accounts(stranger, stranger.subdistrict_id and "luji")


@pytest.mark.parametrize("role", rules.ROLES)
def test_each_role_is_held_in_its_kind_of_unit_or_in_none(role: str) -> None:
    wanted = rules.UNIT_OF_ROLE.get(role)
    rules.check_role_and_unit(role, wanted)
    with pytest.raises(Invalid):
        rules.check_role_and_unit(role, rules.UnitKind.POINT)
    if wanted:
        with pytest.raises(Invalid):
            rules.check_role_and_unit(role, None)


@pytest.mark.parametrize(
    ("password", "login"),
    [
        ("short-one", "wang"),
        ("aaaaaaaaaaaaaa", "wang"),
        ("password1234", "wang"),
        ("luji123456wangli", "wangli"),
        ("x" * 60 + "abcdefgh" * 10, "wang"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason_at_the_field(password: str, login: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.check_password(password, login)
    assert refusal.value.fields["password"]


@pytest.mark.parametrize("password", ["虎山村的积水今年要排完才行", "four words make sense", "Kx7!m2Qp9$vL"])
def test_a_sentence_is_a_good_password(password: str) -> None:
    rules.check_password(password, "wang")


def test_five_wrong_passwords_delay_by_a_minute_and_the_delay_doubles_up_to_an_hour() -> None:
    tries, delays = rules.Tries(), []
    for _ in range(14):
        tries = rules.after_failure(tries, NOON, free=5)
        delays.append((tries.locked_until - NOON) if tries.locked_until else timedelta(0))
    minutes = [delay.total_seconds() / 60 for delay in delays]
    assert minutes == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert tries.is_locked(NOON + timedelta(minutes=59))
    assert not tries.is_locked(NOON + timedelta(minutes=60))


@pytest.mark.parametrize(
    ("phone", "shown"), [("19900001234", "199****1234"), ("88001", "****8001"), ("110", "***"), ("", "")]
)
def test_telephone_numbers_are_shown_masked(phone: str, shown: str) -> None:
    assert rules.masked_phone(phone) == shown
