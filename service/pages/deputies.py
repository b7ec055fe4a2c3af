"""A deputy's points file: six dimensions, every ledger line with its trace, months, quarterly results."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth
from service.context import the_actor, the_workplace, today
from service.pages.assessment import STATES, quarters_to_choose
from service.pages.inbox import OFFICE
from workflows.assessment import queries, rules
from workflows.assessment.rules import Month, Quarter
from workflows.errors import NotFound

bp = Blueprint("deputies", __name__, url_prefix="/deputies")


@bp.get("/me")
@auth.roles(*OFFICE)
def own() -> ResponseReturnValue:
    """The own file, for a deputy."""
    person_id = the_actor().person_id
    if person_id is None:
        raise NotFound("您的账号没有对应的代表，没有个人积分档案。")
    return redirect(url_for("deputies.show", person_id=person_id))


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
            **STATES,
        )
