"""The six dimensions, their kinds, and who may record what."""

from datetime import date

import pytest

from workflows.activities import rules
from workflows.activities.rules import AttendanceState, Dimension
from workflows.actor import Actor, Membership, the_clock
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, DEPUTY, STATION


def test_the_six_dimensions_stand_in_their_order() -> None:
    assert [dimension.value for dimension in rules.DIMENSIONS] == [
        "出席议政代表会",
        "参加学习培训",
        "调研视察",
        "代表联系群众",
        "提出意见建议",
        "履职述职活动",
    ]


def test_every_kind_counts_in_exactly_one_dimension() -> None:
    kinds = [kind for kinds in rules.KINDS.values() for kind in kinds]
    assert len(kinds) == len(set(kinds)) == 24
    assert rules.dimension_of("接待日") is Dimension.CONTACT
    with pytest.raises(Invalid, match="没有“打卡”这种活动"):
        rules.dimension_of("打卡")


def test_a_meeting_is_attended_and_an_item_is_signed() -> None:
    assert rules.check_state_fits("视察", "半程") is AttendanceState.HALF
    assert rules.check_state_fits("意见建议", "附议") is AttendanceState.COSIGNER
    for kind, state in (("视察", "领衔"), ("意见建议", "到会"), ("视察", "迟到")):
        with pytest.raises(Invalid):
            rules.check_state_fits(kind, state)


def test_organisers_record_and_deputies_do_not() -> None:
    station = Actor("u1", "站干事", "street", frozenset({Membership(STATION, "s1")}))
    committee = Actor("u2", "工委", "street", frozenset({Membership(COMMITTEE)}))
    deputy = Actor("u3", "代表", "street", frozenset({Membership(DEPUTY)}))
    rules.check_may_record(station, "s1")
    rules.check_may_record(committee, None)
    rules.check_may_record(the_clock("street"), "s1")
    for actor, place in ((station, "s2"), (station, None), (deputy, "s1")):
        with pytest.raises(NotAllowed):
            rules.check_may_record(actor, place)


def test_the_months_of_days() -> None:
    assert rules.months_with([date(2026, 7, 1), date(2026, 7, 31), date(2026, 9, 1)]) == {"2026-07", "2026-09"}
