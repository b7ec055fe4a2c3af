"""The working calendar on the command line: dates with their reasons, import of a year's notice, a year at a glance."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import click
from openpyxl import load_workbook
from sqlalchemy.exc import SQLAlchemyError

from workflows import calendar_change
from workflows.errors import Invalid, WorkError
from workflows.settings import BadSettings
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace
from workflows.workdays import actions, notice, queries, seed
from workflows.workdays.actions import Preview
from workflows.workdays.notice import ReadYear
from workflows.workdays.rules import Deadline, WorkingCalendar

OpenWorkplace = Callable[[], Workplace]
ROW_LIMIT = 1000


@click.command()
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="day of receipt (day zero)")
@click.option("--days", type=int, default=7, show_default=True, help="working days")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
@click.option("--batch", type=click.Path(allow_dash=True), help='JSON lines {"start": …, "n": …}; - is standard input')
@click.pass_obj
def due(open_workplace: OpenWorkplace, start, days: int, as_json: bool, batch: str | None) -> None:  # type: ignore[no-untyped-def]
    """The last day of a number of working days, final or provisional, and the reason day by day."""
    calendar = _calendar(open_workplace)
    if batch is not None:
        _answer_batch(calendar, batch)
        return
    if start is None:
        raise click.UsageError("give --start or --batch")
    deadline = calendar.explain(start.date(), days)
    click.echo(json.dumps(_as_json(deadline), ensure_ascii=False) if as_json else _as_text(deadline))


@click.group()
def calendar() -> None:
    """The working calendar."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["notice", "sheet", "json"]), help="guessed from the file name when left out")
@click.option("--year", type=int, help="the year it is for")
@click.option("--confirm", is_flag=True, help="put it in force; without it only the preview is shown")
@click.option("--by", "login", help="login of the person who confirms")
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
    read, raw = _read(file, kind or _kind_of(file), year)
    workplace = open_workplace()
    now = workplace.engine.clock()
    with workplace.unit_of_work(None) as session:
        actor = calendar_change.importer(session, login)
        shown = actions.draft_year(session, actor, read, raw_text=raw, at=now)
    for line in _preview_lines(shown):
        click.echo(line)
    if not confirm:
        click.echo("以上是预览，尚未生效。核对原文后加上 --confirm 生效。")
        return
    moved = calendar_change.confirm_year(workplace, login, year=read.year, reason=reason)
    click.echo(f"{read.year} 年放假安排已生效，{moved} 件未办结事项的期限有变动。")


@calendar.command()
@click.argument("year", type=int)
@click.option("--json", "as_json", is_flag=True, help="the days that are not as their weekday says")
@click.pass_obj
def show(open_workplace: OpenWorkplace, year: int, as_json: bool) -> None:
    """A year at a glance: 休 a day off, 班 a make-up working day, · a weekend."""
    working = _calendar(open_workplace)
    if as_json:
        days = [
            {"date": day.isoformat(), "working": rule.working, "name": rule.name, "source": rule.source}
            for day, rule in sorted(working.days.items())
            if day.year == year
        ]
        click.echo(json.dumps({"year": year, "official": year in working.official, "days": days}, ensure_ascii=False))
        return
    click.echo(f"{year} 年　{'正式安排' if year in working.official else '放假安排尚未公布，按法定假日暂定'}")
    for month in range(1, 13):
        click.echo(f"{month:>2}月 " + " ".join(_mark(working, date(year, month, n)) for n in _days_of(year, month)))


def _calendar(open_workplace: OpenWorkplace) -> WorkingCalendar:
    """The installation's calendar; the bundled one where nothing is set up yet."""
    try:
        workplace = open_workplace()
        with workplace.reading(EVERYWHERE) as session:
            return queries.working_calendar(session)
    except (SQLAlchemyError, BadSettings):
        return seed.bundled()


def _answer_batch(working: WorkingCalendar, source: str) -> None:
    bad = False
    with click.open_file(source, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                click.echo(_answer(working, line))
            except (ValueError, KeyError, TypeError, WorkError) as error:
                bad = True
                why = str(error) if isinstance(error, WorkError) else '应当写成 {"start": "2026-09-24", "n": 7}。'
                click.echo(json.dumps({"line": number, "error": why}, ensure_ascii=False))
    if bad:
        sys.exit(1)


def _answer(working: WorkingCalendar, line: str) -> str:
    asked = json.loads(line)
    start, count = date.fromisoformat(asked["start"]), asked["n"]
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError("n")
    last = working.add_working_days(start, count)
    answer = {"start": asked["start"], "n": count, "due": last.isoformat(), "final": working.is_final(start, last)}
    return json.dumps({"start": answer["start"], "due": answer["due"], "final": answer["final"]} | answer)


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
            }
            for line in deadline.trace
        ],
    }


def _as_text(deadline: Deadline) -> str:
    mark = "" if deadline.final else "（暂定）"
    head = f"{deadline.start.isoformat()} 起 {deadline.count} 个工作日：{deadline.due.isoformat()}{mark}"
    lines = [head, "收到当日为第0日，不计。", *(str(line) for line in deadline.trace)]
    return "\n".join([*lines, *([deadline.warning] if deadline.warning else [])])


def _read(file: Path, kind: str, year: int | None) -> tuple[ReadYear, str]:
    if kind == "sheet" and file.suffix == ".xlsx":
        return notice.read_rows(_sheet_rows(file), year), ""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = file.read_text(encoding="gb18030")
    if kind == "sheet":
        return notice.read_rows((line.split(",") for line in text.splitlines()), year), text
    if kind == "json":
        return notice.read_json(text, year), text
    return notice.read_notice(text, year), text


def _sheet_rows(file: Path) -> Iterator[tuple[object, ...]]:
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises what zipfile, XML and its own code raise
        raise Invalid("这不是能打开的 Excel 文件，请用模板重新保存为 .xlsx。") from error
    try:
        for number, row in enumerate(book.worksheets[0].iter_rows(max_col=3, values_only=True)):
            if number >= ROW_LIMIT:
                raise Invalid("表格太长，最多 {limit} 行。", limit=ROW_LIMIT)
            yield row
    finally:
        book.close()


def _kind_of(file: Path) -> str:
    return {".xlsx": "sheet", ".csv": "sheet", ".json": "json"}.get(file.suffix, "notice")


def _preview_lines(shown: Preview) -> Iterable[str]:
    yield f"{shown.year} 年放假安排预览："
    for finding in shown.findings:
        yield f"{'✗' if finding.blocks else '!'} {finding.text}"
    for rule in shown.added:
        yield f"+ {rule.day.isoformat()} {'班' if rule.working else '休'} {rule.name}"
    for rule in shown.removed:
        yield f"- {rule.day.isoformat()} {'班' if rule.working else '休'} {rule.name}"


def _mark(working: WorkingCalendar, day: date) -> str:
    rule = working.days.get(day)
    if rule is not None:
        return f"{day.day:02d}{'班' if rule.working else '休'}"
    if not working.is_working_day(day):
        return f"{day.day:02d}·" if day.weekday() >= 5 else f"{day.day:02d}休"
    return f"{day.day:02d} "


def _days_of(year: int, month: int) -> list[int]:
    following = date(year + month // 12, month % 12 + 1, 1)
    return list(range(1, (following - date(year, month, 1)).days + 1))
