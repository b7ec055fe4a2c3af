"""One `decisionTable` element into a decision table; every cell is compiled and judged when published."""

from typing import Any

from workflows.engine import expression_values as values
from workflows.engine import expressions, unary_tests
from workflows.engine.decision_tables import (
    Aggregation,
    DecisionTable,
    HitPolicy,
    Input,
    Output,
    Rule,
    fits,
)
from workflows.engine.expressions import Expression, ExpressionError
from workflows.engine.unary_tests import UnaryTest

RULES_LIMIT = 500
COLUMNS_LIMIT = 30

KINDS: dict[str, str | None] = {
    "string": "文字",
    "boolean": "是/否",
    "number": "数字",
    "integer": "数字",
    "long": "数字",
    "double": "数字",
    "date": "日期",
    "any": None,
    "": None,
}
WHOLE_NUMBERS = ("integer", "long")

POLICIES = {
    "UNIQUE": HitPolicy.UNIQUE,
    "FIRST": HitPolicy.FIRST,
    "ANY": HitPolicy.ANY,
    "COLLECT": HitPolicy.COLLECT,
    "RULE ORDER": HitPolicy.COLLECT,  # our COLLECT keeps the order of the rows
}

UNREADABLE = UnaryTest("")
NOTHING = expressions.compile("None")


def id_near(element: Any) -> str:
    """The id of an element, or of the nearest one around it."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return "definitions"


class TableReader:
    """Reads one table; adds faults to the file's list and goes on, so that all are told at once."""

    def __init__(
        self,
        namespace: str,
        faults: list[tuple[str, str]],
        identity: str,
        name: str,
        required: tuple[DecisionTable, ...],
    ) -> None:
        self._ns = namespace
        self._faults = faults
        self._id = identity
        self._name = name
        self._required = required
        self._labels: set[str] = set()

    def read(self, table: Any) -> DecisionTable:
        policy, aggregation = self._policy(table)
        rows = table.findall(f"{self._ns}rule")
        columns = table.findall(f"{self._ns}input")
        answers = table.findall(f"{self._ns}output")
        if len(rows) > RULES_LIMIT or len(columns) + len(answers) > COLUMNS_LIMIT:
            self._fault(table, f"表太大，最多{RULES_LIMIT}行、{COLUMNS_LIMIT}列，请拆成几张表。")
            rows, columns, answers = [], [], []
        elif not answers:
            self._fault(table, "表里没有结果列，请至少加一列。")
        elif not rows or not columns:
            self._fault(table, "表是空的，请至少填写一列输入和一行规则。")
        inputs = tuple(self._input(element, index) for index, element in enumerate(columns, 1))
        outputs = tuple(self._output(element, len(answers)) for element in answers)
        self._check_outputs(table, outputs, aggregation)
        rules = tuple(self._rule(element, index, inputs, outputs) for index, element in enumerate(rows, 1))
        return DecisionTable(self._id, self._name, policy, aggregation, inputs, outputs, rules, requires=self._required)

    def _fault(self, element: Any, sentence: str) -> None:
        self._faults.append((id_near(element), f"决策表“{self._name}”：{sentence}"))

    def _policy(self, table: Any) -> tuple[HitPolicy, Aggregation | None]:
        written = (table.get("hitPolicy") or "UNIQUE").upper()
        policy = POLICIES.get(written)
        if policy is None:
            self._fault(table, f"不支持命中策略 {written[:20]}，请改用 UNIQUE、FIRST、ANY 或 COLLECT。")
            return HitPolicy.UNIQUE, None
        named = (table.get("aggregation") or "").upper()
        if not named:
            return policy, None
        if written != "COLLECT" or named not in Aggregation.__members__:
            self._fault(table, "汇总方式只能在 COLLECT 下使用，并且是 SUM、COUNT、MIN 或 MAX。")
            return policy, None
        return policy, Aggregation[named]

    def _input(self, element: Any, index: int) -> Input:
        holder = element.find(f"{self._ns}inputExpression")
        text = (holder.findtext(f"{self._ns}text") or "").strip() if holder is not None else ""
        label = (element.get("label") or text or f"第{index}列").strip()
        if label in self._labels:
            label = f"{label}（第{index}列）"
        self._labels.add(label)
        place = element if holder is None or not holder.get("id") else holder
        kind = self._kind(place, (holder.get("typeRef") or "") if holder is not None else "", label)
        return Input(
            id=id_near(element),
            label=label,
            expression=self._expression(place, text, f"输入列“{label}”"),
            kind=kind,
            whole_numbers=holder is not None and (holder.get("typeRef") or "").lower() in WHOLE_NUMBERS,
            allowed=self._allowed(element, "inputValues", label, kind),
        )

    def _output(self, element: Any, count: int) -> Output:
        name = (element.get("name") or "").strip()
        if not name and count == 1:
            name = self._id
        if not name:
            self._fault(element, "有几列结果时，每列都要有名称（name）。")
        kind = self._kind(element, element.get("typeRef") or "", name)
        self._allowed(element, "outputValues", name, kind)
        written = element.findtext(f"{self._ns}defaultOutputEntry/{self._ns}text")
        default = None
        if written is not None and written.strip():
            default = self._answer(element, written, f"结果列“{name}”的默认值", kind)
        return Output(id_near(element), name, kind, default)

    def _kind(self, element: Any, type_name: str, label: str) -> str | None:
        plain_name = type_name.rpartition(":")[2].lower()
        if plain_name not in KINDS:
            self._fault(
                element,
                f"“{label}”列的类型“{type_name[:30]}”不支持，请用 string、number、integer、boolean 或 date。",
            )
        return KINDS.get(plain_name)

    def _allowed(self, element: Any, tag: str, label: str, kind: str | None) -> tuple[Any, ...]:
        text = (element.findtext(f"{self._ns}{tag}/{self._ns}text") or "").strip()
        if not text:
            return ()
        try:
            test = unary_tests.compile(text)
        except ExpressionError as error:
            self._fault(element, f"“{label}”列的可选值：{error}")
            return ()
        self._check_kinds(element, test.constants, kind, f"“{label}”列的可选值")
        listed = all(part.lists_values for part in test.parts) and not test.negated
        return test.constants if listed else ()

    def _check_outputs(self, table: Any, outputs: tuple[Output, ...], aggregation: Aggregation | None) -> None:
        names = [column.name for column in outputs]
        if len(set(names)) < len(names):
            self._fault(table, "有两列结果的名称相同，请改成不同的名称。")
        if 0 < sum(column.default is not None for column in outputs) < len(outputs):
            self._fault(table, "默认结果要么每列都写，要么都不写。")
        if aggregation is not None and len(outputs) != 1:
            self._fault(table, "汇总时只能有一列结果。")

    def _rule(self, element: Any, index: int, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> Rule:
        tests = element.findall(f"{self._ns}inputEntry")
        answers = element.findall(f"{self._ns}outputEntry")
        if (len(tests), len(answers)) != (len(inputs), len(outputs)):
            self._fault(element, f"第{index}行的格数和表头不一致，请重新保存这张表。")
            tests, answers = [], []
        notes = [element.findtext(f"{self._ns}description") or ""]
        notes += [note or "" for note in self._annotations(element)]
        return Rule(
            id=id_near(element),
            index=index,
            tests=tuple(self._test(cell, column, index) for cell, column in zip(tests, inputs, strict=False)),
            outputs=tuple(
                self._answer(cell, self._text(cell), f"第{index}行“{column.name}”列", column.kind)
                for cell, column in zip(answers, outputs, strict=False)
            ),
            annotation="；".join(note.strip() for note in notes if note.strip()),
        )

    def _annotations(self, element: Any) -> list[str | None]:
        return [entry.findtext(f"{self._ns}text") for entry in element.iterfind(f"{self._ns}annotationEntry")]

    def _text(self, cell: Any) -> str:
        return cell.findtext(f"{self._ns}text") or ""

    def _test(self, cell: Any, column: Input, index: int) -> UnaryTest:
        place = f"第{index}行“{column.label}”列"
        try:
            test = unary_tests.compile(self._text(cell))
        except ExpressionError as error:
            self._fault(cell, f"{place}：{error}")
            return UNREADABLE
        for part in test.parts:
            if not part.is_condition:
                self._check_kinds(cell, part.constants, column.kind, place)
                for expression in part.expressions:
                    self._check_quotes(cell, expression, place)
        return test

    def _check_quotes(self, cell: Any, expression: Expression, place: str) -> bool:
        known = {required.id for required in self._required}
        if not unary_tests.is_bare_name(expression) or expression.source in known:
            return True
        self._fault(cell, f"{place}：{unary_tests.missing_quotes(expression)}")
        return False

    def _check_kinds(self, element: Any, constants: Any, kind: str | None, place: str) -> None:
        for constant in constants:
            if not fits(constant, kind) or (kind == "日期" and isinstance(constant, str)):
                hint = '，请写 date("2026-01-31")' if kind == "日期" else ""
                self._fault(element, f"{place}的类型是{kind}，这里写的却是{values.kind_of(constant)}{hint}。")
                return

    def _answer(self, element: Any, text: str, place: str, kind: str | None) -> Expression:
        if text.strip() in ("", "-"):
            self._fault(element, f"{place}是空的。如果没有结果，请写 null。")
            return NOTHING
        expression = self._expression(element, text, place)
        if not self._check_quotes(element, expression, place):
            return NOTHING
        try:
            value = unary_tests.fixed_value(expression) if expression.is_constant else None
        except ExpressionError as error:
            self._fault(element, f"{place}：{error}")
            return NOTHING
        if not fits(value, kind):
            self._fault(element, f"{place}的类型是{kind}，这里写的却是{values.kind_of(value)}。")
        return expression

    def _expression(self, element: Any, text: str, place: str) -> Expression:
        try:
            return expressions.compile(text)
        except ExpressionError as error:
            self._fault(element, f"{place}：{error}")
            return NOTHING
