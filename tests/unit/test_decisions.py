"""Decision tables: what they decide, how they explain it, and what they refuse to guess."""

import json
from datetime import date
from typing import Any

import pytest

from tests.unit.dmn_files import DMN_1_1, DMN_1_2, DMN_1_3, file, literal, table
from workflows.engine import decisions, unary_tests
from workflows.engine.decisions import DecisionError, Outcome
from workflows.engine.expressions import Environment, ExpressionError

ENVIRONMENT = Environment(today=date(2026, 3, 2))
CLASSES = [("start.matter", "string"), ("start.people", "integer")]
CLOCK = [("days", "integer"), ("way", "string")]
ROWS = [
    ['"民生"', "< 10", "7", '"普通"'],
    ['"民生"', ">= 10", "5", '"加急"'],
    ['not("民生")', "-", "start.people + 1", '"其他"'],
]


def decide(content: bytes, data: dict[str, Any], decision: str = "clock") -> Outcome:
    return decisions.parse(content)[decision].decide(data, ENVIRONMENT)


def start(**values: Any) -> dict[str, Any]:
    return {"start": values}


@pytest.mark.parametrize("namespace", [DMN_1_1, DMN_1_2, DMN_1_3])
def test_one_row_decides_and_is_explained(namespace: str) -> None:
    content = file(table(CLASSES, CLOCK, ROWS, notes=["小事", "大事", "别的"]), namespace=namespace)
    outcome = decide(content, start(matter="民生", people=12))
    assert outcome.result == {"days": 5, "way": "加急"}
    assert [(row.index, row.id, row.annotation) for row in outcome.trace] == [(2, "clock_r2", "大事")]
    explained = outcome.explain()
    assert json.loads(json.dumps(explained)) == explained
    assert explained["inputs"] == {"start.matter": "民生", "start.people": 12}
    assert explained["rows"][0]["outputs"] == {"days": 5, "way": "加急"}
    assert decide(content, start(matter="环保", people=3)).result == {"days": 4, "way": "其他"}


def test_unique_is_checked_at_every_decision() -> None:
    rows = [["-", ">= start.low", "1", '"a"'], ["-", "<= start.high", "2", '"b"']]
    content = file(table(CLASSES, CLOCK, rows))
    assert decide(content, start(matter="x", people=9, low=5, high=6)).result == {"days": 1, "way": "a"}
    with pytest.raises(DecisionError, match="第1、2行同时符合，但这张表只允许一行符合") as caught:
        decide(content, start(matter="x", people=5, low=5, high=6))
    assert caught.value.element == "clock_r2"


def test_first_takes_the_uppermost() -> None:
    content = file(table(CLASSES, CLOCK, [["-", ">= 5", "1", '"a"'], ["-", "-", "2", '"b"']], policy="FIRST"))
    outcome = decide(content, start(matter="x", people=7))
    assert outcome.result == {"days": 1, "way": "a"}
    assert [row.index for row in outcome.trace] == [1]


def test_any_needs_equal_answers() -> None:
    rows = [["-", ">= start.low", "1", '"a"'], ["-", "-", "start.other", '"a"']]
    content = file(table(CLASSES, CLOCK, rows, policy="ANY"))
    data = start(matter="x", people=7, low=1, other=1)
    outcome = decide(content, data)
    assert outcome.result == {"days": 1, "way": "a"}
    assert [row.index for row in outcome.trace] == [1, 2]
    data["start"]["other"] = 2
    with pytest.raises(DecisionError, match="结果不同"):
        decide(content, data)


@pytest.mark.parametrize(
    ("aggregation", "expected", "nothing"), [("SUM", 6, 0), ("COUNT", 2, 0), ("MIN", 2, None), ("MAX", 4, None)]
)
def test_collect_adds_up(aggregation: str, expected: int, nothing: int | None) -> None:
    rows = [[">= 1", "2"], [">= 5", "4"], [">= 100", "8"]]
    columns: Any = [("start.people", "number")]
    content = file(table(columns, [("points", "number")], rows, policy="COLLECT", aggregation=aggregation))
    outcome = decide(content, start(people=6))
    assert outcome.result == expected
    assert [row.index for row in outcome.trace] == [1, 2]
    if nothing is None:
        with pytest.raises(DecisionError, match="没有一行符合"):
            decide(content, start(people=0))
    else:
        assert decide(content, start(people=0)).result == nothing


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_collect_lists_rows_in_order(policy: str) -> None:
    content = file(table(CLASSES, CLOCK, [["-", "> 1", "2", '"a"'], ["-", "> 0", "1", '"b"']], policy=policy))
    assert decide(content, start(matter="x", people=2)).result == [{"days": 2, "way": "a"}, {"days": 1, "way": "b"}]
    assert decide(content, start(matter="x", people=0)).result == []


def test_no_matching_row_is_an_error_unless_the_table_has_defaults() -> None:
    rows = [['"民生"', "-", "7", '"普通"']]
    with pytest.raises(DecisionError, match="决策表“表clock”：没有一行符合"):
        decide(file(table(CLASSES, CLOCK, rows)), start(matter="x", people=1))
    outcome = decide(file(table(CLASSES, CLOCK, rows, defaults=["9", '"默认"'])), start(matter="x", people=1))
    assert outcome.result == {"days": 9, "way": "默认"}
    assert outcome.by_default
    assert outcome.trace == ()


def test_values_of_another_kind_are_reported_not_passed_over() -> None:
    content = file(table(CLASSES, CLOCK, ROWS))
    with pytest.raises(DecisionError, match=r"输入“start.people”应当是数字，得到的是文字"):
        decide(content, start(matter="民生", people="12"))
    with pytest.raises(DecisionError, match=r"输入“start.people”：表达式.*没有“people”"):
        decide(content, start(matter="民生"))
    untyped = file(table([("start.people", "")], [("days", "")], [["3", "1"], ["not(3)", "2"]]))
    with pytest.raises(DecisionError, match=r"第1行“start.people”列：输入的内容是文字，这一格写的是数字"):
        decide(untyped, start(people="3"))
    wrong_answer = file(table(CLASSES, CLOCK, [["-", "-", "start.matter", "null"]]))
    with pytest.raises(DecisionError, match="第1行“days”列应当是数字，得到的是文字"):
        decide(wrong_answer, start(matter="民生", people=1))


def test_dates_are_compared_as_dates_and_stored_as_text() -> None:
    rows = [
        ['[date("2026-01-01")..date("2026-06-30")]', "start.on"],
        ['> date("2026-06-30")', "date(start.on) + days(1)"],
    ]
    content = file(table([("start.on", "date")], [("on", "date")], rows))
    assert decide(content, start(on="2026-06-30")).result == {"on": "2026-06-30"}
    assert decide(content, start(on="2026-07-01")).result == {"on": "2026-07-02"}
    with pytest.raises(DecisionError, match="不是有效的日期"):
        decide(content, start(on="2026-7-1"))


def test_a_single_unnamed_answer_is_named_after_the_decision() -> None:
    content = file(table([("start.people", "number")], [("", "number")], [["-", "1"]]))
    assert decide(content, start(people=1)).result == {"clock": 1}


def test_decisions_build_on_each_other() -> None:
    content = file(
        table(
            [("base * 2", "number")],
            [("days", "number")],
            [[">= base", "level.rank + base"]],
            requires=["base", "level"],
        ),
        table([("base", "number")], [("rank", "number")], [["-", "base * 10"]], identity="level", requires=["base"]),
        literal("base", "start.people + 1"),
    )
    tables = decisions.parse(content)
    assert list(tables) == ["clock", "level", "base"]
    outcome = tables["clock"].decide(start(people=2), ENVIRONMENT)
    assert outcome.result == {"days": 33}
    assert [required.decision_id for required in outcome.required] == ["base", "level"]
    assert outcome.explain()["required"][0]["result"] == 3
    assert tables["clock"].paths == {"start.people"}
    assert tables["clock"].names == {"start"}
    assert tables["base"].decide(start(people=2), ENVIRONMENT).result == 3


@pytest.mark.parametrize(
    ("cell", "matching", "other"),
    [
        ("-", [1, "a", None], []),
        ("", [1, None], []),
        ('"a"', ["a"], ["b", None]),
        ('"a","b"', ["a", "b"], ["c"]),
        ('["a", "b"]', ["a", "b"], ["c", None]),
        ('"a,b", "c"', ["a,b", "c"], ["a"]),
        ("1,2", [1, 2, 2.0], [3]),
        ("-3", [-3], [3]),
        ("< 3", [2.9], [3, None]),
        ("<=3", [3], [3.1]),
        ("> 3", [4], [3]),
        (">= 3", [3], [2]),
        ("= 3", [3], [2]),
        ("!= 3", [2], [3]),
        ("[1..60]", [1, 60], [0.9, 61, None]),
        ("(1..60)", [1.1, 59], [1, 60]),
        ("]1..60[", [2], [1, 60]),
        ("[1..60)", [1], [60]),
        ("(1..60]", [60], [1]),
        ("[1.5..2.5]", [1.5, 2.5], [1.4]),
        ("(1..5), [10..20[, 100", [2, 10, 100], [1, 5, 20]),
        ("< 0, > 100", [-1, 101], [50]),
        ("not(70)", [71], [70]),
        ('not("a", "b")', ["c", None], ["a", "b"]),
        ("not([1..60])", [0, 61], [1]),
        ("null", [None], [1, "a"]),
        ("not(null)", [1], [None]),
        ("true", [True], [False, None]),
        ("false", [False], [True]),
        ("True", [True], [False]),
        ('date("2026-10-01")', [date(2026, 10, 1), "2026-10-01"], ["2026-10-02", None]),
        ('>= date("2026-10-01")', ["2026-10-01"], ["2026-09-30"]),
        ('[date("2026-10-01")..date("2026-10-07")]', ["2026-10-07"], ["2026-10-08"]),
        ('["a".."c"]', ["a", "bb"], ["d"]),
        ("[limits.low..limits.high]", [5, 9], [4, 10]),
        ("> limits.low + 1", [7], [6]),
        ("? > 3 and ? < limits.high", [4, 8], [3, 9]),
        ('len(?) > 2 or ? == "a"', ["abc", "a"], ["ab"]),
        ('"a" in ?', [["a", "b"]], [["b"], []]),
        ('? == "问?号"', ["问?号"], ["x"]),
        ("not(? > 3)", [3], [4]),
        ("not (? > 3) or (? > 10)", [1, 11], [5]),
    ],
)
def test_what_a_cell_matches(cell: str, matching: list[Any], other: list[Any]) -> None:
    test = unary_tests.compile(cell)
    data = {"limits": {"low": 5, "high": 9}}
    assert [value for value in matching if not test.matches(value, data, ENVIRONMENT)] == []
    assert [value for value in other if test.matches(value, data, ENVIRONMENT)] == []


@pytest.mark.parametrize(
    ("cell", "value", "sentence"),
    [
        ("> 3", "4", "输入的内容是文字，这一格写的是数字"),
        ("1", True, "输入的内容是是/否，这一格写的是数字"),
        ('"1"', 1, "输入的内容是数字，这一格写的是文字"),
        ("? + 1", 1, "应得到是或否"),
        ("? > 'a'", 1, "不能比较大小"),
    ],
)
def test_a_value_of_another_kind_never_just_fails_to_match(cell: str, value: Any, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence) as caught:
        unary_tests.compile(cell).matches(value, {}, ENVIRONMENT)
    assert "ʔ" not in caught.value.message


@pytest.mark.parametrize(
    "cell",
    [
        '"a",',
        ",",
        "1,,2",
        "[60..1]",
        "(1..1)",
        "[1..]",
        "> ",
        ">= true",
        "“民生”",
        'date("2026-02-30")',
        "(1",
        "f(1)",
        "? >",
        "x" * 3000,
        "lambda: 1",
        "[1..null]",
        "__class__",
        "? if",
        "not(",
    ],
)
def test_what_a_cell_can_not_say(cell: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        unary_tests.compile(cell)
    assert "ʔ" not in caught.value.message
