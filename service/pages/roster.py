"""Units and deputies by spreadsheet: take the list away, bring it back, look at what it would change, confirm."""

import json
from collections.abc import Sequence
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from service import auth, flash, uploads, workbooks
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from service.workbooks import Column, Sheet
from workflows.errors import Invalid
from workflows.people import roster, rules
from workflows.people.roster_rules import DEPUTIES, DEPUTY_COLUMNS, UNIT_COLUMNS, UNITS, Act, Line, Row

bp = Blueprint("roster", __name__, url_prefix="/people/roster")

BYTES = 2 * 1024 * 1024
ROWS = 2_000
_ACT_CHIPS = {Act.NONE: "", Act.ADD_UNIT: "ok", Act.SEAT: "ok", Act.MOVE: "info", Act.END: "warn", Act.END_UNIT: "warn"}

Rows = list[tuple[int, Row]]


@bp.get("/")
@auth.roles(rules.PROCESS_ADMIN)
def index() -> str:
    return _page([], "")


@bp.get("/list.xlsx")
@auth.roles(rules.PROCESS_ADMIN)
def template() -> Response:
    """Today's units and deputies, to be changed and brought back. Telephone numbers stay in the house."""
    with the_workplace().reading(the_actor().subdistrict_id) as session:
        known = roster.known(session, today())
        units = [(u.kind, u.name, u.number, u.station, u.valid_from, None) for u in known.units]
        seats = [
            (s.name, "", s.kind, s.level, s.term, s.group, s.station, "", s.valid_from, s.valid_to) for s in known.seats
        ]
    sheets = [
        Sheet(UNITS, _("单位：空着的格子不改动"), [Column(name, 18) for name in UNIT_COLUMNS], units),
        Sheet(DEPUTIES, _("代表：空着的格子不改动"), [Column(name, 16) for name in DEPUTY_COLUMNS], seats),
    ]
    return workbooks.download(sheets, _("单位和代表"))


@bp.post("/")
@auth.roles(rules.PROCESS_ADMIN)
def preview() -> ResponseReturnValue:
    """What an uploaded list would change; nothing is changed yet."""
    try:
        units, deputies = _read(uploads.content("file", BYTES))
    except Invalid as refusal:
        return _page([], str(refusal)), HTTPStatus.UNPROCESSABLE_ENTITY
    with the_workplace().reading(the_actor().subdistrict_id) as session:
        lines = roster.plan(session, units, deputies, today=today())
    changing = {(line.sheet, line.number) for line in lines if line.act is not Act.NONE}
    kept = [
        [row for row in rows if (sheet, row[0]) in changing] for sheet, rows in ((UNITS, units), (DEPUTIES, deputies))
    ]
    faulty = any(line.faults for line in lines)
    return _page(
        lines, "", json.dumps(kept, ensure_ascii=False)
    ), HTTPStatus.UNPROCESSABLE_ENTITY if faulty else HTTPStatus.OK


@bp.post("/apply")
@auth.roles(rules.PROCESS_ADMIN)
def apply() -> ResponseReturnValue:
    """Do what was looked at, after checking it once more."""
    workplace, actor = the_workplace(), the_actor()
    units, deputies = _kept(request.form.get("rows", ""))
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        roster.apply(session, actor, units, deputies, at=workplace.engine.clock())
    return flash.leave(redirect(url_for("people.index"), HTTPStatus.SEE_OTHER), "saved")


def _read(content: bytes) -> tuple[Rows, Rows]:
    """
    Raises:
        Invalid: no such file, or neither sheet has a row.
    """
    if not content or len(content) > BYTES:
        raise Invalid("请选择不超过 2 MB 的 Excel 文件（.xlsx）。")
    units = _rows(workbooks.read(content, rows=ROWS, columns=20, sheet=UNITS), UNITS, UNIT_COLUMNS)
    deputies = _rows(workbooks.read(content, rows=ROWS, columns=20, sheet=DEPUTIES), DEPUTIES, DEPUTY_COLUMNS)
    if not units and not deputies:
        raise Invalid("表格里没有“单位”或者“代表”工作表，请用下载的名册填写。")
    return units, deputies


def _rows(cells: Sequence[tuple[str, ...]], sheet: str, columns: Sequence[str]) -> Rows:
    """Line numbers and rows below the headings; lines without a word are left out.

    Raises:
        Invalid: a column is missing.
    """
    if not cells:
        return []
    heading = next((number for number, row in enumerate(cells) if columns[1] in row), None)
    missing = [name for name in columns if heading is None or name not in cells[heading]]
    if heading is None or missing:
        raise Invalid("“{sheet}”工作表缺少这些列：{names}。", sheet=sheet, names="、".join(missing))
    places = {name: cells[heading].index(name) for name in columns}
    return [
        (number, {name: row[place] for name, place in places.items()})
        for number, row in enumerate(cells[heading + 1 :], heading + 2)
        if any(row)
    ]


def _kept(text: str) -> tuple[Rows, Rows]:
    """The rows of the preview as the page kept them.

    Raises:
        Invalid: they are not the page's own.
    """
    try:
        units, deputies = json.loads(text)
        return _plain(units, UNIT_COLUMNS), _plain(deputies, DEPUTY_COLUMNS)
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("没有收到预览过的表格，请重新上传。") from error


def _plain(rows: Sequence[tuple[int, Row]], columns: Sequence[str]) -> Rows:
    return [(int(number), {name: str(row[name]) for name in columns}) for number, row in rows]


def _page(lines: list[Line], fault: str, kept: str = "") -> str:
    return render_template(
        "people/roster.html",
        lines=[line for line in lines if line.faults or line.act is not Act.NONE],
        unchanged=sum(not line.faults and line.act is Act.NONE for line in lines),
        faults=sum(bool(line.faults) for line in lines),
        looked_at=bool(lines),
        kept=kept,
        chips=_ACT_CHIPS,
        fault=fault,
    )
