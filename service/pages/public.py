"""What people see without signing in: their own matter by its code, reception days, and how a deadline is counted.

The code is the only key and stands for one matter. No name, telephone number, place or words of the visitor are shown,
and no name of staff: a slip may be lost.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service import auth, errors, flash, security
from service.context import the_workplace, today
from service.templating import short_day
from workflows.actor import Actor, the_clock
from workflows.cases import queries as cases
from workflows.cases import rules
from workflows.cases.tables import Case
from workflows.clock import beijing_date
from workflows.engine import instances, queries
from workflows.errors import Conflict, Invalid, NotFound
from workflows.people import actions as people_actions
from workflows.people import queries as people
from workflows.people.tables import OrgUnit
from workflows.receptions import queries as receptions
from workflows.receptions.queries import Rostered
from workflows.receptions.rules import SHOWN_TO_EVERYBODY
from workflows.receptions.tables import ReceptionSession
from workflows.storage.session import EVERYWHERE
from workflows.workdays import queries as workdays
from workflows.workdays.rules import Deadline

bp = Blueprint("public", __name__)

RESIDENT_ANSWER = "resident_feedback"
"""The message by which a diagram lets the visitor answer how satisfied they are."""
SATISFACTION = ("满意", "基本满意", "不满意")
COMMENT_LENGTH = 1000
LONGEST_COUNT = 60
ANNOUNCED_DAYS = 60


# ------------------------------------------------------------------------------------------- tracking code


@bp.get("/progress")
@auth.public
def ask() -> Response:
    return _private(render_template("public/ask.html", typed="", fault="", large_print=_large()))


@bp.post("/progress")
@auth.public
def look_up() -> ResponseReturnValue:
    """Check the code and go to its page; a wrong one is noted for this address."""
    typed = request.form.get("code", "").strip()[:40]
    try:
        _case_of(typed)
    except (NotFound, Conflict) as refusal:
        page = render_template("public/ask.html", typed=typed, fault=errors.sentence(refusal), large_print=_large())
        return _private(page), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("public.progress", code=_in_groups(typed)), HTTPStatus.SEE_OTHER)


@bp.get("/progress/<code>")
@auth.public
def progress(code: str) -> Response:
    case, now = _case_of(code), the_workplace().engine.clock()
    with the_workplace().reading(case.subdistrict_id) as session:
        case = session.get_one(Case, case.id)
        instance = cases.instance_of(session, case)
        return _private(
            render_template(
                "public/progress.html",
                case=case,
                code=_in_groups(code),
                links=[_shown(state) for state in cases.links(session, case, now)],
                explained=cases.explained(session, case),
                reply=_reply(session, case),
                station=people.unit(session, case.station_id).name,
                department=people.unit(session, case.department_id).name if case.department_id else "",
                ended_on=beijing_date(case.replied_at) if case.replied_at else None,
                result_classes=rules.RESULT_CLASSES,
                choices=SATISFACTION,
                asks=instance is not None and queries.awaits_message(session, instance.id, RESIDENT_ANSWER),
                is_open=case.status in rules.UNFINISHED,
                large_print=_large(),
            )
        )


@bp.post("/progress/<code>")
@auth.public
def answer(code: str) -> ResponseReturnValue:
    """How satisfied the visitor is: the process goes on from there."""
    case, workplace = _case_of(code), the_workplace()
    satisfaction = request.form.get("satisfaction", "")
    if satisfaction not in SATISFACTION:
        raise Invalid("请选择您是否满意，再提交。")
    comment = request.form.get("comment", "").strip()[:COMMENT_LENGTH]
    with workplace.unit_of_work(case.subdistrict_id) as session:
        instance = cases.instance_of(session, session.get_one(Case, case.id))
        if instance is None or not queries.awaits_message(session, instance.id, RESIDENT_ANSWER):
            raise Conflict("这件事项现在不需要评价，可能已经评价过了。请返回查看进度。")
        instances.send_message(
            workplace.engine,
            session,
            _resident(case),
            name=RESIDENT_ANSWER,
            business_key=cases.business_key(case.id),
            payload={"satisfaction": satisfaction, "comment": comment},
        )
    return flash.leave(redirect(url_for("public.progress", code=_in_groups(code)), HTTPStatus.SEE_OTHER), "thanks")


def _reply(session: Session, case: Case) -> str:
    """What the visitor was told, without the names that may stand in it."""
    persons = [(party.name, party.phone) for party in cases.parties(session, case)]
    return rules.without_persons(case.reply_text or case.spot_answer, persons)


def _resident(case: Case) -> Actor:
    """Whoever holds the code: no account, no name, no group."""
    clock = the_clock(case.subdistrict_id)
    return Actor(clock.id, "来访人（凭查询码）", case.subdistrict_id)


def _case_of(typed: str) -> Case:
    """
    Raises:
        NotFound: there is no such code (counted against this address).
        Conflict: this address tried too many wrong codes and has to wait.
    """
    workplace, address = the_workplace(), request.remote_addr or ""
    at = workplace.engine.clock()
    with workplace.reading(EVERYWHERE) as session:
        minutes = people_actions.wait_before_next_code(session, address=address, at=at)
        case = None if minutes else cases.case_of_code(session, typed, workplace.settings.secret_key)
    if minutes:
        raise Conflict("查询码连续输错多次，请 {minutes} 分钟后再试，或者到登记的工作站查询。", minutes=minutes)
    if case is None:
        with workplace.unit_of_work(None) as session:
            people_actions.note_wrong_code(session, address=address, at=at)
        raise NotFound("没有这个查询码。请对照回执再输一遍，不区分大小写；回执遗失的，请到登记的工作站重新出具。")
    return case


def _in_groups(code: str) -> str:
    """A code as the slip prints it."""
    text = rules.normal_code(code) or ""
    return "-".join(part for part in (text[:4], text[4:8], text[8:12], text[12:]) if part)


def _shown(state: rules.LinkState) -> dict[str, str]:
    """One link for the tracker: when, but not who."""
    note = short_day(beijing_date(state.at)) if state.at else ""
    return {"name": state.link.value, "state": "" if state.state == "waiting" else state.state, "note": note}


def _large() -> bool:
    """Large print unless this browser chose otherwise: visitors are often elderly, and come once."""
    return security.preference("large") != "0"


def _private(page: str) -> Response:
    """Listed by no search engine; no page of ours is kept by a cache."""
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


# ----------------------------------------------------------------------------------------------- calculator


@bp.get("/deadline")
@auth.public
def deadline() -> ResponseReturnValue:
    """The last day of a number of working days, day by day, by the national calendar."""
    start, days = request.args.get("start", ""), request.args.get("days", "")
    explained, fault = None, ""
    if start or days:
        try:
            explained = _explained(start, days)
        except Invalid as refusal:
            fault = errors.sentence(refusal)
    page = render_template(
        "public/deadline.html",
        start=start or today().isoformat(),
        days=days or "7",
        longest=LONGEST_COUNT,
        explained=explained,
        fault=fault,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK


def _explained(start: str, days: str) -> Deadline:
    """
    Raises:
        Invalid: not a day, not a number, or out of range.
    """
    try:
        day_zero, count = date.fromisoformat(start), int(days)
    except ValueError as error:
        raise Invalid("请填写起算日期和工作日数，例如 2026-09-24 和 7。") from error
    if not 1 <= count <= LONGEST_COUNT:
        raise Invalid("工作日数要在 1 到 {longest} 之间。", longest=LONGEST_COUNT)
    with the_workplace().reading(EVERYWHERE) as session:
        return workdays.working_calendar(session).explain(day_zero, count)


# ----------------------------------------------------------------------------------------- reception days


@dataclass(frozen=True)
class PublicDay:
    """A reception day as everybody may know it: when, where, which deputies."""

    reception: ReceptionSession
    station: OrgUnit
    roster: list[Rostered]


@bp.get("/reception-days")
@auth.public
def reception_days() -> Response:
    """The reception days that were announced, of every sub-district of this installation; posters lead here."""
    workplace, first = the_workplace(), today()
    with workplace.reading(None) as session:
        known = [(street.id, street.name) for street in people.subdistricts(session)]
    streets = [(name, _days(street_id, first, first + timedelta(days=ANNOUNCED_DAYS))) for street_id, name in known]
    return _private(render_template("public/receptions.html", streets=streets, large_print=_large()))


def _days(street_id: str, first: date, last: date) -> list[PublicDay]:
    with the_workplace().reading(street_id) as session:
        found = receptions.told_to_everybody(session, first, last)
        rosters = receptions.rosters(session, [each.id for each in found if each.status in SHOWN_TO_EVERYBODY])
        return [
            PublicDay(
                each,
                people.unit(session, each.station_id),
                [one for one in rosters.get(each.id, []) if one.is_on_duty],
            )
            for each in found
        ]
