"""The working calendar on the command line: dates with their reasons, import of a year's notice, a year at a glance."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from service.cli.console import operator
from workflows import calendar_change
from workflows.actor import Actor
from workflows.errors import Invalid, WorkError
from workflows.settings import BadSettings
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import actions, imports, queries, seed, sheets
from workflows.workdays.actions import Preview
from workflows.workdays.checks import ReadYear
from workflows.workdays.rules import (
    WEEKDAYS,
    YEAR_STATUS_NAMES,
    DayRule,
    Deadline,
    Layer,
    WorkingCalendar,
    YearStatus,
    statutory_days,
)

OpenWorkplace = Callable[[], Workplace]
MONTHS_ACROSS = 3
BAD_LINE = '看不懂这一行，应当写成 {"start": "2026-09-24", "n": 7}。'


@click.command()
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="day of receipt (day zero)")
@click.option("--days", type=int, default=7, show_default=True, help="working days")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
@click.option(
    "--batch",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help='JSON lines {"start": "2026-09-24", "n": 7}; - is standard input',
)
@click.pass_obj
def due(open_workplace: OpenWorkplace, start: datetime | None, days: int, as_json: bool, batch: str | None) -> None:
    """The last day of a number of working days, final or provisional, and the reason day by day."""
    if (start is None) == (batch is None):
        raise click.UsageError("give either --start or --batch")
    working = _calendar_in_force(open_workplace)
    if batch is not None:
        sys.exit(_answer_batch(working, batch))
    if start is not None:
        deadline = working.explain(start.date(), days)
        click.echo(json.dumps(_as_json(deadline), ensure_ascii=False) if as_json else _as_text(deadline))


@click.group()
def calendar() -> None:
    """The working calendar."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["notice", "sheet", "json"]), help="guessed from the file name when left out")
@click.option("--year", type=int, help="the year it is for")
@click.option("--confirm", is_flag=True, help="put it in force; without it only a draft is made and shown")
@click.option(
    "--by", "login", help="login of who drafts or, with --confirm, confirms; the account of this machine when left out"
)
@click.option("--reason", default="", help="why, when the checks had doubts")
@click.pass_obj
def import_year(
    open_workplace: OpenWorkplace,
    file: Path,
    kind: str | None,
    year: int | None,
    confirm: bool,
    login: str | None,
    reason: str,
) -> None:
    """Import a year: the notice's text, a spreadsheet (日期, 类型, 名称) or a holiday-cn JSON file."""
    read = imports.read_file(file.name, file.read_bytes(), year, kind=kind)
    workplace = open_workplace()
    actor = _importer(workplace, login)
    shown = _draft(workplace, read, operator(None) if confirm else actor)
    for line in _preview_lines(shown):
        click.echo(line)
    if not confirm:
        click.echo("以上是草稿，尚未生效。请核对原文，再由另一人加上 --confirm 确认。")
        return
    moved = calendar_change.confirm_year(workplace, actor, year=read.year, reason=reason)
    click.echo(f"{read.year} 年放假安排已生效，{moved} 件未办结事项的期限有变动。")


@calendar.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template(file: Path) -> None:
    """Write the Excel template for an import (日期, 类型, 名称)."""
    file.write_bytes(sheets.template())
    click.echo(f"模板已写入 {file}，填好后用 luji calendar import 导入。")


@calendar.command()
@click.argument("year", type=click.IntRange(2007, 2060))
@click.option("--json", "as_json", is_flag=True, help="the days that are not as their weekday says")
@click.pass_obj
def show(open_workplace: OpenWorkplace, year: int, as_json: bool) -> None:
    """A year at a glance: 休 a day off, 班 a make-up working day."""
    working = _calendar_in_force(open_workplace)
    status = _status(open_workplace, working, year)
    rules = [rule for day, rule in sorted(working.days.items()) if day.year == year]
    if as_json:
        days = [{"date": rule.day.isoformat(), **_facts(rule)} for rule in rules]
        click.echo(json.dumps({"year": year, "status": status, "days": days}, ensure_ascii=False))
        return
    click.echo(f"{year} 年放假安排（{YEAR_STATUS_NAMES[status]}）")
    if status is not YearStatus.OFFICIAL:
        click.echo("尚未生效，按法定假日暂定，没有调休补班。")
    for first in range(1, 13, MONTHS_ACROSS):
        blocks = [_month(working, year, month) for month in range(first, first + MONTHS_ACROSS)]
        for line in zip(*blocks, strict=True):
            click.echo("  ".join(line).rstrip())
    for rule in rules:
        click.echo(_rule_line("", rule))


def _calendar_in_force(open_workplace: OpenWorkplace) -> WorkingCalendar:
    """The installation's calendar; the bundled one where nothing is set up yet."""
    try:
        with open_workplace().reading(EVERYWHERE) as session:
            return queries.working_calendar(session)
    except (SQLAlchemyError, BadSettings, OSError):
        click.echo("没有可用的数据库，按随系统提供的放假安排计算。", err=True)
        return seed.bundled()


def _status(open_workplace: OpenWorkplace, working: WorkingCalendar, year: int) -> YearStatus:
    if year in working.official:
        return YearStatus.OFFICIAL
    try:
        with open_workplace().reading(EVERYWHERE) as session:
            return queries.year_status(session, year)
    except (SQLAlchemyError, BadSettings, OSError):
        return YearStatus.UNPUBLISHED


def _answer_batch(working: WorkingCalendar, source: str) -> int:
    """Answer line by line; the exit code is 1 when there was a bad line."""
    bad = 0
    with click.open_file(source, "rb") as lines, click.open_file("-", "w", encoding="utf-8") as answers:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                answers.write(_answer(working, line) + "\n")
            except (ValueError, KeyError, TypeError, RecursionError, WorkError) as error:
                bad = 1
                why = str(error) if isinstance(error, WorkError) else BAD_LINE
                answers.write(json.dumps({"line": number, "error": why}, ensure_ascii=False) + "\n")
        answers.flush()
    return bad


def _answer(working: WorkingCalendar, line: bytes) -> str:
    asked = json.loads(line)
    start, count = date.fromisoformat(asked["start"]), asked["n"]
    if type(count) is not int:  # True is one, too
        raise TypeError("n")
    last = working.add_working_days(start, count)
    final = working.is_final(start, last)
    return json.dumps({"start": start.isoformat(), "n": count, "due": last.isoformat(), "final": final})


def _as_json(deadline: Deadline) -> dict[str, object]:
    return {
        "start": deadline.start.isoformat(),
        "n": deadline.count,
        "due": deadline.due.isoformat(),
        "final": deadline.final,
        "warning": deadline.warning,
        "trace": [
            {
                "date": line.day.isoformat(),
                "counted": line.ordinal,
                "reason": line.reason,
                "source": line.source,
                "settled": line.settled,
                "text": str(line),
            }
            for line in deadline.trace
        ],
    }


def _as_text(deadline: Deadline) -> str:
    mark = "正式" if deadline.final else "暂定"
    last = WEEKDAYS[deadline.due.weekday()]
    head = f"{deadline.start} 起第 {deadline.count} 个工作日：{deadline.due}（周{last}，{mark}）"
    begin = f"{deadline.start.month}月{deadline.start.day}日（周{WEEKDAYS[deadline.start.weekday()]}）为起算日，不计"
    lines = [head, begin, *(str(line) for line in deadline.trace)]
    return "\n".join([*lines, *([deadline.warning] if deadline.warning else [])])


def _importer(workplace: Workplace, login: str | None) -> Actor:
    if login is None:
        return operator(None)
    with _prepared(), workplace.reading(None) as session:
        return calendar_change.importer(session, login)


def _draft(workplace: Workplace, read: ReadYear, actor: Actor) -> Preview:
    with _prepared(), workplace.unit_of_work(None) as session:
        return actions.draft_year(session, actor, read, at=workplace.engine.clock())


@contextmanager
def _prepared() -> Iterator[None]:
    """
    Raises:
        Invalid: the database was never set up.
    """
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        raise Invalid("数据库还没有准备好，请先运行 luji migrate 或 luji up。") from error


def _preview_lines(shown: Preview) -> Iterator[str]:
    yield f"{shown.year} 年放假安排预览：{shown.read.title}{shown.read.number}"
    for finding in shown.findings:
        yield str(finding)
    if not shown.findings:
        yield "检查全部通过。"
    make_up = [rule for rule in shown.read.days if rule.working]
    yield "补班：" + ("；".join(f"{rule.name} {_said(rule.day)}" for rule in make_up) or "无")
    if not shown.added and not shown.removed:
        yield "与已生效的安排没有差别。"
    for sign, rules in (("新增", shown.added), ("取消", shown.removed)):
        for rule in rules:
            yield _rule_line(sign, rule)


def _rule_line(sign: str, rule: DayRule) -> str:
    return f"{sign} {rule.day}（周{WEEKDAYS[rule.day.weekday()]}）{'班' if rule.working else '休'} {rule.name}".strip()


def _said(day: date) -> str:
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def _facts(rule: DayRule) -> dict[str, object]:
    return {
        "working": rule.working,
        "name": rule.name,
        "layer": str(Layer(rule.layer)),
        "source": rule.source,
    }


def _month(working: WorkingCalendar, year: int, month: int) -> list[str]:
    """Eight lines of 28 columns: name, weekdays, six weeks."""
    first = date(year, month, 1)
    monday = first - timedelta(days=first.weekday())
    cells = [monday + timedelta(days=n) for n in range(42)]
    weeks = [
        "".join(_cell(working, day) if day.month == month else "    " for day in cells[n : n + 7])
        for n in range(0, 42, 7)
    ]
    return [f"{month:>2}月{'':24}", "".join(f"{name}  " for name in WEEKDAYS), *weeks]


def _cell(working: WorkingCalendar, day: date) -> str:
    """Four columns wide; a Chinese character takes two."""
    rule = working.days.get(day)
    if rule is not None:
        return f"{day.day:>2}{'班' if rule.working else '休'}"
    assumed = day.year not in working.official and day in statutory_days(day.year)
    return f"{day.day:>2}休" if assumed else f"{day.day:>2}  "
