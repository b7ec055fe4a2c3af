"""What is found in a decision file before it can decide about anybody."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.dmn_files import file, literal, table
from workflows.engine import decisions
from workflows.errors import Invalid

PEOPLE = [("start.people", "integer")]
MATTER = [("start.matter", "string")]
DAYS = [("days", "integer")]


def faults(*parts: str) -> list[tuple[str, str]]:
    return decisions.check(file(*parts))


@pytest.mark.parametrize(
    ("parts", "element", "sentence"),
    [
        ([table(PEOPLE, DAYS, [["> ", "1"]])], "clock_r1_1", "第1行“start.people”列"),
        ([table(PEOPLE, DAYS, [["-", "1 +"]])], "clock_r1_2", "第1行“days”列"),
        ([table(PEOPLE, DAYS, [["-", ""]])], "clock_r1_2", "是空的"),
        ([table(PEOPLE, DAYS, [["-", "7天"]])], "clock_r1_2", "写法有误"),
        ([table(MATTER, DAYS, [["民生", "1"]])], "clock_r1_1", "“民生”没有加引号"),
        ([table(MATTER, [("way", "string")], [["-", "加急"]])], "clock_r1_2", "“加急”没有加引号"),
        ([table(MATTER, DAYS, [["“民生”", "1"]])], "clock_r1_1", "中文标点"),
        ([table(PEOPLE, DAYS, [['"三"', "1"]])], "clock_r1_1", "类型是数字，这里写的却是文字"),
        ([table(MATTER, DAYS, [["> 3", "1"]])], "clock_r1_1", "类型是文字，这里写的却是数字"),
        ([table([("start.on", "date")], DAYS, [['"2026-01-01"', "1"]])], "clock_r1_1", "请写 date("),
        ([table(PEOPLE, DAYS, [["-", '"七"']])], "clock_r1_2", "类型是数字，这里写的却是文字"),
        ([table(PEOPLE, DAYS, [["-", "1 / 0"]])], "clock_r1_2", "除数是0"),
        ([table(PEOPLE, DAYS, [["-", "open('x')"]])], "clock_r1_2", "没有名为“open”的函数"),
        ([table([("", "integer")], DAYS, [["-", "1"]])], "clock_e1", "表达式是空的"),
        ([table([("start.people", "dateTime")], DAYS, [["-", "1"]])], "clock_e1", "类型“dateTime”不支持"),
        ([table(PEOPLE, DAYS, [["-", "1"]], policy="PRIORITY")], "clock_t", "不支持命中策略 PRIORITY"),
        ([table(PEOPLE, DAYS, [["-", "1"]], policy="OUTPUT ORDER")], "clock_t", "OUTPUT ORDER"),
        ([table(PEOPLE, DAYS, [["-", "1"]], aggregation="SUM")], "clock_t", "只能在 COLLECT 下"),
        ([table(PEOPLE, DAYS * 2, [["-", "1", "2"]])], "clock_t", "名称相同"),
        ([table(PEOPLE, [("", ""), ("b", "")], [["-", "1", "2"]])], "clock_o1", "每列都要有名称"),
        (
            [table(PEOPLE, [("a", ""), ("b", "")], [["-", "1", "2"]], policy="COLLECT", aggregation="SUM")],
            "clock_t",
            "只能有一列结果",
        ),
        ([table(PEOPLE, [("a", ""), ("b", "")], [["-", "1", "2"]], defaults=["1", ""])], "clock_t", "每列都写"),
        ([table(PEOPLE, DAYS, [["-"]])], "clock_r1", "格数和表头不一致"),
        ([table(PEOPLE, [], [["-"]])], "clock_t", "没有结果列"),
        ([table(PEOPLE, DAYS, [])], "clock_t", "表是空的"),
        ([literal("total", "1 +")], "total_l", "写法有误"),
        (['<decision id="x" name="空"/>'], "x", "是空的"),
        (['<decision id="民生" name="空"/>'], "民生", "只能用英文字母"),
        ([literal("a", "1"), literal("a", "2")], "a", "不止一次"),
        ([literal("a", "1", requires=["b"])], "a", "不在这个文件里"),
        ([literal("a", "b", requires=["b"]), literal("b", "a", requires=["a"])], "a", "绕成了圈"),
        ([literal("a", "a", requires=["a"])], "a", "绕成了圈"),
        ([], "definitions", "没有决策"),
        (['<businessKnowledgeModel id="bkm" name="b"/>', literal("a", "1")], "bkm", "业务知识模型"),
        (['<decision id="x"><context id="c"/></decision>'], "c", "context"),
        (['<decision id="x"><invocation id="c"/></decision>'], "c", "invocation"),
        (['<decision id="x"><relation id="c"/></decision>'], "c", "relation"),
        (['<decision id="x"><functionDefinition id="c"/></decision>'], "c", "函数定义"),
        (
            ['<decision id="x"><literalExpression id="l" expressionLanguage="javascript"/></decision>'],
            "l",
            "javascript",
        ),
    ],
)
def test_a_fault_names_its_element(parts: list[str], element: str, sentence: str) -> None:
    found = faults(*parts)
    assert any(where == element and sentence in what for where, what in found), found
    with pytest.raises(Invalid) as caught:
        decisions.parse(file(*parts))
    assert element in caught.value.fields
    assert sentence in str(caught.value) or len(found) > 1


def test_all_faults_are_told_at_once() -> None:
    found = faults(table(PEOPLE, DAYS, [["> ", "1 +"], ["民生", ""]]), literal("total", "f(1)"))
    assert [where for where, _ in found] == ["clock_r1_1", "clock_r1_2", "clock_r2_1", "clock_r2_2", "total_l"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<definitions/>",
        b'<definitions xmlns="http://example.org/other"/>',
        b'<!DOCTYPE d [<!ENTITY e "x">]>' + file(literal("a", "1")).partition(b"?>\n")[2],
        file(literal("a", "1"))[:-20],
    ],
)
def test_what_is_not_a_decision_file_is_refused(content: bytes) -> None:
    assert [where for where, _ in decisions.check(content)] == ["definitions"]
    with pytest.raises(Invalid):
        decisions.parse(content)


def findings(
    inputs: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    policy: str = "UNIQUE",
    allowed: Sequence[str] = (),
    defaults: Sequence[str] = (),
) -> list[tuple[str, str, bool]]:
    content = file(table(inputs, [("days", "")], rows, policy=policy, allowed=allowed, defaults=defaults))
    (read,) = decisions.parse(content).values()
    found = decisions.gaps_and_overlaps(read)
    assert decisions.check(content) == [(f.element, f.message) for f in found if f.is_fault]
    assert decisions.warnings(content) == [(f.element, f.message) for f in found if not f.is_fault]
    return [(f.element, f.message.partition("：")[2], f.is_fault) for f in found]


def test_a_complete_table_has_nothing_to_report() -> None:
    assert findings(PEOPLE, [["< 1", "1"], ["[1..60]", "2"], ["> 60", "3"]]) == []
    assert findings(MATTER, [['"民生","环保"', "1"], ['not("民生","环保")', "2"]]) == []
    assert findings(MATTER, [['"民生"', "1"], ['"环保"', "2"]], allowed=['"民生","环保"']) == []
    assert findings([("start.urgent", "boolean")], [["true", "1"], ["false", "2"]]) == []
    assert findings([("start.on", "date")], [['< date("2026-01-01")', "1"], ['>= date("2026-01-01")', "2"]]) == []
    assert findings(PEOPLE, [["1,2,3", "1"], ["not([1..3])", "2"]]) == []  # whole numbers: nothing between


def test_overlapping_rows_of_a_unique_table_are_a_fault() -> None:
    found = findings(PEOPLE + MATTER, [["<= 60", '"民生"', "1"], [">= 60", "-", "2"], ["< 60", 'not("民生")', "3"]])
    assert found == [
        (
            "clock_r2",
            "第1行和第2行会同时符合（start.people：60；start.matter：民生），这张表只允许一行符合（UNIQUE）。",
            True,
        )
    ]


def test_overlapping_rows_of_an_any_table_must_agree() -> None:
    assert findings(PEOPLE, [["<= 60", "1"], ["-", "2 - 1"]], policy="ANY") == []
    assert findings(PEOPLE, [["<= 60", "1"], ["-", "2"]], policy="ANY")[0][2]
    element, sentence, is_fault = findings(PEOPLE, [["<= 60", "1"], ["-", "start.people"]], policy="ANY")[0]
    assert (element, is_fault) == ("clock_r2", False)
    assert "可能不同" in sentence


def test_forgotten_cases_are_a_warning() -> None:
    assert findings(PEOPLE, [["< 10", "1"], ["> 10", "2"]]) == [
        ("clock", "没有一行说明这种情况：start.people：10。", False)
    ]
    rows = [['"民生"', "< 10", "1"], ['"环保"', "-", "2"]]
    assert [sentence for _, sentence, _ in findings(MATTER + PEOPLE, rows)] == [
        "没有一行说明这种情况：start.matter：民生；start.people：10、大于10。",
        "没有一行说明这种情况：start.matter：其他。",
    ]
    assert findings(MATTER + PEOPLE, rows, defaults=["9"]) == []
    assert findings(MATTER + PEOPLE, rows, policy="COLLECT") == []


def test_a_row_behind_a_wider_one_is_never_used() -> None:
    found = findings(PEOPLE, [["> 5", "1"], ["[10..20]", "2"], ["-", "3"]], policy="FIRST")
    assert found == [("clock_r2", "第2行永远用不到，因为第1行已经包括了它。", False)]


def test_conditions_are_tried_on_the_values_they_mention() -> None:
    found = findings(PEOPLE, [["? > 3 and ? < 9", "1"], [">= 8", "2"], ["<= 3", "3"]])
    assert [(element, is_fault) for element, _, is_fault in found] == [("clock_r2", True)]


def test_cells_that_depend_on_other_data_are_said_to_be_unchecked() -> None:
    found = findings(PEOPLE, [["> start.limit", "1"], ["<= 5", "2"]])
    assert found == [("clock_r1", "第1行的条件要看其他数据或日期，重叠和遗漏未能完全检查。", False)]


def test_a_very_large_table_is_said_to_be_unchecked_in_time() -> None:
    started = time.process_time()
    rows = [[str(n), f'"{n}"', str(n)] for n in range(500)]
    found = findings(PEOPLE + MATTER, rows)
    assert "未能全部检查" in found[-1][1]
    hard = [[*("> 1" if n >> c & 1 else "<= 1" for c in range(9)), str(n)] for n in range(500)]
    assert len(findings([(f"start.x{c}", "integer") for c in range(9)], hard)) == 10
    assert time.process_time() - started < 20


def test_too_large_a_table_is_refused() -> None:
    assert "表太大" in faults(table(PEOPLE, DAYS, [[str(n), "1"] for n in range(501)]))[0][1]


CELLS = st.text(alphabet=st.sampled_from("?1.9-<>=![]() ,\"'andot民date/*x"), max_size=25)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4), st.sampled_from(["UNIQUE", "FIRST"]))
def test_random_cells_are_faults_or_a_table_that_can_be_inspected(rows: list[list[str]], policy: str) -> None:
    content = file(table([("start.x", "")], [("y", "")], rows, policy=policy))
    found = decisions.check(content)
    assert all(where.startswith("clock") and what.endswith("。") for where, what in found)
    if not found:
        assert len(decisions.parse(content)["clock"].rules) == len(rows)
