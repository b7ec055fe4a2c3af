"""The bell: what the office's reminders said to this person."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from service import auth
from service.context import the_actor, the_workplace
from workflows.notifications import actions, queries

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("/")
@auth.signed_in
def index() -> str:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        return render_template("notices/index.html", notices=queries.notices(session, actor))


@bp.post("/read")
@auth.signed_in
def mark_read() -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        actions.mark_read(session, actor, at=workplace.engine.clock())
    return redirect(url_for("notices.index"), HTTPStatus.SEE_OTHER)
