"""The test cells of a decision table: ``-``, ``"a","b"``, ``>= 3``, ``[1..60)``, ``not(...)``, ``? in list``."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workflows.engine import expression_values as values
from workflows.engine import expressions
from workflows.engine.expressions import Environment, Expression, ExpressionError, Layered

INPUT_NAME = "ʔ"
"""Stands for ``?`` inside an expression: a letter to Python, on no keyboard of the office."""

_ENDPOINT = r"""(?:date\(\s*(?:"[^"]*"|'[^']*')\s*\)|"[^"]*"|'[^']*'|[^,"'()\[\]]+?)"""
_RANGE = re.compile(rf"\s*([\[\](])\s*({_ENDPOINT})\s*\.\.\s*({_ENDPOINT})\s*([\[\])])\s*(?:,|$)")
_COMPARISON = re.compile(r"(<=|>=|==|!=|<|>|=)\s*(.+)", re.DOTALL)
_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)

Data = Mapping[str, Any]
Matches = Callable[[Any, Data, Environment], bool]


@dataclass(frozen=True)
class Part:
    """One of the alternatives in a cell.

    Attributes:
        constants: fixed values it compares with: where its answer may change.
        expressions: everything it evaluates.
        is_condition: whether it is written with ``?``; its constants need not be of the input's kind.
        lists_values: whether it names the values that match, one by one.
    """

    matches: Matches
    expressions: tuple[Expression, ...]
    constants: tuple[Any, ...]
    is_condition: bool = False
    lists_values: bool = False


@dataclass(frozen=True)
class UnaryTest:
    """A compiled cell.

    Attributes:
        source: as it was written.
        parts: alternatives; none means that everything matches.
        negated: whether the cell says not(...).
    """

    source: str
    parts: tuple[Part, ...] = ()
    negated: bool = False
    names: frozenset[str] = field(default=frozenset())
    paths: frozenset[str] = field(default=frozenset())

    @property
    def matches_everything(self) -> bool:
        return not self.parts

    @property
    def is_static(self) -> bool:
        """Whether it depends on the input alone, not on other data or the day."""
        return all(
            expression.names <= {INPUT_NAME} and expression.functions <= expressions.TIMELESS
            for part in self.parts
            for expression in part.expressions
        )

    @property
    def constants(self) -> tuple[Any, ...]:
        return tuple(constant for part in self.parts for constant in part.constants)

    def matches(self, value: Any, data: Data, environment: Environment) -> bool:
        """Whether the input's value passes.

        Raises:
            ExpressionError: the value is of another kind than the cell, or an expression fails.
        """
        if self.matches_everything:
            return True
        return any(part.matches(value, data, environment) for part in self.parts) is not self.negated


def compile(text: str) -> UnaryTest:
    """Read a cell.

    Raises:
        ExpressionError: a Chinese sentence.
    """
    source = text.strip()
    if source in ("", "-"):
        return UnaryTest(source)
    if len(source) > expressions.SOURCE_LIMIT:
        raise ExpressionError(f"这一格太长，最多{expressions.SOURCE_LIMIT}个字符。")
    negation = _NOT.fullmatch(source)
    inner = negation[1] if negation and _closes_at_end(source) else source
    parts = tuple(_pieces(inner))
    used = [expression for part in parts for expression in part.expressions]
    names = frozenset(name for expression in used for name in expression.names) - {INPUT_NAME}
    paths = frozenset(path for expression in used for path in expression.paths)
    paths = frozenset(path for path in paths if path.partition(".")[0] != INPUT_NAME)
    return UnaryTest(source, parts, inner is not source, names, paths)


def _closes_at_end(source: str) -> bool:
    """Whether the bracket that ``not(`` opens is the one at the end: not (a) or (b) is an expression."""
    depth = 0
    for position, character in _outside_quotes(source):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and character == ")":
            return position == len(source) - 1
    return False


def _outside_quotes(text: str) -> Iterator[tuple[int, str]]:
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        else:
            yield position, character


def _pieces(text: str) -> Iterator[Part]:
    position = 0
    while position <= len(text):
        match = _RANGE.match(text, position)
        if match:
            yield _range(*match.groups())
            position = match.end() + (not match[0].endswith(","))
            continue
        end = position + _first_comma(text[position:])
        yield _piece(text[position:end].strip())
        position = end + 1


def _first_comma(text: str) -> int:
    depth = 0
    for position, character in _outside_quotes(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character == ",":
            return position
    return len(text)


def _piece(text: str) -> Part:
    if not text:
        raise ExpressionError("逗号之间缺少内容。")
    if any(character == "?" for _, character in _outside_quotes(text)):
        return _about_input(text)
    comparison = _COMPARISON.fullmatch(text)
    if comparison:
        return _comparison(comparison[1], expressions.compile(comparison[2]))
    return _equality(expressions.compile(text))


def _about_input(text: str) -> Part:
    """A condition that names the input as ``?``."""
    characters = list(text)
    for position, character in _outside_quotes(text):
        if character == "?":
            characters[position] = INPUT_NAME
    try:
        expression = expressions.compile("".join(characters))
    except ExpressionError as error:
        raise _shown(error) from error

    def matches(value: Any, data: Data, environment: Environment) -> bool:
        try:
            answer = expression.evaluate(Layered({INPUT_NAME: value}, data), environment)
        except ExpressionError as error:
            raise _shown(error) from error
        if not isinstance(answer, bool):
            raise ExpressionError(f"条件“{text}”应得到是或否，得到的是{values.kind_of(answer)}。")
        return answer

    return Part(matches, (expression,), _literals(expression), is_condition=True)


def _shown(error: ExpressionError) -> ExpressionError:
    return ExpressionError(error.reason, error.column, error.source.replace(INPUT_NAME, "?"))


def _literals(expression: Expression) -> tuple[Any, ...]:
    """The numbers, texts and dates written in a condition: where its answer may change."""
    found: list[Any] = []
    for node in ast.walk(ast.parse(expression.source, mode="eval")):
        if isinstance(node, ast.Constant):
            found.append(node.value)
            if isinstance(node.value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", node.value):
                found.append(values.as_date(node.value))
    return tuple(found)


def is_bare_name(expression: Expression) -> bool:
    """A single word without a dot: nearly always text whose quotes were forgotten."""
    return expression.paths == {expression.source} and "." not in expression.source


def missing_quotes(expression: Expression) -> str:
    return (
        f'“{expression.source}”没有加引号。如果是文字，请写 "{expression.source}"；'
        "如果是数据，请写出步骤，例如 refer.department。"
    )


def fixed_value(expression: Expression) -> Any:
    """The value of a constant expression."""
    return expression.evaluate({}, Environment(date.min))


def _constants(*used: Expression) -> tuple[Any, ...]:
    """Also evaluates them once, so that date("2026-02-30") is found when publishing."""
    return tuple(fixed_value(expression) for expression in used if expression.is_constant)


def _aligned(value: Any, other: Any) -> Any:
    """The input made comparable: ISO text becomes a date where the cell holds a date.

    Raises:
        ExpressionError: the kinds differ; "3" against 3 would never match, silently.
    """
    if isinstance(other, date) and isinstance(value, str):
        return values.as_date(value)
    if value is not None and other is not None and values.kind_of(value) != values.kind_of(other):
        raise ExpressionError(f"输入的内容是{values.kind_of(value)}，这一格写的是{values.kind_of(other)}。")
    return value


def _equality(expression: Expression) -> Part:
    def matches(value: Any, data: Data, environment: Environment) -> bool:
        wanted = expression.evaluate(data, environment)
        if values.is_list(wanted) and not values.is_list(value):
            return any(values.equal(_aligned(value, entry), entry) for entry in wanted)
        return values.equal(_aligned(value, wanted), wanted)

    constants = _constants(expression)
    if constants and values.is_list(constants[0]):
        constants = tuple(constants[0])
    return Part(matches, (expression,), constants, lists_values=expression.is_constant)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": values.less,
    ">": lambda value, other: values.less(other, value),
    "<=": lambda value, other: not values.less(other, value),
    ">=": lambda value, other: not values.less(value, other),
}


def _comparison(operator: str, expression: Expression) -> Part:
    if operator in ("=", "=="):
        return _equality(expression)
    if operator == "!=":
        equality = _equality(expression)
        return Part(lambda *given: not equality.matches(*given), equality.expressions, equality.constants)
    compare = _COMPARE[operator]

    def matches(value: Any, data: Data, environment: Environment) -> bool:
        other = expression.evaluate(data, environment)
        value = _aligned(value, other)
        return value is not None and compare(value, other)

    constants = _constants(expression)
    for constant in constants:
        _check_ordered(constant)
    return Part(matches, (expression,), constants)


def _range(opening: str, low_text: str, high_text: str, closing: str) -> Part:
    low, high = expressions.compile(low_text), expressions.compile(high_text)
    above = _COMPARE[">=" if opening == "[" else ">"]
    below = _COMPARE["<=" if closing == "]" else "<"]

    def matches(value: Any, data: Data, environment: Environment) -> bool:
        first, last = low.evaluate(data, environment), high.evaluate(data, environment)
        value = _aligned(value, first)
        return value is not None and above(value, first) and below(value, last)

    constants = _constants(low, high)
    for constant in constants:
        _check_ordered(constant)
    if len(constants) == 2:
        exclusive = not (opening == "[" and closing == "]")
        if values.less(constants[1], constants[0]) or (exclusive and values.equal(*constants)):
            raise ExpressionError(f"范围“{low_text}..{high_text}”里没有任何值，请检查起点和终点。")
    return Part(matches, (low, high), constants)


def _check_ordered(constant: Any) -> None:
    if values.kind_of(constant) not in ("数字", "日期", "文字"):
        raise ExpressionError(f"{values.kind_of(constant)}不能比较大小。")
