"""What can be computed before there is any data: fixed values, and whether a timer is always ahead of its wait."""

from datetime import date, datetime, timedelta
from typing import Any

from workflows.clock import BEIJING
from workflows.engine import expressions, timer_rules
from workflows.engine.expressions import Environment, Expression, ExpressionError
from workflows.engine.timer_rules import TimerRule, TimerRuleError

_EARLY = datetime(2026, 1, 5, 9, tzinfo=BEIJING)
_LATE = datetime(2096, 1, 5, 9, tzinfo=BEIJING)  # later than any fixed date that is meant


class _EveryDay:
    """Every day is a working day: whether something can be computed does not depend on holidays."""

    def is_working_day(self, day: date) -> bool:
        return True

    def add_working_days(self, start: date, n: int, /) -> date:
        return start + timedelta(days=n)

    def working_days_before(self, day: date, n: int, /) -> date:
        return day - timedelta(days=n)


def environment(moment: datetime = _EARLY) -> Environment:
    """What expressions may know besides data, on a day of trial."""
    return Environment(today=moment.date(), calendar=_EveryDay)


def why_never(compiled: Expression | TimerRule) -> str | None:
    """Why something that reads no data can never be computed; None when it can, or reads data."""
    if compiled.names:
        return None
    try:
        if isinstance(compiled, TimerRule):
            compiled.due(_EARLY, {}, environment())
        else:
            compiled.evaluate({}, environment())
    except (ExpressionError, TimerRuleError) as error:
        return str(error)
    return None


def fixed_value(source: str) -> tuple[bool, Any]:
    """Whether an expression reads no data, and then its value."""
    try:
        compiled = expressions.compile(source)
        return (False, None) if compiled.names else (True, compiled.evaluate({}, environment()))
    except ExpressionError:
        return False, None


def always_ahead(text: str) -> bool:
    """Whether a timer fires after its wait began, whenever that is: a length of time, not a date."""
    try:
        rule = timer_rules.compile(text)
        return not rule.names and all(rule.due(moment, {}, environment(moment)) > moment for moment in (_EARLY, _LATE))
    except (ExpressionError, TimerRuleError):
        return True  # refused for itself
