"""Signing in and out, and the first page."""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service import auth, navigation, security
from service.context import setting, the_actor, the_asking, the_workplace
from service.language import translate as _
from workflows.people import actions
from workflows.people.actions import Refused

bp = Blueprint("session", __name__)


@bp.get("/")
@auth.signed_in
def home() -> ResponseReturnValue:
    """The first place this person has; the district, which has none yet, is told where to turn."""
    first = next(navigation.places(the_actor()), None)
    return redirect(url_for(first.endpoint if first else "preferences.feedback"), HTTPStatus.SEE_OTHER)


@bp.get("/sign-in")
@auth.public
def sign_in() -> ResponseReturnValue:
    if the_asking().actor is not None:
        return redirect(url_for("session.home"), HTTPStatus.SEE_OTHER)
    return _page()


@bp.post("/sign-in")
@auth.public
def sign_in_now() -> ResponseReturnValue:
    workplace, at = the_workplace(), the_workplace().engine.clock()
    with workplace.reading(None) as session:
        checked = actions.check_sign_in(
            session,
            login=request.form.get("login", ""),
            password=request.form.get("password", ""),
            address=request.remote_addr or "",
            at=at,
        )
    with workplace.unit_of_work(None) as session:
        outcome = actions.sign_in(session, checked=checked, at=at, replaces=security.session_token())
    if isinstance(outcome, Refused):
        return _page(fault=_why(outcome)), HTTPStatus.UNPROCESSABLE_ENTITY
    response = redirect(_next(), HTTPStatus.SEE_OTHER)
    security.set_session_cookie(response, outcome.token)
    return response


@bp.post("/sign-out")
@auth.signed_in
def sign_out() -> ResponseReturnValue:
    workplace, token = the_workplace(), security.session_token()
    if token:
        with workplace.unit_of_work(None) as session:
            actions.sign_out(session, the_actor(), token=token, at=workplace.engine.clock())
    response = redirect(url_for("session.sign_in"), HTTPStatus.SEE_OTHER)
    security.clear_session_cookie(response)
    return response


def _page(fault: str = "") -> str:
    return render_template(
        "session/sign_in.html",
        fault=fault,
        login=request.form.get("login", ""),
        next=request.values.get("next", ""),
        demo_accounts=setting("DEMO_ACCOUNTS"),
        demo_password=setting("DEMO_PASSWORD"),
    )


def _why(outcome: Refused) -> str:
    if outcome.wait_minutes:
        return _(
            "输错次数太多，请过 %(minutes)d 分钟再试。忘记密码请联系流程管理员。",
            minutes=outcome.wait_minutes,
        )
    return _("账号或密码不对，请重新输入。忘记密码请联系流程管理员。")


def _next() -> str:
    """Where the person wanted to go; only an address on this site."""
    wanted = request.form.get("next", "")
    parts = urlsplit(wanted)
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if inside and not parts.scheme else url_for("session.home")
