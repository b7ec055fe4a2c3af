"""What leaves an expression: a copy of limited size that shares nothing with stored data."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from workflows.engine.expression_values import (
    ExpressionError,
    Value,
    is_list,
    is_number,
    limited_list,
    limited_text,
    number,
)

TOTAL_LIMIT = 200_000  # entries plus characters of a whole result
NESTING_LIMIT = 40


class _Copier:
    """Copies a result while counting its size."""

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._left = TOTAL_LIMIT

    def copy(self, value: Value, depth: int = 0) -> Value:
        self._spend(1)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            self._spend(len(value))
            return limited_text(value)
        if is_number(value):
            return number(value)
        if isinstance(value, date | timedelta) and not isinstance(value, datetime):
            return self._time(value)
        return self._collection(value, depth + 1)

    def _time(self, value: date | timedelta) -> Value:
        if not self._plain:
            return value
        return value.days if isinstance(value, timedelta) else value.isoformat()

    def _collection(self, value: Value, depth: int) -> Value:
        if depth > NESTING_LIMIT:
            raise ExpressionError(f"数据嵌套超过{NESTING_LIMIT}层。")
        if is_list(value):
            return [self.copy(entry, depth) for entry in limited_list(value)]
        if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
            return {self.copy(key): self.copy(entry, depth) for key, entry in value.items()}
        raise ExpressionError("结果里有表达式不支持的内容。")

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ExpressionError("结果太大，请只取需要的部分。")


def copied(value: Value) -> Value:
    """A deep copy, so that no result shares a list or dictionary with stored data.

    Raises:
        ExpressionError: too large, nested too deep, or not a value of the language.
    """
    return _Copier(plain=False).copy(value)


def plain(value: Value) -> Value:
    """A deep copy fit to be stored as JSON: dates as ISO text, spans as a number of days."""
    return _Copier(plain=True).copy(value)
