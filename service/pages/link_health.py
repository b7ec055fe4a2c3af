"""The health of the five links: by station and link, and every broken chain with who must act."""

from datetime import date, timedelta

from flask import Blueprint, render_template, request

from service import auth
from service.context import the_actor, the_workplace, today
from workflows.cases import health, rules
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, STATION

bp = Blueprint("link_health", __name__, url_prefix="/cases/health")

MONTHS = 12


@bp.get("")
@auth.roles(STATION, COMMITTEE)
def show() -> str:
    """Cases received in a month, or in the last year, and all unfinished ones."""
    workplace, actor, on = the_workplace(), the_actor(), today()
    month, station = request.args.get("month", ""), request.args.get("station", "")
    first, last = _period(month, on)
    with workplace.reading(actor.subdistrict_id) as session:
        found = health.examine(
            session, actor, now=workplace.engine.clock(), first=first, last=last, station_id=station or None
        )
        return render_template(
            "cases/health.html",
            found=found,
            links=rules.LINKS,
            promised=rules.PROMISED,
            months=_months(on),
            month=month,
            station=station,
            stations=people.station_choices(session) if actor.has_role(COMMITTEE) else [],
            unit_names=people.unit_names(session),
        )


def _period(month: str, on: date) -> tuple[date, date]:
    """
    Raises:
        Invalid: this is no month.
    """
    if not month:
        return on - timedelta(days=365), on
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise Invalid("月份写得不对，请从列表里选择。") from error
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _months(on: date) -> list[str]:
    """The last months, newest first, as ``2026-09``."""
    months, first = [], on.replace(day=1)
    for _ in range(MONTHS):
        months.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return months
