"""How alike two matters are, by the characters of their words."""

import pytest

from workflows.cases.matching_rules import LIKE, digits, likeness, pairs


def alike(one: str, other: str) -> float:
    return likeness(pairs(one), pairs(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("村内道路积水", "虎山村三组道路积水"),
        ("路灯不亮", "桥头路灯不亮了半个月"),
        ("垃圾桶清运不及时", "垃圾清运很不及时"),
        ("325省道沿线环境", "325省道两边环境差"),
    ],
)
def test_the_same_matter_in_other_words_is_like_it(one: str, other: str) -> None:
    assert alike(one, other) >= LIKE
    assert alike(one, other) == alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("村内道路积水", "楼道堆放液化气瓶"), ("路灯不亮", "学区划分咨询"), ("公厕改造", ""), ("", ""), ("的了", "的了")],
)
def test_other_matters_are_not(one: str, other: str) -> None:
    assert alike(one, other) < LIKE


def test_a_text_is_like_itself_and_words_between_do_not_count() -> None:
    assert alike("门前排水不畅", "门前的排水不畅") == 1
    assert pairs("G204 国道") == {"g204", "国道"}


def test_numbers_are_compared_by_their_digits() -> None:
    assert digits("0527-8432 1234") == digits("052784321234")
