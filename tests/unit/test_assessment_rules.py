"""Periods, caps, samples and indexes, against figures worked out by hand."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from workflows.actor import Actor, Membership
from workflows.assessment import rules
from workflows.assessment.rules import IndexWeights, Month, Quarter, VillageFacts
from workflows.engine import decisions, packages
from workflows.engine.expression_functions import Environment
from workflows.errors import Invalid, NotAllowed
from workflows.people.rules import COMMITTEE, STATION, VILLAGE

SHIPPED = IndexWeights(*(Decimal(part) for part in (60, 60, 20, 10, 10)))


@dataclass
class Days:
    """A calendar in which only the listed days are not as the week says."""

    overrides: dict[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        return self.overrides.get(day, day.weekday() < 5)


def test_a_month_knows_its_days_and_its_quarter() -> None:
    month = Month.read("2026-12")
    assert (month.first_day, month.last_day) == (date(2026, 12, 1), date(2026, 12, 31))
    assert str(month.quarter) == "2026Q4"
    assert str(Month.of(date(2028, 2, 29))) == "2028-02"
    assert Month.read("2028-02").last_day == date(2028, 2, 29)


def test_the_last_working_day_may_be_a_make_up_saturday() -> None:
    make_up = Days({date(2026, 2, 28): True})
    assert Month.read("2026-02").last_working_day(make_up) == date(2026, 2, 28)
    assert Month.read("2026-02").last_working_day(Days()) == date(2026, 2, 27)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "202601", "", "2026-11-01"])
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="不是月份"):
        Month.read(text)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 8), "2026Q3"),  # the first working day after the National Day holiday
        (date(2026, 1, 4), "2025Q4"),
        (date(2026, 12, 31), "2026Q3"),
    ],
)
def test_the_quarter_that_was_over(day: date, expected: str) -> None:
    assert str(Quarter.before(day)) == expected


def test_a_quarter_has_three_months() -> None:
    quarter = Quarter.read("2026Q3")
    assert [str(month) for month in quarter.months] == ["2026-07", "2026-08", "2026-09"]
    assert (quarter.first_day, quarter.last_day) == (date(2026, 7, 1), date(2026, 9, 30))
    assert quarter.label == "2026年第三季度"


@pytest.mark.parametrize(("points", "expected"), [(10, 100), (2.5, 25), (118.5, 1185), (35.55, 356)])
def test_points_are_kept_in_tenths(points: float, expected: int) -> None:
    assert rules.tenths(points) == expected


def test_tenths_are_written_as_people_write_points() -> None:
    assert [rules.points_text(n) for n in (1185, 600, 0, -50)] == ["118.5", "60", "0", "-5"]


@pytest.mark.parametrize(
    ("bonus", "cap", "counted"),
    [(150, 200, 150), (250, 200, 200), (0, 200, 0), (-50, 200, -50), (100, -10, 0)],
)
def test_a_bonus_counts_up_to_its_cap(bonus: int, cap: int, counted: int) -> None:
    points = rules.quarter_points(600, bonus, cap)
    assert (points.bonus_counted, points.total) == (counted, 600 + counted)


def test_the_same_fact_is_recognised_through_spaces_and_punctuation() -> None:
    assert rules.fact_key("关于 虎山村排水的建议。") == rules.fact_key("关于虎山村排水的建议")
    assert rules.fact_key("甲建议") != rules.fact_key("乙建议")


def test_a_sample_can_be_drawn_again_by_anybody() -> None:
    ids = [f"activity{n}" for n in range(40)]
    drawn = rules.draw_sample(ids, Decimal("0.2"), 3, "seed")
    assert len(drawn) == 8
    assert rules.draw_sample(reversed(ids), Decimal("0.2"), 3, "seed") == drawn
    assert rules.draw_sample(ids, Decimal("0.2"), 3, "another seed") != drawn


@pytest.mark.parametrize(("held", "expected"), [(0, 0), (2, 2), (3, 3), (15, 3), (16, 4), (20, 4), (21, 5)])
def test_a_sample_is_a_fifth_and_at_least_three(held: int, expected: int) -> None:
    assert len(rules.draw_sample([str(n) for n in range(held)], Decimal("0.2"), 3, "seed")) == expected


def test_a_village_index_as_on_paper() -> None:
    # 11 deputies with 537.5 points: 48.9 on average, 48.9 / 60 = 81.5 %
    # 7 of 9 replies in time: 77.8 %; 2 of 3 reception days: 66.7 %; roll-up in time: 100 %
    # 81.5 * 0.6 + 77.8 * 0.2 + 66.7 * 0.1 + 100 * 0.1 = 48.90 + 15.56 + 6.67 + 10 = 81.13 -> 81.1
    score = rules.village_score(VillageFacts(5375, 11, 7, 9, 2, True), SHIPPED)
    assert score.average_points == Decimal("48.9")
    assert [score.average, score.replies, score.receptions, score.rollup] == [
        Decimal(part) for part in ("81.5", "77.8", "66.7", "100")
    ]
    assert score.index == Decimal("81.1")


def test_points_above_the_target_and_a_quarter_without_replies_count_as_full() -> None:
    score = rules.village_score(VillageFacts(9000, 10, 0, 0, 3, True), SHIPPED)
    assert (score.average, score.replies, score.index) == (100, 100, 100)


def test_a_village_that_did_nothing() -> None:
    assert rules.village_score(VillageFacts(0, 0, 0, 4, 0, False), SHIPPED).index == 0


def test_weights_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(Invalid, match="权重之和"):
        IndexWeights(*(Decimal(part) for part in (60, 50, 20, 10, 10)))


@pytest.mark.parametrize(("total", "expected"), [(600, "100"), (450, "75"), (900, "100"), (0, "0"), (-20, "0")])
def test_a_deputys_index_against_the_target(total: int, expected: str) -> None:
    assert rules.deputy_index(total, Decimal(60)) == Decimal(expected)


def _person(*roles: Membership, person_id: str | None = None, user_id: str = "u1") -> Actor:
    return Actor(user_id, "某人", "street", frozenset(roles), person_id)


def test_nobody_audits_own_lines_not_even_the_committee() -> None:
    with pytest.raises(NotAllowed, match="不能审核自己"):
        rules.check_may_review(_person(Membership(COMMITTEE), person_id="p1"), "p1", "s1")


def test_a_station_reviews_its_own_deputies_only() -> None:
    staff = _person(Membership(STATION, "s1"))
    rules.check_may_review(staff, "p1", "s1")
    with pytest.raises(NotAllowed):
        rules.check_may_review(staff, "p1", "s2")


def test_who_verified_may_approve_only_when_alone() -> None:
    verifier = _person(Membership(COMMITTEE), user_id="u1")
    rules.check_second_pair_of_eyes(verifier, "u1", ["u1"])
    rules.check_second_pair_of_eyes(verifier, "u2", ["u1", "u2"])
    with pytest.raises(NotAllowed, match="核实人"):
        rules.check_second_pair_of_eyes(verifier, "u1", ["u1", "u2"])


def test_who_may_read_a_deputys_file() -> None:
    def may(actor: Actor) -> bool:
        return rules.may_read_file(actor, person_id="p1", group_id="v1", station_id="s1")

    assert may(_person(person_id="p1"))
    assert may(_person(Membership(COMMITTEE)))
    assert may(_person(Membership(STATION, "s1")))
    assert may(_person(Membership(VILLAGE, "v1")))
    assert not may(_person(person_id="p2"))
    assert not may(_person(Membership(STATION, "s2")))
    assert not may(_person(Membership(VILLAGE, "v2")))


@pytest.mark.parametrize(
    ("indexes", "places"),
    [([900, 850, 400], [1, 2, 3]), ([900, 900, 500], [1, 1, 3]), ([500], [1]), ([], []), ([600, 700, 600], [2, 1, 2])],
)
def test_equal_indexes_share_their_place(indexes: list[int], places: list[int]) -> None:
    assert rules.ranks(indexes) == places


ANY_DAY = Environment(today=date(2026, 10, 23))
BOARD = packages.read_folder(Path(__file__).parents[2] / "bpmn" / "quarterly_assessment")


@pytest.mark.parametrize(
    ("rank", "index", "red"), [(1, 85.0, True), (1, 84.9, False), (2, 99.0, False), (1, 100.0, True)]
)
def test_the_red_board_is_for_a_first_place_that_is_good_enough(rank: int, index: float, red: bool) -> None:
    table = decisions.parse(BOARD.files["decisions/board_red.dmn"])["board_red"]
    assert table.decide({"rank": rank, "index": index}, ANY_DAY).result["red"] is red


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"index": 60.0, "late_cases": 0, "missed_months": 0}, 0),
        ({"index": 59.9, "late_cases": 0, "missed_months": 0}, 1),
        ({"index": 90.0, "late_cases": 1, "missed_months": 0}, 1),
        ({"index": 90.0, "late_cases": 0, "missed_months": 1}, 1),
        ({"index": 10.0, "late_cases": 2, "missed_months": 3}, 3),
    ],
)
def test_the_black_board_names_every_reason(facts: dict[str, float], reasons: int) -> None:
    table = decisions.parse(BOARD.files["decisions/board_black.dmn"])["board_black"]
    assert len(table.decide(facts, ANY_DAY).result) == reasons
