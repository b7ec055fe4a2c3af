"""Decision tables and how they decide. Compiled once, when published; shared by every instance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from workflows.engine import expression_values as values
from workflows.engine.expressions import Environment, Expression, ExpressionError, Layered, plain
from workflows.engine.unary_tests import UnaryTest


class HitPolicy(Enum):
    """What several matching rows mean."""

    UNIQUE = "UNIQUE"  # at most one may match; checked at every decision
    FIRST = "FIRST"  # the uppermost counts
    ANY = "ANY"  # several may match if they say the same; checked
    COLLECT = "COLLECT"  # all count; also reads RULE ORDER


class Aggregation(Enum):
    """What COLLECT makes of its rows."""

    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


class DecisionError(ValueError):
    """A table can not decide on this data: a Chinese sentence naming table and row.

    Attributes:
        element: id of the table, row or cell it is about.
    """

    def __init__(self, message: str, element: str) -> None:
        super().__init__(message)
        self.message = message
        self.element = element


@dataclass(frozen=True)
class Input:
    """A column that is tested.

    Attributes:
        kind: what a value must be (数字, 文字, 日期, 是/否), None if anything.
        allowed: the values it can have, if the table says so.
    """

    id: str
    label: str
    expression: Expression
    kind: str | None = None
    whole_numbers: bool = False
    allowed: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Output:
    """A column that is the answer."""

    id: str
    name: str
    kind: str | None = None
    default: Expression | None = None


@dataclass(frozen=True)
class Rule:
    """One row; `index` counts from 1 as people do."""

    id: str
    index: int
    tests: tuple[UnaryTest, ...]
    outputs: tuple[Expression, ...]
    annotation: str = ""


@dataclass(frozen=True)
class FiredRow:
    """A row that matched, and what it said."""

    index: int
    id: str
    annotation: str
    outputs: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """A decision that was made.

    Attributes:
        result: output name -> value for a single row; a list of those for COLLECT; a number when aggregated;
            the plain value of a literal decision. Fit to be stored as JSON.
        inputs: column label -> value that was tested.
        trace: the rows that counted, in order; empty when the defaults did.
        required: the decisions this one was based on.
    """

    decision_id: str
    name: str
    policy: str
    result: Any
    inputs: Mapping[str, Any] = field(default_factory=dict)
    trace: tuple[FiredRow, ...] = ()
    by_default: bool = False
    required: tuple["Outcome", ...] = ()

    def explain(self) -> dict[str, Any]:
        """The decision as plain JSON, for the history."""
        return {
            "decision": self.decision_id,
            "table": self.name,
            "policy": self.policy,
            "inputs": dict(self.inputs),
            "rows": [
                {"index": row.index, "id": row.id, "annotation": row.annotation, "outputs": dict(row.outputs)}
                for row in self.trace
            ],
            "by_default": self.by_default,
            "result": self.result,
            "required": [outcome.explain() for outcome in self.required],
        }


@dataclass(frozen=True)
class DecisionTable:
    """One decision: a table, or (`literal`) a single expression.

    Attributes:
        requires: decisions of the same file whose results this one reads under their ids.
    """

    id: str
    name: str
    policy: HitPolicy = HitPolicy.UNIQUE
    aggregation: Aggregation | None = None
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    rules: tuple[Rule, ...] = ()
    literal: Expression | None = None
    requires: tuple["DecisionTable", ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """Dotted places it reads from data, including what its required decisions read."""
        own = {path for part in self._parts() for path in part.paths}
        known = {required.id for required in self.requires}
        below = {path for required in self.requires for path in required.paths}
        return frozenset({path for path in own if path.partition(".")[0] not in known} | below)

    @property
    def names(self) -> frozenset[str]:
        """First names of `paths`."""
        return frozenset(path.partition(".")[0] for path in self.paths)

    def _parts(self) -> Iterator[Expression | UnaryTest]:
        if self.literal is not None:
            yield self.literal
        for column in self.inputs:
            yield column.expression
        for rule in self.rules:
            yield from rule.tests
            yield from rule.outputs

    def decide(self, data: Mapping[str, Any], environment: Environment) -> Outcome:
        """Decide, after the decisions this one requires.

        Raises:
            DecisionError: no row or too many rows match, or something can not be computed.
        """
        return self._decide(data, environment, {})

    def _decide(self, data: Mapping[str, Any], environment: Environment, made: dict[str, Outcome]) -> Outcome:
        for required in self.requires:
            if required.id not in made:
                made[required.id] = required._decide(data, environment, made)
        based_on = tuple(made[required.id] for required in self.requires)
        scope = Layered({outcome.decision_id: outcome.result for outcome in based_on}, data)
        return _Deciding(self, scope, environment).outcome(based_on)


class _Deciding:
    """One decision of one table."""

    def __init__(self, table: DecisionTable, scope: Mapping[str, Any], environment: Environment) -> None:
        self._table = table
        self._scope = scope
        self._environment = environment

    def outcome(self, based_on: tuple[Outcome, ...]) -> Outcome:
        table = self._table
        if table.literal is not None:
            value = plain(self._value(table.literal, table.id, ""))
            return Outcome(table.id, table.name, "LITERAL", value, required=based_on)
        tested = [self._input(column) for column in table.inputs]
        fired = [self._fire(rule) for rule in table.rules if self._matches(rule, tested)]
        counted, by_default = self._counted(fired)
        labels = {column.label: plain(value) for column, value in zip(table.inputs, tested, strict=True)}
        result = self._result(counted, by_default)
        trace = () if by_default else tuple(counted)
        return Outcome(table.id, table.name, table.policy.value, result, labels, trace, by_default, based_on)

    def _input(self, column: Input) -> Any:
        value = self._value(column.expression, column.id, f"输入“{column.label}”")
        if value is None or column.kind is None:
            return value
        if column.kind == "日期":
            try:
                return values.as_date(value)
            except ExpressionError as error:
                raise self._fault(f"输入“{column.label}”：{error.reason}", column.id) from error
        if values.kind_of(value) != column.kind:
            raise self._fault(f"输入“{column.label}”应当是{column.kind}，得到的是{values.kind_of(value)}。", column.id)
        return value

    def _matches(self, rule: Rule, tested: list[Any]) -> bool:
        for column, test, value in zip(self._table.inputs, rule.tests, tested, strict=True):
            try:
                if not test.matches(value, self._scope, self._environment):
                    return False
            except ExpressionError as error:
                raise self._fault(f"第{rule.index}行“{column.label}”列：{error.reason}", rule.id) from error
        return True

    def _fire(self, rule: Rule) -> FiredRow:
        return FiredRow(rule.index, rule.id, rule.annotation, self._say(rule.outputs, rule.id, f"第{rule.index}行"))

    def _say(self, expressions: tuple[Expression, ...], element: str, place: str) -> dict[str, Any]:
        said = {}
        for column, expression in zip(self._table.outputs, expressions, strict=True):
            value = self._value(expression, element, f"{place}“{column.name}”列")
            if not fits(value, column.kind):
                raise self._fault(
                    f"{place}“{column.name}”列应当是{column.kind}，得到的是{values.kind_of(value)}。", element
                )
            said[column.name] = plain(value)
        return said

    def _value(self, expression: Expression, element: str, place: str) -> Any:
        try:
            return expression.evaluate(self._scope, self._environment)
        except ExpressionError as error:
            raise self._fault(f"{place}：{error}" if place else str(error), element) from error

    def _counted(self, fired: list[FiredRow]) -> tuple[list[FiredRow], bool]:
        """The rows that count under the table's policy, and whether the defaults stand in for them."""
        policy = self._table.policy
        if not fired:
            return self._defaults()
        if policy is HitPolicy.COLLECT:
            return fired, False
        if policy is HitPolicy.UNIQUE and len(fired) > 1:
            raise self._fault(
                f"第{_indexes(fired)}行同时符合，但这张表只允许一行符合（UNIQUE）。请修改表格。", fired[1].id
            )
        if policy is HitPolicy.ANY and any(row.outputs != fired[0].outputs for row in fired):
            raise self._fault(f"第{_indexes(fired)}行同时符合，但结果不同（ANY）。请修改表格。", fired[1].id)
        return (fired if policy is HitPolicy.ANY else fired[:1]), False

    def _defaults(self) -> tuple[list[FiredRow], bool]:
        table = self._table
        defaults = tuple(column.default for column in table.outputs if column.default is not None)
        if defaults:
            return [FiredRow(0, table.id, "", self._say(defaults, table.id, "默认结果"))], True
        may_be_empty = table.policy is HitPolicy.COLLECT and table.aggregation not in (
            Aggregation.MIN,
            Aggregation.MAX,
        )
        if may_be_empty:
            return [], False
        raise self._fault("没有一行符合，请在表格里补上这种情况或默认结果。", table.id)

    def _result(self, counted: list[FiredRow], by_default: bool) -> Any:
        if self._table.policy is not HitPolicy.COLLECT:
            return dict(counted[0].outputs)
        if self._table.aggregation is None:
            return [dict(row.outputs) for row in counted]
        amounts = [next(iter(row.outputs.values())) for row in counted]
        if by_default:
            return amounts[0]
        return self._aggregate(self._table.aggregation, amounts)

    def _aggregate(self, aggregation: Aggregation, amounts: list[Any]) -> Any:
        if aggregation is Aggregation.COUNT:
            return len(amounts)
        try:
            numbers = [values.number(amount) for amount in amounts]
            if aggregation is Aggregation.SUM:
                return values.number(sum(numbers))
        except ExpressionError as error:
            raise self._fault(f"汇总时出错：{error.reason}", self._table.id) from error
        return min(numbers) if aggregation is Aggregation.MIN else max(numbers)

    def _fault(self, sentence: str, element: str) -> DecisionError:
        return DecisionError(f"决策表“{self._table.name}”：{sentence}", element)


def fits(value: Any, kind: str | None) -> bool:
    """Whether an output value is of its column's kind; ISO text is a date, None fits everywhere."""
    if value is None or kind is None or values.kind_of(value) == kind:
        return True
    if kind != "日期":
        return False
    try:
        return isinstance(values.as_date(value), date)
    except ExpressionError:
        return False


def _indexes(rows: list[FiredRow]) -> str:
    return "、".join(str(row.index) for row in rows)
