"""The first page of the committee and the stations: which promise is about to break, and how the month stands."""

from collections import Counter

from flask import Blueprint, render_template

from service import auth
from service.context import the_actor, the_workplace, today
from service.pages import receptions
from workflows.assessment import queries as assessment
from workflows.cases import queries as cases
from workflows.engine import queries as engine
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, STATION

bp = Blueprint("overview", __name__, url_prefix="/overview")

LISTED = 10


@bp.get("/")
@auth.roles(COMMITTEE, STATION)
def show() -> str:
    """Unanswered cases by how near their day is, the nearest by name; this month's receptions and self-assessments."""
    actor, on = the_actor(), today()
    with the_workplace().reading(actor.subdistrict_id) as session:
        period = f"{on:%Y-%m}"
        months = assessment.months_of(session, period) if actor.has_role(COMMITTEE) else []
        return render_template(
            "overview.html",
            urgency=cases.urgency(session, actor, on),
            nearest=cases.nearest(session, actor, LISTED),
            holder=cases.holder,
            unit_names=people.unit_names(session),
            waiting=engine.count_waiting(session, actor),
            count_cap=engine.COUNT_CAP,
            months=Counter(month.status for month in months),
            period=period,
            receptions=receptions.this_month(session, on),
            month=on.month,
            may_register=STATION in actor.roles,
        )
