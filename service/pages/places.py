"""The gazetteer: what places are called here. Those who write places down add to it."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth, flash
from service.context import the_actor, the_workplace
from workflows.errors import Invalid
from workflows.people import gazetteer, queries
from workflows.people.rules import COMMITTEE, PROCESS_ADMIN, STATION, PlaceKind, UnitKind

bp = Blueprint("places", __name__, url_prefix="/places")


@bp.get("/")
@auth.roles(STATION, COMMITTEE, PROCESS_ADMIN)
def index() -> str:
    return _page({})


@bp.post("/")
@auth.roles(STATION, COMMITTEE, PROCESS_ADMIN)
def add() -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            gazetteer.add(
                session,
                actor,
                kind=request.form.get("kind", ""),
                name=request.form.get("name", ""),
                village_id=request.form.get("village_id") or None,
                at=workplace.engine.clock(),
            )
    except Invalid as refusal:
        return _page(refusal.fields), HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(url_for("places.index"), HTTPStatus.SEE_OTHER), "saved")


@bp.post("/<place_id>/retire")
@auth.roles(PROCESS_ADMIN)
def retire(place_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        gazetteer.retire(session, actor, place_id=place_id, at=workplace.engine.clock())
    return flash.leave(redirect(url_for("places.index"), HTTPStatus.SEE_OTHER), "saved")


def _page(errors: dict[str, str]) -> str:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        return render_template(
            "places/index.html",
            known=gazetteer.places(session),
            retired=gazetteer.places(session, retired=True),
            villages=queries.units(session, UnitKind.VILLAGE),
            unit_names=queries.unit_names(session),
            kinds=list(PlaceKind),
            errors=errors,
            typed=request.form,
            may_retire=actor.has_role(PROCESS_ADMIN),
        )
