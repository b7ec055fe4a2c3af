"""Large print and language, for everybody, and where to send a complaint."""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth, security
from service.context import the_asking, the_workplace
from service.language import LANGUAGES
from workflows.people import actions, queries, rules

bp = Blueprint("preferences", __name__)


@bp.post("/preferences")
@auth.public
def save() -> ResponseReturnValue:
    """Set the large-print pages or the language, and go back to where the button was."""
    asking, workplace = the_asking(), the_workplace()
    response = redirect(_back(), HTTPStatus.SEE_OTHER)
    large, chosen = request.form.get("large"), request.form.get("language")
    if large in ("0", "1"):
        security.set_preference_cookie(response, "large", large)
        if asking.actor is not None:
            with workplace.unit_of_work(None) as session:
                actions.set_large_print(session, asking.actor, on=large == "1")
    if chosen in LANGUAGES:
        security.set_preference_cookie(response, "language", chosen)
    return response


@bp.get("/feedback")
@auth.public
def feedback() -> str:
    """Where a complaint or suggestion about the office or this system goes."""
    actor = the_asking().actor
    if actor is None or actor.subdistrict_id is None:
        return render_template("feedback.html", committee=[], administrators=[])
    with the_workplace().reading(actor.subdistrict_id) as session:
        return render_template(
            "feedback.html",
            committee=queries.members(session, rules.COMMITTEE),
            administrators=queries.members(session, rules.PROCESS_ADMIN),
        )


def _back() -> str:
    """The page the button was on; only one of ours."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    if referrer.netloc != request.host or not referrer.path.startswith("/") or referrer.path.startswith("//"):
        return url_for("session.home")
    return referrer.path + (f"?{referrer.query}" if referrer.query else "")
