"""Objections, the villages' board and the review of the rules: panels of the quarter's forms, the page, the poster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import auth, printing
from service.context import the_actor, the_asking, the_workplace, today
from service.language import translate as _
from service.pages.assessment import drawn, quarters_to_choose
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from workflows.activities import queries as activities
from workflows.activities.tables import Activity, Attendance, Evidence
from workflows.actor import Actor
from workflows.assessment import findings as quarter_findings
from workflows.assessment import objections, queries, rules
from workflows.assessment.queries import MonthView
from workflows.assessment.rules import BoardColour, Quarter
from workflows.assessment.tables import AssessmentLine, BoardEntry, BonusClaim, Objection
from workflows.errors import NotFound
from workflows.people import queries as people

bp = Blueprint("publicity", __name__, url_prefix="/assessment/board")

COLOURS = {BoardColour.RED.value: "ok", BoardColour.BLACK.value: "bad", BoardColour.NONE.value: ""}


# ---------------------------------------------------------------------------------------------- objections


def own_points(panel: PanelContext) -> Markup:
    """The lines of the published quarter of whoever is asking, with the numbers that an objection names."""
    quarter = Quarter.read(panel.subject)
    months = queries.months_of_person(panel.session, quarter, panel.actor.person_id or "")
    return drawn("assessment/panels/own_points.html", panel, views=queries.month_views(panel.session, months))


@dataclass(frozen=True)
class Disputed:
    """An objection with what it is about: line or claim, activity, sheet and proofs; None for what is missing."""

    row: Objection
    name: str
    view: MonthView
    item: AssessmentLine | BonusClaim | None
    activity: Activity | None
    sheet: list[tuple[str, Attendance]]
    proofs: list[Evidence]


def objection(panel: PanelContext) -> Markup:
    """One objection beside the attendance sheet and the photographs of what it is about."""
    row = queries.objection(panel.session, str(panel.step_data("objection")["id"]))
    return drawn("assessment/panels/objection.html", panel, disputed=_disputed(panel.session, row))


def _disputed(session: Session, row: Objection) -> Disputed:
    view = queries.month_view(session, queries.month_by_id(session, row.month_id))
    item = objections.source_of(view, row.number) if row.number else None
    ids = [item.activity_id] if isinstance(item, AssessmentLine) else []
    sheet = activities.attendance_of(session, ids)
    present = [entry for entries in sheet.values() for entry in entries]
    names = {entry.person_id: people.person(session, entry.person_id).name for entry in present}
    return Disputed(
        row,
        people.person(session, row.person_id).name,
        view,
        item,
        activities.activities_by_id(session, ids).get(ids[0]) if ids else None,
        [(names[entry.person_id], entry) for entry in present],
        [proof for proofs in activities.evidence_of(session, ids).values() for proof in proofs],
    )


# --------------------------------------------------------------------------------------------------- board


@dataclass(frozen=True)
class Place:
    """A village on the board, with its number on the list."""

    number: int
    name: str
    entry: BoardEntry

    @property
    def may_be_waived(self) -> bool:
        return self.entry.proposed == BoardColour.BLACK


def board(panel: PanelContext) -> Markup:
    """The proposed board with the villages' explanations; a tick leaves a black entry out."""
    quarter = queries.quarter_of(panel.session, panel.subject)
    return drawn("assessment/panels/board.html", panel, rows=board_places(panel.session, quarter.id), colours=COLOURS)


def board_notice(panel: PanelContext) -> Markup:
    """Why a village is to be put on the black board."""
    quarter = queries.quarter_of(panel.session, panel.subject)
    told = panel.step_data("told_village")
    entry = queries.board_entry(panel.session, quarter.id, str(told["village"]))
    return drawn("assessment/panels/board_notice.html", panel, name=told["name"], entry=entry)


def findings(panel: PanelContext) -> Markup:
    """What the quarter shows about the rules themselves, for the review of the mechanism."""
    return drawn(
        "assessment/panels/findings.html", panel, found=quarter_findings.of_quarter(panel.session, panel.subject)
    )


def board_places(session: Session, quarter_id: str) -> list[Place]:
    """A quarter's board with names and numbers, first place first."""
    names = people.unit_names(session)
    rows = queries.board(session, quarter_id)
    return [Place(number, names[row.village_id], row) for number, row in enumerate(rows, 1)]


@bp.get("/")
@auth.roles(*OFFICE)
def show() -> str:
    """A quarter's board with the reasons and how each came about."""
    actor = the_actor()
    quarter = Quarter.read(request.args.get("quarter") or str(Quarter.before(today())))
    with the_workplace().reading(actor.subdistrict_id) as session:
        return render_template("assessment/board.html", **_board_of(session, actor, quarter))


@bp.get("/poster")
@auth.roles(*OFFICE)
def poster() -> Response:
    """The confirmed board for the station's wall, as a page or as a PDF."""
    actor = the_actor()
    quarter = Quarter.read(request.args.get("quarter") or str(Quarter.before(today())))
    with the_workplace().reading(actor.subdistrict_id) as session:
        shown = _board_of(session, actor, quarter)
        if not shown["is_confirmed"]:
            raise NotFound("这个季度的红黑榜还没有审定，审定以后才能打印。")
        return printing.paper(
            "prints/board.html",
            _("%(quarter)s红黑榜", quarter=quarter.label),
            as_pdf=request.args.get("as") == "pdf",
            street=visitor.subdistrict_name if (visitor := the_asking().visitor) else "",
            **shown,
        )


def _board_of(session: Session, actor: Actor, quarter: Quarter) -> Mapping[str, Any]:
    opened = {row.period: row for row in queries.quarters(session)}
    row = opened.get(str(quarter))
    places = board_places(session, row.id) if row else []
    is_confirmed = bool(places) and places[0].entry.confirmed_at is not None
    return {
        "quarter": quarter,
        "quarters": quarters_to_choose(list(opened)),
        "rows": places if rules.may_see_board(actor, is_confirmed=is_confirmed) else [],
        "is_confirmed": is_confirmed,
        "colours": COLOURS,
        "points": rules.points_text,
    }
