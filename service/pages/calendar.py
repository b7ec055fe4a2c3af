"""The working calendar: the year day by day, and next year's notice: read, checked, looked at, confirmed.

What is confirmed moves open deadlines; which ones, and to which day, is shown before.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth, errors, flash
from service.context import the_actor, the_workplace, today
from workflows import calendar_change, calendar_watch
from workflows.cases import queries as cases
from workflows.errors import Invalid, NotFound
from workflows.people.rules import PROCESS_ADMIN
from workflows.workdays import actions, imports, queries
from workflows.workdays.checks import ReadYear
from workflows.workdays.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    YEAR_STATUS_NAMES,
    DayRule,
    WorkingCalendar,
    YearStatus,
    statutory_days,
)

bp = Blueprint("calendar", __name__, url_prefix=calendar_watch.PAGE)

YEARS_AROUND = (-1, 0, 1)


@dataclass(frozen=True)
class Day:
    """One day of the year's grid.

    Attributes:
        state: off, makeup, or "" for a day that is as its weekday says.
        changed: a draft changes it.
    """

    number: int
    state: str
    name: str
    changed: bool = False


@bp.get("/")
@auth.roles(*calendar_watch.WATCHERS)
def show() -> str:
    """A year at a glance, the years around it, and where the next one is imported."""
    year = _year(request.args.get("year", ""), today().year)
    return _page(year)


@bp.post("/drafts")
@auth.roles(PROCESS_ADMIN)
def draft() -> ResponseReturnValue:
    """Read a notice or a file and keep it as a draft. Nothing is in force yet."""
    workplace = the_workplace()
    try:
        read = _read()
        with workplace.unit_of_work(None) as session:
            actions.draft_year(session, the_actor(), read, at=workplace.engine.clock())
    except Invalid as refusal:
        return _page(today().year, fault=errors.sentence(refusal)), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("calendar.preview", year=read.year), HTTPStatus.SEE_OTHER)


@bp.get("/drafts/<year>")
@auth.roles(*calendar_watch.WATCHERS)
def preview(year: str) -> str:
    return _preview_page(_year(year, 0))


@bp.post("/drafts/<year>/confirm")
@auth.roles(*calendar_watch.WATCHERS)
def confirm(year: str) -> ResponseReturnValue:
    """Put a draft in force: a second person's act. Open deadlines are counted anew."""
    reason = request.form.get("reason", "").strip()[:200]
    try:
        calendar_change.confirm_year(the_workplace(), the_actor(), year=_year(year, 0), reason=reason)
    except Invalid as refusal:
        page = _preview_page(_year(year, 0), reason=reason, fault=errors.sentence(refusal))
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(url_for("calendar.show", year=year), HTTPStatus.SEE_OTHER), "calendar_confirmed")


@bp.get("/template.xlsx")
@auth.roles(*calendar_watch.WATCHERS)
def template() -> ResponseReturnValue:
    """The spreadsheet to fill in: 日期, 类型, 名称."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    disposition = 'attachment; filename="calendar.xlsx"'
    return imports.template(), HTTPStatus.OK, {"Content-Type": kind, "Content-Disposition": disposition}


def _read() -> ReadYear:
    """
    Raises:
        Invalid: nothing was given, or it is no schedule.
    """
    file, text = request.files.get("file"), request.form.get("text", "")
    if file is not None and file.filename:
        return imports.read_file(file.filename, file.stream.read(imports.FILE_LIMIT_BYTES + 1))
    if not text.strip():
        raise Invalid("请粘贴通知全文，或者选择一个文件。")
    return imports.read_file("notice.txt", text.encode())


def _page(year: int, *, fault: str = "") -> str:
    actor, this_year = the_actor(), today().year
    with the_workplace().reading(actor.subdistrict_id) as session:
        known = {row.year: row for row in queries.years(session)}
        around = [(n, known.get(n), YEAR_STATUS_NAMES[queries.year_status(session, n)]) for n in _around(year)]
        return render_template(
            "calendar/show.html",
            year=year,
            months=_months(queries.working_calendar(session), year),
            years=around,
            next_year=this_year + 1,
            official=YearStatus.OFFICIAL,
            drafts=[row.year for row in known.values() if row.draft is not None],
            may_keep=actor.has_role(PROCESS_ADMIN),
            fault=fault,
            typed=request.form.get("text", ""),
        )


def _preview_page(year: int, *, reason: str = "", fault: str = "") -> str:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        shown = actions.stored_draft(session, year)
        then = actions.if_confirmed(session, shown)
        row = next(row for row in queries.years(session) if row.year == year)
        importer = row.draft or {}
        return render_template(
            "calendar/preview.html",
            shown=shown,
            months=_months(then, year, changed=[rule.day for rule in (*shown.added, *shown.removed)]),
            make_up=_beside_their_festival(shown.read.days),
            moved=cases.moved_under(session, then),
            imported_by=importer.get("by", ""),
            is_own=importer.get("by_id") == actor.id,
            reason=reason,
            fault=fault,
        )


def _beside_their_festival(days: Iterable[DayRule]) -> Mapping[str, tuple[list[date], list[date]]]:
    """Festival -> its days off and its make-up days: how a wrong one is seen (calendar §4.3)."""
    festivals: dict[str, tuple[list[date], list[date]]] = {}
    for rule in days:
        festivals.setdefault(rule.name, ([], []))[rule.working].append(rule.day)
    return festivals


def _months(calendar: WorkingCalendar, year: int, changed: Iterable[date] = ()) -> list[list[Day | None]]:
    """Twelve months as cells from Monday on; None before the first."""
    moved, statutory = set(changed), {} if year in calendar.official else statutory_days(year)
    return [
        [None] * date(year, month, 1).weekday()
        + [
            _day(calendar, date(year, month, number), moved, statutory)
            for number in range(1, monthrange(year, month)[1] + 1)
        ]
        for month in range(1, 13)
    ]


def _day(calendar: WorkingCalendar, day: date, changed: set[date], statutory: Mapping[date, str]) -> Day:
    rule = calendar.days.get(day)
    if rule is not None:
        return Day(day.day, "makeup" if rule.working else "off", rule.name, day in changed)
    if day in statutory:
        return Day(day.day, "off", statutory[day], day in changed)
    return Day(day.day, "", "", day in changed)


def _around(year: int) -> list[int]:
    return [year + n for n in YEARS_AROUND if FIRST_YEAR <= year + n <= LAST_YEAR]


def _year(text: str, current: int) -> int:
    """
    Raises:
        NotFound: a year that no calendar has.
    """
    if not text:
        return current
    if not (text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise NotFound("没有这一年的日历，请从列表里选择年份。")
    return int(text)
