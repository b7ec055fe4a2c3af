"""Values of the expression language: which there are, what may be done with them, how large they may get.

A value is None, a truth value, a number, text, a date, a span of days, a list, or a dictionary with text
keys. Every operation checks the types it is given, so that nothing else (attribute, method) can be reached.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

OPERATION_LIMIT = 20_000
INTEGER_LIMIT = 2**63
TEXT_LIMIT = 20_000  # characters in one text
LIST_LIMIT = 10_000  # entries in one list

Value = Any


class ExpressionError(ValueError):
    """An expression can not be read, or can not be computed on this data.

    Attributes:
        reason: the Chinese sentence without its place.
        source: the expression as it was written, once known.
        column: the character it is about, counted from 1; None when it is about the whole.
    """

    def __init__(self, reason: str, column: int | None = None, source: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.source = source

    @property
    def message(self) -> str:
        """The whole sentence: which expression, where, what is wrong."""
        place = f"表达式“{shorten(self.source)}”" if self.source else "表达式"
        if self.column is not None:
            place += f"第{self.column}个字符处"
        return f"{place}：{self.reason}"

    def __str__(self) -> str:
        return self.message


def shorten(text: str, limit: int = 60) -> str:
    """Text fit to be quoted in a sentence."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def kind_of(value: Value) -> str:
    """What a clerk calls this value."""
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return "不支持的内容"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "空值"),
    (bool, "是/否"),
    ((int, float), "数字"),
    (str, "文字"),
    (date, "日期"),
    (timedelta, "天数"),
    (Mapping, "一组数据"),
    ((list, tuple), "列表"),
)


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_list(value: Value) -> bool:
    return isinstance(value, list | tuple)


def number(value: Value) -> int | float:
    """The value, checked to be a number within the limits.

    Raises:
        ExpressionError: it is something else, too large, or not finite.
    """
    if not is_number(value):
        raise ExpressionError(f"这里需要数字，得到的是{kind_of(value)}。")
    if isinstance(value, int):
        if not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
            raise ExpressionError("数字太大，超出了可以计算的范围。")
    elif not math.isfinite(value):
        raise ExpressionError("计算结果不是有限的数字。")
    return value  # type: ignore[no-any-return]


def integer(value: Value) -> int:
    """A whole number, also when it is written 3.0."""
    checked = number(value)
    if checked != int(checked):
        raise ExpressionError("这里需要整数。")
    return int(number(int(checked)))


def limited_text(value: str) -> str:
    if len(value) > TEXT_LIMIT:
        raise ExpressionError(f"文字太长，最多{TEXT_LIMIT}个字符。")
    return value


def limited_list(value: Sequence[Value]) -> list[Value]:
    if len(value) > LIST_LIMIT:
        raise ExpressionError(f"列表太长，最多{LIST_LIMIT}项。")
    return list(value)


def as_date(value: Value) -> date:
    """A date, or ISO text naming one. A moment is refused: its date depends on where one stands.

    Raises:
        ExpressionError: neither, or no such day.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ExpressionError(f"这里需要日期，得到的是{kind_of(value)}。")
    try:
        if len(value) != len("2026-01-31"):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ExpressionError(f"“{shorten(value, 30)}”不是有效的日期，请写成 2026-01-31 的样子。") from None


def as_text(value: Value) -> str:
    """How a value reads in a sentence: 是/否 for truth values, nothing for None, dates as 2026-01-31.

    Raises:
        ExpressionError: lists and dictionaries have no such form.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value == int(number(value)):
        return str(int(value))
    if is_number(value):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.days)
    raise ExpressionError(f"{kind_of(value)}不能变成文字。")


def round_half_up(value: Value, places: int = 0) -> int | float:
    """Rounds as the office does: 2.5 becomes 3, never 2."""
    if not 0 <= places <= 10:
        raise ExpressionError("小数位数要在0到10之间。")
    try:
        rounded = Decimal(str(number(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except InvalidOperation:
        raise ExpressionError("数字太大，不能四舍五入。") from None
    return number(int(rounded)) if places == 0 else float(rounded)


def member(container: Value, key: Value) -> Value:
    """`a.b`, `a["b"]` or `a[0]`. A missing key is an error: silently False would choose a wrong branch.

    Raises:
        ExpressionError: no such key, or nothing that has keys.
    """
    if isinstance(container, Mapping) and isinstance(key, str):
        if key not in container:
            raise ExpressionError(
                f'数据里没有“{shorten(key)}”这一项，请检查名称，或用 get(…, "{shorten(key)}", 默认值)。'
            )
        return container[key]
    if is_list(container) and is_number(key):
        index = integer(key)
        if not -len(container) <= index < len(container):
            raise ExpressionError(f"列表只有{len(container)}项，取不到下标{index}。")
        return container[index]
    raise ExpressionError(f"不能从{kind_of(container)}里取“{shorten(str(key)) if is_scalar(key) else '…'}”。")


def is_scalar(value: Value) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def field_of(row: Value, path: str) -> Value:
    """A possibly dotted key of one row."""
    for key in path.split("."):
        row = member(row, key)
    return row


def add(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return limited_text(left + right)
    if is_list(left) and is_list(right):
        return limited_list([*left, *right])
    if isinstance(left, timedelta) and isinstance(right, date):
        left, right = right, left
    if isinstance(left, date) and isinstance(right, timedelta):
        return _moved(left, right)
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return _span(left.days + right.days)
    return _arithmetic(operator.add, "相加", left, right)


def subtract(left: Value, right: Value) -> Value:
    if isinstance(left, date) and isinstance(right, timedelta):
        return _moved(left, -right)
    if isinstance(left, date) and isinstance(right, date):
        return left - right
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left - right
    return _arithmetic(operator.sub, "相减", left, right)


def multiply(left: Value, right: Value) -> Value:
    return _arithmetic(operator.mul, "相乘", left, right)


def divide(left: Value, right: Value) -> Value:
    return _arithmetic(operator.truediv, "相除", left, right)


def floor_divide(left: Value, right: Value) -> Value:
    return _arithmetic(operator.floordiv, "整除", left, right)


def remainder(left: Value, right: Value) -> Value:
    return _arithmetic(operator.mod, "取余数", left, right)


def _arithmetic(operation: Callable[[Any, Any], Any], verb: str, left: Value, right: Value) -> int | float:
    if not (is_number(left) and is_number(right)):
        raise ExpressionError(f"{kind_of(left)}和{kind_of(right)}不能{verb}。")
    try:
        return number(operation(number(left), number(right)))
    except ZeroDivisionError:
        raise ExpressionError("除数是0，无法计算。") from None
    except OverflowError:
        raise ExpressionError("数字太大，超出了可以计算的范围。") from None


def span_of_days(count: Value) -> timedelta:
    return _span(integer(count))


def _span(count: int) -> timedelta:
    if abs(count) > 36_600:
        raise ExpressionError("天数太大，最多100年。")
    return timedelta(days=count)


def _moved(day: date, span: timedelta) -> date:
    try:
        return day + span
    except OverflowError:
        raise ExpressionError("日期超出了可以计算的范围。") from None


def equal(left: Value, right: Value) -> bool:
    """Python's equality, but a date against text is refused: it would always be unequal, silently."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, date) and isinstance(other, str):
            raise ExpressionError("日期不能直接和文字比较，请先写 date(…) 把文字变成日期。")
    return bool(in_days(left) == in_days(right))


def less(left: Value, right: Value) -> bool:
    left, right = in_days(left), in_days(right)
    comparable = (
        (is_number(left) and is_number(right))
        or (isinstance(left, str) and isinstance(right, str))
        or (isinstance(left, date) and isinstance(right, date))
    )
    if not comparable:
        hint = "，请先写 date(…) 把文字变成日期" if {kind_of(left), kind_of(right)} == {"日期", "文字"} else ""
        raise ExpressionError(f"{kind_of(left)}和{kind_of(right)}不能比较大小{hint}。")
    return bool(left < right)


def in_days(value: Value) -> Value:
    """A span of days compares like its number of days; everything else like itself."""
    return value.days if isinstance(value, timedelta) else value


def contains(container: Value, item: Value) -> bool:
    if isinstance(container, str) and isinstance(item, str):
        return item in container
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    if is_list(container):
        return any(equal(entry, item) for entry in container)
    raise ExpressionError(f"不能判断{kind_of(item)}是否在{kind_of(container)}里。")
