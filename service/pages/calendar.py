"""The working calendar: which years are in force, and how next year's holiday notice is imported."""

from flask import Blueprint, render_template

from service import auth
from service.context import the_actor, the_workplace, today
from workflows import calendar_watch
from workflows.workdays import queries
from workflows.workdays.rules import YEAR_STATUS_NAMES, YearStatus

bp = Blueprint("calendar", __name__, url_prefix=calendar_watch.PAGE)

YEARS_AROUND = (-1, 0, 1)


@bp.get("/")
@auth.roles(*calendar_watch.WATCHERS)
def show() -> str:
    """The years around today, and the import step by step: it is done on the command line."""
    actor, this_year = the_actor(), today().year
    with the_workplace().reading(actor.subdistrict_id) as session:
        known = {row.year: row for row in queries.years(session)}
        years = [
            (year, known.get(year), YEAR_STATUS_NAMES[queries.year_status(session, year)])
            for year in (this_year + n for n in YEARS_AROUND)
        ]
    return render_template("calendar/show.html", years=years, next_year=this_year + 1, official=YearStatus.OFFICIAL)
