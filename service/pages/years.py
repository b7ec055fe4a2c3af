"""The year: everybody's four quarters, grades and the list of those to be commended; its panel and its paper."""

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
from service.pages.assessment import drawn
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from workflows.actor import Actor
from workflows.assessment import rules, year_actions, year_queries
from workflows.assessment.rules import YearStatus
from workflows.assessment.tables import DeputyYearResult
from workflows.errors import Invalid, NotFound
from workflows.people import queries as people

bp = Blueprint("years", __name__, url_prefix="/assessment/year")

GRADES = {"优秀": "ok", "称职": "info", "基本称职": "warn", "不称职": "bad"}
STATES = {YearStatus.FINAL.value: "ok", YearStatus.HANDED_OVER.value: "ok"}


@dataclass(frozen=True)
class Standing:
    """A deputy in the year's list."""

    number: int
    name: str
    result: DeputyYearResult


def year(panel: PanelContext) -> Markup:
    """The list proposed for commendation; a tick leaves somebody out."""
    row = year_queries.year_of(panel.session, int(panel.subject))
    proposed = year_actions.list_of(panel.session, row)
    return drawn(
        "assessment/panels/year.html",
        panel,
        row=row,
        standings=standings_of(panel.session, proposed),
        unit_names=people.unit_names(panel.session),
        grades=GRADES,
    )


@bp.get("/")
@auth.roles(*OFFICE)
def show() -> str:
    """A year with everybody whose file this person may read."""
    with the_workplace().reading(the_actor().subdistrict_id) as session:
        return render_template("assessment/year.html", **_year_of(session, the_actor(), _asked()))


@bp.get("/list")
@auth.roles(*OFFICE)
def commended() -> Response:
    """The list of those commended, as a page or as a PDF."""
    actor, asked = the_actor(), _asked()
    with the_workplace().reading(actor.subdistrict_id) as session:
        shown = _year_of(session, actor, asked)
        if shown["row"] is None or shown["row"].approved_at is None:
            raise NotFound("这一年的考核结果还没有审定，审定以后才能打印。")
        visitor = the_asking().visitor
        proposed = year_actions.list_of(session, shown["row"])
        return printing.paper(
            "prints/commended.html",
            _("%(year)d年度优秀议政代表名单", year=asked),
            as_pdf=request.args.get("as") == "pdf",
            street=visitor.subdistrict_name if visitor else "",
            **{**shown, "standings": standings_of(session, [each for each in proposed if not each.left_out])},
        )


def _asked() -> int:
    written = request.args.get("year", "")
    if written and not (written.isdigit() and len(written) == 4):
        raise Invalid("年份请写成 2026 这样。")
    return int(written) if written else today().year - 1


def _year_of(session: Session, actor: Actor, asked: int) -> Mapping[str, Any]:
    opened = {row.year: row for row in year_queries.years(session)}
    row = opened.get(asked)
    results = year_queries.readable_results(session, actor, row) if row else []
    return {
        "year": asked,
        "years": sorted({asked, today().year - 1, *opened}, reverse=True),
        "row": row,
        "standings": standings_of(session, results),
        "quarters": [f"{asked}Q{number}" for number in range(1, 5)],
        "unit_names": people.unit_names(session),
        "points": rules.points_text,
        "grades": GRADES,
        "year_states": STATES,
    }


def standings_of(session: Session, results: list[DeputyYearResult]) -> list[Standing]:
    """Results with names and numbers, in their order."""
    names = people.person_names(session, [result.person_id for result in results])
    return [Standing(number, names[result.person_id], result) for number, result in enumerate(results, 1)]
