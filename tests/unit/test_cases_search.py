"""What is looked for and how a hit is shown: pairs of characters, pieces, excerpts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.cases import search_rules
from workflows.cases.search_rules import Piece

TEXT = st.text(alphabet="村道路积水灯a1B2-，. \n", max_size=40)


def test_pairs_are_neighbouring_characters_of_one_run() -> None:
    assert search_rules.grams("路灯，2号A") == {"路灯", "2号", "号a"}
    assert search_rules.grams("灯") == frozenset()


@settings(deadline=None)
@given(TEXT, TEXT)
def test_whatever_stands_in_a_text_has_only_pairs_of_it(text: str, word: str) -> None:
    assert search_rules.grams(word) <= search_rules.grams(f"{text}{word}{text}") | search_rules.grams(word)
    for start in range(len(text)):
        assert search_rules.grams(text[start : start + 5]) <= search_rules.grams(text)


def test_words_are_taken_once_and_not_without_end() -> None:
    assert search_rules.words(" 积水  路灯 积水 ") == ["积水", "路灯"]
    assert len(search_rules.words(" ".join(map(str, range(50))))) == search_rules.WORDS_LIMIT


def test_a_text_is_cut_at_what_was_looked_for() -> None:
    assert search_rules.marked("村口路灯LED坏了", ["路灯", "led"]) == [
        Piece("村口", False),
        Piece("路灯", True),
        Piece("LED", True),
        Piece("坏了", False),
    ]


@settings(deadline=None)
@given(TEXT, st.lists(st.text(alphabet="路灯积水.*(1", min_size=1, max_size=3), max_size=3))
def test_the_pieces_put_together_are_the_text(text: str, wanted: list[str]) -> None:
    pieces = search_rules.marked(text, wanted)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text.lower() in [word.lower() for word in wanted] for piece in pieces if piece.hit)


def test_an_excerpt_is_a_line_around_the_hit() -> None:
    text = "甲" * 50 + "\n排水沟堵了" + "乙" * 100
    pieces = search_rules.excerpt(text, ["排水沟"])
    line = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.hit] == ["排水沟"]
    assert line.startswith("…甲")
    assert line.endswith("乙…")
    assert "\n" not in line
    assert len(line) < 110
    assert search_rules.excerpt("别的事", ["排水沟"]) == []
