"""The timer language of diagrams: ``7个工作日``, ``case.respond_by前3个工作日``, ``2026-10-08``, ``PT30M``.

Periods of days do not count the day they begin on and end with the last day, 23:59:59 Beijing time (民法典
201 to 203); periods of months end on the corresponding day or else on the last day of the month (民法典 202).
Periods that name hours or minutes are exact. Rules relative to a date fire when the office opens on that day.
``（没有日期不计时）`` behind one lets it wait for nothing while there is no date: an anonymous visit has none.
When processes start by themselves is in `schedule_rules`.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from workflows.clock import BEIJING, beijing_date, beijing_moment
from workflows.engine import expressions
from workflows.engine.expressions import Calendar, Environment, Expression, ExpressionError
from workflows.engine.schedule_rules import Schedule, compile_schedule
from workflows.engine.time_words import (
    COUNT,
    END_OF_DAY,
    LONGEST_COUNT,
    OPENING,
    TimerRuleError,
    check_year,
    read_count,
    read_date,
    tidied,
)
from workflows.errors import WorkError

__all__ = ["Calendar", "Schedule", "TimerRule", "TimerRuleError", "compile", "compile_schedule"]

YEARS_LIMIT = 10
DAYS_LIMIT = YEARS_LIMIT * 366
WORKING_DAYS_LIMIT = YEARS_LIMIT * 250

Due = Callable[[datetime, Mapping[str, Any], Environment], datetime]


@dataclass(frozen=True)
class TimerRule:
    """A compiled timer.

    Attributes:
        text: as it was written.
        names: first names it reads from data or facts; empty for a fixed rule.
        paths: the dotted places it reads.
        may_lack_date: it says itself that nothing is waited for while the date it reads is empty.
    """

    text: str
    names: frozenset[str]
    paths: frozenset[str]
    _due: Due = field(repr=False, compare=False)
    _date: Expression | None = field(default=None, repr=False, compare=False)
    may_lack_date: bool = False

    @property
    def depends_on_data(self) -> bool:
        return bool(self.names)

    def waits(self, data: Mapping[str, Any], environment: Environment) -> bool:
        """False while the date is empty that the rule allows to be empty.

        Raises:
            ExpressionError: the expression can not be computed.
        """
        if not self.may_lack_date or self._date is None:
            return True
        return self._date.evaluate(data, environment) not in (None, "")

    def due(self, base: datetime, data: Mapping[str, Any], environment: Environment) -> datetime:
        """When it fires, in UTC.

        Args:
            base: the moment the wait began, aware; its Beijing date is day zero.
            data: what expressions see.

        Raises:
            TimerRuleError: the data gives no usable moment.
            ExpressionError: the expression can not be computed.
        """
        if base.tzinfo is None:
            raise ValueError("base must be aware")
        due = self._due(base, data, environment).astimezone(UTC)
        if due - base > timedelta(days=DAYS_LIMIT):
            raise TimerRuleError(f"计时“{self.text}”算出的时间在{YEARS_LIMIT}年以后，请检查。")
        return due


def compile(text: str) -> TimerRule:
    """Read a timer.

    Raises:
        TimerRuleError: a Chinese sentence saying what can be written instead.
    """
    written = text.strip()
    may_lack_date = _MAY_LACK_DATE.fullmatch(written)
    if may_lack_date is not None:
        rule = compile(may_lack_date["rule"])
        if not rule.depends_on_data or rule.may_lack_date:
            raise TimerRuleError("“（没有日期不计时）”只能写在按事项里的日期计时的规则后面，写一次。")
        return replace(rule, text=written, may_lack_date=True)
    unquoted = _unquoted(written)
    if not unquoted:
        raise TimerRuleError("计时规则是空的，请填写，例如“7个工作日”。")
    if len(unquoted) > expressions.SOURCE_LIMIT:
        raise TimerRuleError("计时规则太长，请写得简单一些。")
    fixed = _fixed(unquoted)
    if fixed is not None:
        return TimerRule(written, frozenset(), frozenset(), fixed)
    if unquoted != written:
        raise _not_understood(unquoted)
    return _relative(written) or _from_expression(written)


_MAY_LACK_DATE = re.compile(r"(?P<rule>.*?)\s*[（(]没有日期不计时[）)]", re.DOTALL)


def _unquoted(text: str) -> str:
    for opening, closing in ('""', "''", "“”", "‘’"):
        inner = text[1:-1]
        if text[:1] == opening and text[-1:] == closing and opening not in inner and closing not in inner:
            return inner.strip()
    return text


def _not_understood(text: str) -> TimerRuleError:
    return TimerRuleError(
        f"看不懂计时规则“{text[:40]}”。可以写：7个工作日、3天、48小时、2026-10-08、PT30M、case.respond_by前3个工作日。"
    )


# Fixed rules: everything that can be judged without data.


def _fixed(text: str) -> Due | None:
    """A rule that needs no data; None when the text is not of that kind."""
    tidy = re.sub(r"(?<=[日天周期月年时钟])(?:以|之)?[内后]$", "", tidied(text))  # 7个工作日内, 3天后
    if re.match(r"R\d*/", tidy):
        raise TimerRuleError("不能使用循环计时（R/…）。请用几个一次性的计时，或把流程设为定时启动。")
    for pattern, read in _FIXED:
        match = re.fullmatch(pattern, tidy)
        if match:
            return read(*match.groups())
    if re.match(r"-\s*\d|-P|P-", tidy):
        raise TimerRuleError("计时的长度必须大于0，不能是负数。")
    if re.match(r"P[\dT]", tidy):
        raise _not_understood(text)
    return None


def _working_days(count: str) -> Due:
    n = _limited(read_count(count), WORKING_DAYS_LIMIT)

    def due(base: datetime, data: Mapping[str, Any], environment: Environment) -> datetime:
        return _end_of(_working_days_from(environment, beijing_date(base), n))

    return due


def _days(count: str) -> Due:
    return _period(days=read_count(count))


def _weeks(count: str) -> Due:
    return _period(days=7 * read_count(count))


def _months(count: str) -> Due:
    return _period(months=read_count(count))


def _years(count: str) -> Due:
    return _period(months=12 * read_count(count))


def _clock_time(count: str, unit: str) -> Due:
    n = read_count(count)
    return _period(minutes=n if unit == "分钟" else 60 * n)


def _iso_duration(*parts: str | None) -> Due:
    if any(part and len(part) > LONGEST_COUNT for part in parts):
        raise _too_long()
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts)
    return _period(months=years * 12 + months, days=weeks * 7 + days, minutes=hours * 60 + minutes, seconds=seconds)


def _period(*, months: int = 0, days: int = 0, minutes: int = 0, seconds: int = 0) -> Due:
    """Months, then days, on the calendar; then clock time. Without that it lasts to the end of the day."""
    span_minutes = minutes + (seconds + 59) // 60
    if not (months or days > 0 or span_minutes):
        raise TimerRuleError("计时的长度必须大于0。")
    _limited(months * 61 // 2 + days + span_minutes // 1440, DAYS_LIMIT)

    def due(base: datetime, data: Mapping[str, Any], environment: Environment) -> datetime:
        local = base.astimezone(BEIJING)
        last = _months_after(local.date(), months) + timedelta(days=days)
        if not span_minutes:
            return _end_of(last)
        return datetime.combine(last, local.timetz()) + timedelta(minutes=minutes, seconds=seconds)

    return due


def _iso_date(text: str) -> Due:
    day = read_date(text)
    return lambda base, data, environment: _end_of(day)


def _chinese_date(year: str, month: str, day: str) -> Due:
    return _iso_date(f"{year}-{int(month):02}-{int(day):02}")


def _iso_moment(text: str) -> Due:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TimerRuleError(f"“{text[:40]}”不是有效的时间，请写成 2026-10-08T09:00:00+08:00 的样子。") from None
    if moment.tzinfo is None:
        raise TimerRuleError(f"时间“{text[:40]}”没有写时区，请在后面加上 +08:00（北京时间）。")
    check_year(moment.year)
    return lambda base, data, environment: moment


_ISO_DURATION = r"P(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"

_FIXED: tuple[tuple[str, Callable[..., Due]], ...] = (
    (rf"({COUNT})个?(?:工作日|工作天)", _working_days),
    (r"(?i:(\d+) ?(?:wd|working days?))", _working_days),
    (r"P(\d+)WD", _working_days),
    (rf"({COUNT})个?天", _days),
    (rf"({COUNT})个?(?:周|星期)", _weeks),
    (rf"({COUNT})个月", _months),
    (rf"({COUNT})年", _years),
    (rf"({COUNT})个?(小时|分钟)", _clock_time),
    (_ISO_DURATION, _iso_duration),
    (r"(\d{4}-\d{2}-\d{2})", _iso_date),
    (r"(\d{4})年(\d{1,2})月(\d{1,2})日", _chinese_date),
    (r"(\d{4}-\d{2}-\d{2}[T ]\d{2}.*)", _iso_moment),
)


# Rules that read data.

_RELATIVE = re.compile(
    r"(?P<subject>.+?)\s*(?:(?P<same>当日|当天)"
    rf"|之?(?P<side>前|后)\s*(?P<count>{COUNT})\s*个?\s*(?P<unit>工作日|工作天|天))",
    re.DOTALL,
)


def _relative(text: str) -> TimerRule | None:
    match = _RELATIVE.fullmatch(text)
    if match is None:
        return None
    subject = match["subject"].strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", subject):
        read_date(subject)
        subject = f'"{subject}"'
    expression = _expression(subject, text)
    move = _mover(match["side"], match["unit"], match["count"])

    def due(base: datetime, data: Mapping[str, Any], environment: Environment) -> datetime:
        day = _day_of(expression, data, environment)
        return beijing_moment(move(environment, day), OPENING)

    return TimerRule(text, expression.names, expression.paths, due, expression)


def _mover(side: str | None, unit: str | None, count: str | None) -> Callable[[Environment, date], date]:
    if count is None:
        return lambda environment, day: day
    n = read_count(count)
    before = side == "前"
    if unit == "天":
        _limited(n, DAYS_LIMIT)
        return lambda environment, day: day + timedelta(days=-n if before else n)
    _limited(n, WORKING_DAYS_LIMIT)
    return lambda environment, day: _working_days_from(environment, day, -n if before else n)


def _day_of(expression: Expression, data: Mapping[str, Any], environment: Environment) -> date:
    value = expression.evaluate(data, environment)
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        fixed = _date_or_moment(value)
        if fixed is not None:
            return beijing_date(fixed)
    raise TimerRuleError(f"“{expression.source}”现在的内容不是日期，无法计时。请先填好日期。")


def _date_or_moment(text: str) -> datetime | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _end_of(read_date(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _from_expression(text: str) -> TimerRule:
    expression = _expression(text, text)
    if not expression.names and "(" not in text:
        raise _not_understood(text)

    def due(base: datetime, data: Mapping[str, Any], environment: Environment) -> datetime:
        value = expression.evaluate(data, environment)
        if isinstance(value, date):
            return _end_of(value)
        if isinstance(value, timedelta):
            return _period(days=value.days)(base, data, environment)
        rule = _fixed(value) if isinstance(value, str) else None
        if rule is None:
            raise TimerRuleError(f"“{text}”现在的内容不是日期也不是时间长度，无法计时。请先填好日期。")
        return rule(base, data, environment)

    return TimerRule(text, expression.names, expression.paths, due, expression)


def _expression(source: str, text: str) -> Expression:
    try:
        return expressions.compile(source)
    except ExpressionError as error:
        raise TimerRuleError(f"{_not_understood(text)}如果这是表达式：{error.reason}") from error


# Days.


def _end_of(day: date) -> datetime:
    return datetime.combine(day, END_OF_DAY, BEIJING)


def _months_after(day: date, months: int) -> date:
    """The corresponding day, or the last day of a month that is too short."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def _working_days_from(environment: Environment, day: date, n: int) -> date:
    calendar = environment.calendar()
    try:
        return calendar.add_working_days(day, n) if n > 0 else calendar.working_days_before(day, -n)
    except (WorkError, ValueError, OverflowError) as error:
        raise TimerRuleError(f"工作日历无法推算：{error}") from error


def _limited(count: int, limit: int) -> int:
    if count > limit:
        raise _too_long()
    return count


def _too_long() -> TimerRuleError:
    return TimerRuleError(f"计时太长，最多{YEARS_LIMIT}年。")
