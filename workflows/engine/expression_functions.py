"""The functions an expression may call. There are no others, and functions are not values."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from workflows.engine import expression_values as values
from workflows.engine.expression_results import plain
from workflows.engine.expression_values import ExpressionError, Value
from workflows.errors import WorkError

WORKING_DAYS_LIMIT = 2500  # ten years
DIGITS_LIMIT = 40


class Calendar(Protocol):
    """The working calendar, as the engine's languages need it."""

    def is_working_day(self, day: date) -> bool: ...

    def add_working_days(self, start: date, n: int, /) -> date: ...

    def working_days_before(self, day: date, n: int, /) -> date: ...


def _no_calendar() -> Calendar:
    raise ExpressionError("这里不能计算工作日。")


@dataclass(frozen=True)
class Environment:
    """What expressions may know besides data.

    Attributes:
        today: the Beijing date.
        calendar: gives the working calendar; called only when a working-day function is.
    """

    today: date
    calendar: Callable[[], Calendar] = _no_calendar


@dataclass(frozen=True)
class Function:
    """One entry of the table.

    Attributes:
        usage: how it is written, Chinese names for what goes in.
        call: takes the environment, then the arguments.
        least: fewest arguments.
        most: most arguments.
    """

    usage: str
    call: Callable[..., Value]
    least: int
    most: int


def _rows(value: Value) -> list[Value]:
    if not values.is_list(value):
        raise ExpressionError(f"这里需要列表，得到的是{values.kind_of(value)}。")
    return values.limited_list(value)


def _key(value: Value) -> str:
    if not isinstance(value, str):
        raise ExpressionError('项目名称要写成文字，例如 "points"。')
    return value


def _len(_: Environment, value: Value) -> int:
    if not (values.is_list(value) or isinstance(value, str | Mapping)):
        raise ExpressionError(f"{values.kind_of(value)}没有长度。")
    return len(value)


def _sum(_: Environment, rows: Value) -> Value:
    total: Value = 0
    for row in _rows(rows):
        total = values.add(total, values.number(row))
    return total


def _extreme(smallest: bool) -> Callable[..., Value]:
    def extreme(_: Environment, *arguments: Value) -> Value:
        candidates = _rows(arguments[0]) if len(arguments) == 1 else list(arguments)
        if not candidates:
            raise ExpressionError("空列表里没有最大值或最小值。")
        best = candidates[0]
        for candidate in candidates[1:]:
            if values.less(candidate, best) is smallest and not values.equal(candidate, best):
                best = candidate
        return best

    return extreme


def _int(_: Environment, value: Value) -> int:
    """Whole part of a number, or a whole number written as text."""
    return int(values.number(_read(int, value) if isinstance(value, str) else int(values.number(value))))


def _float(_: Environment, value: Value) -> float:
    return float(values.number(_read(float, value) if isinstance(value, str) else value))


def _read(kind: type[int] | type[float], text: str) -> int | float:
    try:
        if len(text) > DIGITS_LIMIT:
            raise ValueError
        return kind(text.strip())
    except ValueError:
        raise ExpressionError(f"“{values.shorten(text, 30)}”不是数字。") from None


def _round(_: Environment, value: Value, places: Value = 0) -> Value:
    return values.round_half_up(value, values.integer(places))


def _matching(rows: Value, key: Value, wanted: Value) -> list[Value]:
    path = _key(key)
    return [row for row in _rows(rows) if values.equal(values.field_of(row, path), wanted)]


def _total(_: Environment, rows: Value, key: Value) -> Value:
    total: Value = 0
    for row in _rows(rows):
        amount = values.field_of(row, _key(key))
        total = total if amount is None else values.add(total, values.number(amount))
    return total


def _first(_: Environment, rows: Value, *default: Value) -> Value:
    found = _rows(rows)
    if found:
        return found[0]
    if not default:
        raise ExpressionError("列表是空的，没有第一项。可以写 first(列表, 默认值)。")
    return default[0]


def _get(_: Environment, container: Value, key: Value, default: Value = None) -> Value:
    for part in _key(key).split("."):
        if not isinstance(container, Mapping):
            raise ExpressionError(f"不能从{values.kind_of(container)}里取“{values.shorten(part)}”。")
        if part not in container:
            return default
        container = container[part]
    return container


def _coalesce(_: Environment, *arguments: Value) -> Value:
    return next((value for value in arguments if value is not None and value != ""), None)


def _frozen(value: Value) -> Hashable:
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(entry)) for key, entry in value.items())
    if values.is_list(value):
        return tuple(_frozen(entry) for entry in value)
    return plain(value)  # type: ignore[no-any-return]


def _unique(_: Environment, rows: Value) -> list[Value]:
    kept: dict[Hashable, Value] = {}
    for row in _rows(rows):
        kept.setdefault(_frozen(row), row)
    return list(kept.values())


def _list_of(_: Environment, rows: Value, key: Value) -> list[Value]:
    return [values.field_of(row, _key(key)) for row in _rows(rows)]


def _sorted(_: Environment, rows: Value) -> list[Value]:
    remaining = _rows(rows)
    if not remaining:
        return []
    for row in remaining[1:]:
        values.less(remaining[0], row)  # refuses what can not be ordered
    return sorted(remaining, key=values.in_days)


def _join(_: Environment, rows: Value, separator: Value = "、") -> str:
    return values.limited_text(_key(separator).join(values.as_text(row) for row in _rows(rows)))


def _working_days(count: Value) -> int:
    checked = values.integer(count)
    if not 1 <= checked <= WORKING_DAYS_LIMIT:
        raise ExpressionError(f"工作日天数要在1到{WORKING_DAYS_LIMIT}之间。")
    return checked


def _workdays(method: str) -> Callable[..., Value]:
    def workdays(environment: Environment, start: Value, count: Value) -> date:
        day, n = values.as_date(start), _working_days(count)
        calendar = environment.calendar()
        try:
            return calendar.add_working_days(day, n) if method == "after" else calendar.working_days_before(day, n)
        except (WorkError, ValueError, OverflowError) as error:
            raise ExpressionError(f"工作日历无法推算：{error}") from error

    return workdays


def _is_workday(environment: Environment, day: Value) -> bool:
    return environment.calendar().is_working_day(values.as_date(day))


def _text(_: Environment, value: Value) -> str:
    return values.as_text(value)


def _abs(_: Environment, value: Value) -> Value:
    return values.number(abs(values.number(value)))


def _quarter(_: Environment, day: Value) -> int:
    return (values.as_date(day).month + 2) // 3


MANY = 20

_TABLE: dict[str, tuple[str, Callable[..., Any], int, int]] = {
    "len": ("len(列表或文字)", _len, 1, 1),
    "sum": ("sum(数字列表)", _sum, 1, 1),
    "min": ("min(列表) 或 min(a, b, …)", _extreme(True), 1, MANY),
    "max": ("max(列表) 或 max(a, b, …)", _extreme(False), 1, MANY),
    "round": ("round(数字, 小数位数)，四舍五入", _round, 1, 2),
    "abs": ("abs(数字)", _abs, 1, 1),
    "int": ("int(数字或文字)", _int, 1, 1),
    "float": ("float(数字或文字)", _float, 1, 1),
    "str": ("str(值)", _text, 1, 1),
    "text": ("text(值)", _text, 1, 1),
    "count": ('count(列表, "项目", 值)', lambda _, *a: len(_matching(*a)), 3, 3),
    "any_of": ('any_of(列表, "项目", 值)', lambda _, *a: bool(_matching(*a)), 3, 3),
    "where": ('where(列表, "项目", 值)', lambda _, *a: _matching(*a), 3, 3),
    "total": ('total(列表, "项目")', _total, 2, 2),
    "list_of": ('list_of(列表, "项目")', _list_of, 2, 2),
    "first": ("first(列表, 默认值)", _first, 1, 2),
    "unique": ("unique(列表)", _unique, 1, 1),
    "sorted": ("sorted(列表)", _sorted, 1, 1),
    "join": ('join(列表, "、")', _join, 1, 2),
    "get": ('get(数据, "项目", 默认值)', _get, 2, 3),
    "coalesce": ("coalesce(a, b, …)，第一个不空的值", _coalesce, 1, MANY),
    "date": ('date("2026-01-31")', lambda _, day: values.as_date(day), 1, 1),
    "days": ("days(天数)", lambda _, n: values.span_of_days(n), 1, 1),
    "today": ("today()", lambda environment: environment.today, 0, 0),
    "year": ("year(日期)", lambda _, day: values.as_date(day).year, 1, 1),
    "month": ("month(日期)", lambda _, day: values.as_date(day).month, 1, 1),
    "day": ("day(日期)", lambda _, day: values.as_date(day).day, 1, 1),
    "quarter": ("quarter(日期)", _quarter, 1, 1),
    "workdays_after": ("workdays_after(日期, 工作日数)", _workdays("after"), 2, 2),
    "workdays_before": ("workdays_before(日期, 工作日数)", _workdays("before"), 2, 2),
    "is_workday": ("is_workday(日期)", _is_workday, 1, 1),
}

FUNCTIONS: Mapping[str, Function] = {name: Function(*entry) for name, entry in _TABLE.items()}

TIMELESS = frozenset(FUNCTIONS) - {"today", "workdays_after", "workdays_before", "is_workday"}
"""Functions whose value depends on their arguments only."""
