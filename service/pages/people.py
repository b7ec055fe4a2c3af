"""Accounts and units of the sub-district, for the process administrator."""

from flask import Blueprint, render_template

from service import auth
from service.context import the_actor, the_workplace, today
from workflows.people import queries, rules

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.get("/")
@auth.roles(rules.PROCESS_ADMIN)
def index() -> str:
    with the_workplace().reading(the_actor().subdistrict_id) as session:
        units = queries.units(session)
        return render_template(
            "people/index.html",
            accounts=queries.accounts(session),
            deputies=queries.deputies_on(session, today()),
            units=units,
            unit_names={unit.id: unit.name for unit in units},
        )
