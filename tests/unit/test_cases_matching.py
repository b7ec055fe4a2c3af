"""How alike two matters are, by the characters of their words."""

import pytest

from workflows.cases.matching_rules import LIKE, digits, in_common, is_like, likeness, nearness, pairs, same_place


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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("虎山村三组", "虎山村三组", True),
        ("虎山村三组", "虎山村三组路口", True),
        ("虎山村三组", "虎山村四组", False),
        ("虎山村三组路口", "虎山村四组路口", False),
        ("虎山村", "官庄村", False),
        ("桥", "桥", True),
        ("桥", "路", False),
        ("", "", False),
    ],
)
def test_a_place_is_the_same_in_other_words_but_not_with_another_number(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same
    assert same_place(other, one) is same


def test_fewer_words_are_enough_for_one_topic_and_time_counts_a_little() -> None:
    assert not is_like(0.25, same_topic=False)
    assert is_like(0.25, same_topic=True)
    assert nearness(0.5, same_topic=True, days=0) > nearness(0.5, same_topic=False, days=0)
    assert nearness(0.5, same_topic=True, days=3) > nearness(0.5, same_topic=True, days=200)


def test_what_two_texts_have_in_common_is_named_in_whole_runs() -> None:
    assert in_common("虎山村三组道路积水", "三组的道路上积水，G204") == ["三组", "积水", "道路"]
    assert in_common("G204两边", "在G204旁边") == ["g204"]
    assert in_common("公厕改造", "学区") == []
