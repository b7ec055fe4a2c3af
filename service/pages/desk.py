"""The desk: who comes is entered on one screen, with the keyboard, in half a minute, and leaves with a slip.

The form is the start form of the published diagram: what is asked is the office's to change, not this module's.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import segno
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from service import auth
from service.context import the_actor, the_workplace, today
from service.pages.processes import begin_with
from workflows.actor import Actor
from workflows.cases import actions, matching, rules
from workflows.cases import queries as cases
from workflows.cases.delegates import PROCESS
from workflows.engine import instances, queries
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import STATION
from workflows.storage.types import new_id

bp = Blueprint("desk", __name__, url_prefix="/cases/register")

LOOKED_FOR = ("title", "place", "description", "name", "phone")


@bp.get("")
@auth.roles(STATION)
def show() -> str:
    return _page(typed=None, errors={})


@bp.post("/fields")
@auth.roles(STATION)
def fields() -> str:
    """The form's fields again, with what was typed: a choice may show or hide others. Nothing is kept."""
    return _page(typed=request.form, errors={}, template="forms/fields.html")


@bp.post("/similar")
@auth.roles(STATION)
def similar() -> str:
    """Earlier visits of this person and matters like this one, while it is typed. Nothing is kept."""
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        return render_template("desk/similar.html", matches=_matches(session, actor, request.form))


@bp.post("")
@auth.roles(STATION)
def enter() -> ResponseReturnValue:
    """Enter the visit and show its slip: the code on it is never shown again, so there is no address to go to."""
    workplace, actor = the_workplace(), the_actor()
    submission = request.form.get("submission", "")[:40] or None
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            if submission:
                cases.refuse_second_submission(session, submission)
            instance = instances.start(
                workplace.engine, session, actor, key=PROCESS, start=request.form.to_dict(flat=False)
            )
            return slip(session, actor, instance.business_key.partition(":")[2], submission)
    except Invalid as refusal:
        return _page(typed=request.form, errors=refusal.fields), HTTPStatus.UNPROCESSABLE_ENTITY


def slip(session: Session, actor: Actor, case_id: str, submission: str | None = None) -> str:
    """The paper that a visitor takes home, with a new tracking code."""
    workplace = the_workplace()
    code = actions.issue_tracking_code(
        session,
        actor,
        case_id=case_id,
        secret=workplace.settings.secret_key,
        at=workplace.engine.clock(),
        submission=submission,
    )
    case = cases.case_for(session, actor, case_id)
    address = workplace.settings.public_url.rstrip("/") + url_for("public.progress", code=code)
    return render_template(
        "desk/slip.html",
        case=case,
        code=code,
        address=workplace.settings.public_url.rstrip("/") + url_for("public.ask"),
        picture=_square(address),
        station=people.unit(session, case.station_id).name,
        untimed=cases.is_untimed(case),
        is_finished=case.status not in rules.UNFINISHED,
        matches=matching.of_case(session, actor, case, today()),  # scripts or not
    )


def _matches(session: Session, actor: Actor, typed: Mapping[str, str]) -> list[matching.Match]:
    words = {key: typed.get(key, "")[:2000] for key in LOOKED_FOR}
    return matching.similar(session, actor, today=today(), **words)


def _square(address: str) -> Markup:
    """A QR code as a drawing without style attributes, which our pages may not have."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=False)
    return Markup(drawn)  # noqa: S704 - drawn from our own address


def _page(*, typed: Mapping[str, Any] | None, errors: dict[str, str], template: str = "desk/show.html") -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        form, _definition = instances.start_form(workplace.engine, session, PROCESS)
        choices = queries.form_choices(workplace.engine, session, form) if form else {}
        return render_template(
            template,
            fields=form.view(begin_with(form, typed), errors, choices) if form else [],
            errors=errors,
            panels={},
            submission=(typed or {}).get("submission") or new_id(),
            refresh_url=url_for("desk.fields"),
            **({} if template.startswith("forms/") else _beside(session, actor, typed)),
        )


def _beside(session: Session, actor: Actor, typed: Mapping[str, Any] | None) -> dict[str, Any]:
    """What stands beside the form: today's visitors, and what is like the one at the desk."""
    return {
        "visits": list(reversed(cases.received_between(session, actor, today(), today()))),
        "matches": _matches(session, actor, typed) if typed else [],
    }
