"""What a decision table forgets and where it contradicts itself, found by looking at one value of every kind.

A column's answers can only change at the values written in it. So its *samples* are those values, one between any
two neighbours and one beyond each end; every cell is a set of samples, kept as the bits of a whole number. Two
rows overlap exactly when their sets meet in every column; a case is forgotten when a choice of samples is in no row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from workflows.engine import expression_values as values
from workflows.engine.decision_tables import DecisionTable, HitPolicy, Input, Rule
from workflows.engine.expressions import Environment, Expression, ExpressionError
from workflows.engine.unary_tests import UnaryTest, fixed_value

CELL_LIMIT = 150_000  # evaluations of one cell on one sample; about a second
SEARCH_LIMIT = 10_000_000  # rows looked at in the search for forgotten cases; a few seconds
REPORT_LIMIT = 10

OTHER_TEXT = "\0其他"


@dataclass(frozen=True)
class Finding:
    """One thing to correct (`is_fault`) or to look at.

    Attributes:
        element: id of the row or table.
    """

    element: str
    message: str
    is_fault: bool


@dataclass(frozen=True)
class Sample:
    """A value that stands for all values like it, and how to say which those are."""

    value: Any
    wording: str


class _Unchecked(Exception):
    """The table is too large to be looked through in reasonable time."""


def gaps_and_overlaps(table: DecisionTable) -> list[Finding]:
    """Overlaps that the hit policy forbids (faults), rows never used and cases forgotten (warnings)."""
    if table.literal is not None or not table.inputs or not table.rules:
        return []
    found: list[Finding] = []
    try:
        inspection = _Inspection(table)
        found.extend(inspection.contradictions())
        found.extend(inspection.forgotten())
    except _Unchecked:
        sentence = "表太大，重叠和遗漏未能全部检查。请拆成几张小一些的表。"
        found.append(Finding(table.id, f"决策表“{table.name}”：{sentence}", is_fault=False))
    return found


class _Inspection:
    def __init__(self, table: DecisionTable) -> None:
        self._table = table
        columns = [[rule.tests[i] for rule in table.rules] for i in range(len(table.inputs))]
        self._samples = [_samples(column, tests) for column, tests in zip(table.inputs, columns, strict=True)]
        if sum(len(samples) for samples in self._samples) * len(table.rules) > CELL_LIMIT:
            raise _Unchecked
        by_column = [
            [_matched(test, samples) for test in tests] for tests, samples in zip(columns, self._samples, strict=True)
        ]
        self._masks = list(zip(*by_column, strict=True))  # one tuple of sets per row
        self._static = [rule for rule in table.rules if all(test.is_static for test in rule.tests)]
        self._open = [rule for rule in table.rules if not all(test.is_static for test in rule.tests)]
        self._work = 0

    def contradictions(self) -> Iterator[Finding]:
        yield from self._unknown()
        yield from islice(self._overlaps(), REPORT_LIMIT)
        if self._table.policy is HitPolicy.FIRST:
            yield from islice(self._never_used(), REPORT_LIMIT)

    def forgotten(self) -> Iterator[Finding]:
        """Cases that no row covers. Cells that depend on other data are taken to cover everything."""
        if self._table.policy is HitPolicy.COLLECT or any(c.default is not None for c in self._table.outputs):
            return
        rows = [
            tuple(
                mask if test.is_static else (1 << len(samples)) - 1
                for mask, test, samples in zip(masks, rule.tests, self._samples, strict=True)
            )
            for masks, rule in zip(self._masks, self._table.rules, strict=True)
        ]
        for case in islice(self._uncovered(0, rows), REPORT_LIMIT):
            yield self._warn(self._table.id, f"没有一行说明这种情况：{self._case(case)}。")

    def _warn(self, element: str, sentence: str, *, is_fault: bool = False) -> Finding:
        return Finding(element, f"决策表“{self._table.name}”：{sentence}", is_fault)

    def _unknown(self) -> Iterator[Finding]:
        if self._open:
            rows = "、".join(str(rule.index) for rule in self._open[:REPORT_LIMIT])
            yield self._warn(self._open[0].id, f"第{rows}行的条件要看其他数据或日期，重叠和遗漏未能完全检查。")

    def _overlaps(self) -> Iterator[Finding]:
        policy = self._table.policy
        if policy not in (HitPolicy.UNIQUE, HitPolicy.ANY):
            return
        for first, second in self._pairs():
            if policy is HitPolicy.UNIQUE:
                sentence, is_fault = "这张表只允许一行符合（UNIQUE）", True
            elif (same := _same_answer(first, second)) is not True:
                sentence = "而结果不同（ANY）" if same is False else "而结果可能不同（ANY）"
                is_fault = same is False
            else:
                continue
            case = self._case(self._meeting(first, second))
            yield self._warn(
                second.id, f"第{first.index}行和第{second.index}行会同时符合（{case}），{sentence}。", is_fault=is_fault
            )

    def _pairs(self) -> Iterator[tuple[Rule, Rule]]:
        """Rows that surely meet: rows whose cells depend on other data are left to the check at run time."""
        for position, second in enumerate(self._static):
            for first in self._static[:position]:
                if all(self._meeting(first, second)):
                    yield first, second

    def _meeting(self, first: Rule, second: Rule) -> list[int]:
        pairs = zip(self._masks[first.index - 1], self._masks[second.index - 1], strict=True)
        return [one & other for one, other in pairs]

    def _never_used(self) -> Iterator[Finding]:
        for position, rule in enumerate(self._static):
            for earlier in self._static[:position]:
                own, before = self._masks[rule.index - 1], self._masks[earlier.index - 1]
                if all(one & ~other == 0 for one, other in zip(own, before, strict=True)):
                    sentence = f"第{rule.index}行永远用不到，因为第{earlier.index}行已经包括了它。"
                    yield self._warn(rule.id, sentence)
                    break

    def _uncovered(self, column: int, rows: Sequence[tuple[int, ...]]) -> Iterator[list[int]]:
        """Per column the set of samples of a forgotten case; goes through the columns from left to right."""
        everything = [(1 << len(samples)) - 1 for samples in self._samples]
        self._work += (len(rows) + 1) * (len(everything) + max(map(len, self._samples)))
        if self._work > SEARCH_LIMIT:
            raise _Unchecked
        if any(all(row[c] == everything[c] for c in range(column, len(everything))) for row in rows):
            return
        if not rows or column == len(everything):
            yield everything[column:]
            return
        groups: dict[tuple[int, ...], int] = {}  # rows that still apply -> samples with just these rows
        for position in range(len(self._samples[column])):
            applying = tuple(index for index, row in enumerate(rows) if row[column] >> position & 1)
            groups[applying] = groups.get(applying, 0) | 1 << position
        for applying, samples in groups.items():
            for rest in self._uncovered(column + 1, [rows[index] for index in applying]):
                yield [samples, *rest]

    def _case(self, masks: Sequence[int]) -> str:
        said = []
        for column, samples, mask in zip(self._table.inputs, self._samples, masks, strict=True):
            if mask == (1 << len(samples)) - 1:
                continue
            chosen = [sample.wording for index, sample in enumerate(samples) if mask >> index & 1]
            said.append(f"{column.label}：{'、'.join(chosen[:4])}{'……' if len(chosen) > 4 else ''}")
        return "；".join(said) or "任何情况"


def _matched(test: UnaryTest, samples: Sequence[Sample]) -> int:
    mask = 0
    for index, sample in enumerate(samples):
        mask |= _matches(test, sample.value) << index
    return mask


def _matches(test: UnaryTest, value: Any) -> bool:
    if not test.is_static:
        return False
    try:
        return test.matches(value, {}, Environment(date.min))
    except ExpressionError:
        return False  # a sample of another kind than the cell: the decision itself reports such values


def _samples(column: Input, tests: Sequence[UnaryTest]) -> list[Sample]:
    """One value of every kind that the column's cells tell apart."""
    constants = [*column.allowed, *(constant for test in tests for constant in test.constants)]
    kind = column.kind or next((values.kind_of(c) for c in constants if c is not None), None)
    same_kind = [constant for constant in constants if values.kind_of(constant) == kind]
    found: list[Sample] = []
    if kind == "是/否":
        found = [Sample(True, "是"), Sample(False, "否")]
    elif kind == "文字":
        found = _text_samples(same_kind, column.allowed)
    elif kind in ("数字", "日期"):
        found = list(_ordered_samples(sorted(set(same_kind)), whole=column.whole_numbers))
        if column.allowed:
            found = [sample for sample in found if sample.value in column.allowed]
    if any(constant is None for constant in constants):
        found.append(Sample(None, "空"))
    return found or [Sample(None, "任何内容")]


def _text_samples(constants: Sequence[str], allowed: Sequence[Any]) -> list[Sample]:
    named = dict.fromkeys(constants)
    if allowed:
        return [Sample(text, text) for text in named if text in allowed]
    return [*(Sample(text, text) for text in named), Sample(OTHER_TEXT, "其他")]


def _ordered_samples(points: Sequence[Any], *, whole: bool) -> Iterator[Sample]:
    if not points:
        yield Sample(0, "任何内容")
        return
    step = timedelta(days=1) if isinstance(points[0], date) else 1
    if points[0] != date.min:
        yield Sample(points[0] - step, f"小于{points[0]}")
    for low, high in zip(points, [*points[1:], None], strict=True):
        yield Sample(low, str(low))
        if high is None and low != date.max:
            yield Sample(low + step, f"大于{low}")
        elif high is not None and (between := _between(low, high, whole=whole)) is not None:
            yield Sample(between, f"大于{low}小于{high}")


def _between(low: Any, high: Any, *, whole: bool) -> Any:
    if isinstance(low, date):
        return low + timedelta(days=1) if high - low > timedelta(days=1) else None
    if whole:
        return int(low // 1) + 1 if int(low // 1) + 1 < high else None
    return (low + high) / 2


def _same_answer(first: Rule, second: Rule) -> bool | None:
    """Whether two rows say the same; None when it depends on data."""
    answers = [_same_value(one, other) for one, other in zip(first.outputs, second.outputs, strict=True)]
    if all(answers):
        return True
    return False if False in answers else None


def _same_value(one: Expression, other: Expression) -> bool | None:
    if one.source == other.source:
        return True
    if one.is_constant and other.is_constant:
        return bool(fixed_value(one) == fixed_value(other))
    return None
