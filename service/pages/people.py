"""Accounts and units of the sub-district, for the process administrator."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth, flash
from service.context import the_actor, the_workplace, today
from workflows.errors import Invalid
from workflows.people import actions, queries, rules

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.get("/")
@auth.roles(rules.PROCESS_ADMIN)
def index() -> str:
    return _page("", "")


@bp.post("/units/<unit_id>/phone")
@auth.roles(rules.PROCESS_ADMIN)
def set_phone(unit_id: str) -> ResponseReturnValue:
    workplace, actor, typed = the_workplace(), the_actor(), request.form.get("phone", "")[:40]
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            actions.set_unit_phone(session, actor, unit_id=unit_id, phone=typed, at=workplace.engine.clock())
    except Invalid as refusal:
        return _page(unit_id, typed, str(refusal)), HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(url_for("people.index"), HTTPStatus.SEE_OTHER), "saved")


def _page(unit_id: str, typed: str, fault: str = "") -> str:
    """Everybody and every unit; `typed` and `fault` are of the number of one unit that was refused."""
    with the_workplace().reading(the_actor().subdistrict_id) as session:
        units = queries.units(session)
        return render_template(
            "people/index.html",
            accounts=queries.accounts(session),
            deputies=queries.deputies_on(session, today()),
            units=units,
            unit_names={unit.id: unit.name for unit in units},
            phones={**{unit.id: unit.phone for unit in units}, unit_id: typed},
            fault=fault,
        )
