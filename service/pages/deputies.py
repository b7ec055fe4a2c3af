"""A deputy's points file: six dimensions, every ledger line with its trace, months, quarterly results."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import auth, charts, printing
from service.charts import Bar
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from service.pages.assessment import STATES, quarters_to_choose
from service.pages.inbox import OFFICE
from service.pages.years import GRADES
from workflows.actor import Actor
from workflows.assessment import duties, queries, rules, year_queries
from workflows.assessment.rules import Month, Quarter
from workflows.engine import queries as processes
from workflows.engine import triggers
from workflows.errors import NotFound

OWN_OBJECTION, STATION_OBJECTION = "objection", "objection_for"
"""The forms of the quarter's diagram that a statement's button opens."""

bp = Blueprint("deputies", __name__, url_prefix="/deputies")


@bp.get("/me")
@auth.roles(*OFFICE)
def own() -> ResponseReturnValue:
    """The own file, for a deputy."""
    person_id = the_actor().person_id
    if person_id is None:
        raise NotFound("您的账号没有对应的代表，没有个人积分档案。")
    return redirect(url_for("deputies.show", person_id=person_id, quarter=request.args.get("quarter")))


@bp.get("/<person_id>")
@auth.roles(*OFFICE)
def show(person_id: str) -> str:
    actor = the_actor()
    quarter = Quarter.read(request.args.get("quarter") or str(Month.of(today()).quarter))
    with the_workplace().reading(actor.subdistrict_id) as session:
        file = queries.readable_file(session, actor, person_id, quarter)
        return render_template(
            "assessment/file.html",
            file=file,
            quarter=quarter,
            quarters=quarters_to_choose([row.period for row in queries.quarters(session)]),
            points=rules.points_text,
            is_own=actor.person_id == person_id,
            numbers=file.numbers,
            year_results=year_queries.results_of(session, actor, person_id),
            grades=GRADES,
            objecting=_objecting(session, actor, person_id, quarter),
            duties=duties.of_deputy(session, person_id, quarter, today()),
            radar=_radar(session, file),
            trend=_trend(file),
            **STATES,
        )


@bp.get("/<person_id>/statement")
@auth.roles(*OFFICE)
def statement(person_id: str) -> Response:
    """The statement of a quarter's points as a paper: every line with where it comes from."""
    actor = the_actor()
    quarter = Quarter.read(request.args.get("quarter") or str(Month.of(today()).quarter))
    with the_workplace().reading(actor.subdistrict_id) as session:
        file = queries.readable_file(session, actor, person_id, quarter)
        return printing.paper(
            "prints/statement.html",
            _("%(name)s%(quarter)s积分对账单", name=file.name, quarter=quarter.label),
            as_pdf=request.args.get("as") == "pdf",
            file=file,
            quarter=quarter,
            points=rules.points_text,
            on=today(),
        )


def _radar(session: Session, file: queries.PointsFile) -> Markup:
    """Points in the six dimensions beside the average of the group."""
    average = queries.group_average(session, file.quarter, file.group_id)
    rows = [
        Bar(part.dimension, (part.points_tenths / 10, average.get(part.dimension, 0) / 10)) for part in file.summary
    ]
    return charts.radar("dimensions", _("六个方面的积分"), rows, [_("本人"), _("小组人均")])


def _trend(file: queries.PointsFile) -> Markup | None:
    """Points of the last quarters, oldest first; none before there are two."""
    if len(file.results) < 2:
        return None
    rows = [Bar(row.period, (result.total_tenths / 10,)) for row, result in reversed(file.results[:8])]
    return charts.columns("quarters", _("各季度积分"), rows, [_("积分")])


def _objecting(session: Session, actor: Actor, person_id: str, quarter: Quarter) -> str | None:
    """Where this person may object to this deputy's published points; None when they may not.

    The deputy's own event of the diagram, or the one of the station that acts for a deputy.
    """
    instance = processes.running_about(session, f"quarter:{quarter}")
    if instance is None:
        return None
    offered = triggers.open_for(the_workplace().engine, session, actor, instance.id)
    event = OWN_OBJECTION if actor.person_id == person_id else STATION_OBJECTION
    wait = next((trigger.wait_id for trigger in offered if trigger.form_key == event), None)
    if wait is None:
        return None
    return url_for("triggers.show", instance_id=instance.id, wait_id=wait)
