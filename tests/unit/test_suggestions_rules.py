"""Kinds, numbers, who writes for whom, what a paper needs."""

import pytest

from workflows.actor import Actor, Membership
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.suggestions import rules
from workflows.suggestions.rules import Kind, Status

PAPER = {"title": " 修路 ", "situation": "路面破损。", "proposal": "请修补。", "topic": "道路破损", "addressee": ""}


def somebody(role: str, unit: str | None = None, person: str | None = None) -> Actor:
    return Actor("u", "某人", "s", frozenset({Membership(role, unit)}), person)


@pytest.mark.parametrize(
    ("kind", "count", "number"),
    [(Kind.SUGGESTION, 12, "建2026-012"), (Kind.OPINION, 1, "情2026-001"), (Kind.OVERSIGHT, 1234, "督2026-1234")],
)
def test_a_number_says_its_kind_and_can_be_said(kind: Kind, count: int, number: str) -> None:
    assert rules.number_of(kind, 2026, count) == number


def test_what_is_written_is_trimmed() -> None:
    assert rules.checked_text(**PAPER).title == "修路"


@pytest.mark.parametrize("missing", ["title", "situation", "proposal"])
def test_a_paper_without_a_part_names_the_field(missing: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.checked_text(**{**PAPER, missing: "  "})
    assert list(refusal.value.fields) == [missing]


@pytest.mark.parametrize(
    ("actor", "role"),
    [
        (somebody("代表", person="p1"), "代表"),
        (somebody("工作站", "st1"), "工作站"),
        (somebody("街道人大工委"), "街道人大工委"),
    ],
)
def test_a_deputy_writes_for_himself_and_others_for_those_in_their_care(actor: Actor, role: str) -> None:
    assert rules.check_may_write_for(actor, person_id="p1", station_id="st1") == role


@pytest.mark.parametrize(
    "actor",
    [
        somebody("代表", person="p2"),
        somebody("代表"),
        somebody("工作站", "st2"),
        somebody("承办单位", "d1"),
        somebody("村（社区）", "v1"),
        somebody("流程管理员"),
    ],
)
def test_nobody_else_writes_for_a_deputy(actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        rules.check_may_write_for(actor, person_id="p1", station_id="st1")


@pytest.mark.parametrize("status", [Status.REGISTERED, Status.HANDLED, Status.ANSWERED, Status.CLOSED])
def test_signers_are_settled_with_the_hand_over(status: Status) -> None:
    with pytest.raises(Conflict):
        rules.check_may_add_signer(status)


def test_until_then_signers_may_be_added() -> None:
    for status in (Status.DRAFT, Status.SIGNING, Status.EXAMINED):
        rules.check_may_add_signer(status)


def test_lead_and_cosigner_count_as_the_base_points_name_them() -> None:
    assert rules.attendance_of(is_lead=True) == "领衔"
    assert rules.attendance_of(is_lead=False) == "附议"
