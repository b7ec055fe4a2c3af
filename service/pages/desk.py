"""The desk: who comes is entered on one screen, with the keyboard, in half a minute, and leaves with a slip.

The form is the start form of the published diagram: what is asked is the office's to change, not this module's. So are
the date that is promised and the words for those who are guided elsewhere, which its decision tables propose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service import auth, uploads
from service.context import the_actor, the_workplace, today
from service.pages.processes import begin_with
from service.squares import square
from service.templating import short_day
from workflows.actor import Actor
from workflows.cases import actions, forecast, matching, record, rules
from workflows.cases import queries as cases
from workflows.cases.delegates import PROCESS
from workflows.cases.forecast import Forecast
from workflows.engine import instances, queries
from workflows.engine.forms import Choices, Form
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import STATION
from workflows.receptions import queries as receptions
from workflows.storage.types import new_id

bp = Blueprint("desk", __name__, url_prefix="/cases/register")

FIELDS = "desk/fields.html"
LOOKED_FOR = ("title", "place", "topic", "description", "name", "phone")
OUTCOME, GUIDANCE = "outcome", "guidance"
SESSION, SESSIONS = "session", "receptions.open"
"""The reception day at which the visitor came, and where its options come from."""
ABOUT = "about"
"""The earlier case that the visit has to do with: not a question of the form, but a choice among what is proposed."""
PROPOSED = "proposed-"
"""Begins the name of a hidden input that remembers a proposal, to tell it from what somebody chose or wrote."""


@dataclass(frozen=True)
class Entry:
    """A visit as far as it is entered.

    Attributes:
        values: what was typed, with what the tables propose where nobody chose or wrote something else.
        proposed: field -> what was put there by a table.
        ahead: what the visit will lead to.
    """

    values: Mapping[str, Any]
    proposed: Mapping[str, str]
    ahead: Forecast


@bp.get("")
@auth.roles(STATION)
def show() -> str:
    return _page(typed=None, errors={})


@bp.post("/fields")
@auth.roles(STATION)
def fields() -> str:
    """The form's fields again, with what was typed: a choice may show or hide others. Nothing is kept."""
    return _page(typed=uploads.typed(), errors={}, template=FIELDS)


@bp.post("/beside")
@auth.roles(STATION)
def beside() -> str:
    """The date that will be promised, earlier visits and matters like this one, while it is typed. Nothing is kept."""
    return _page(typed=uploads.typed(), errors={}, template="desk/beside.html")


@bp.post("")
@auth.roles(STATION)
def enter() -> ResponseReturnValue:
    """Enter the visit and show its slip: the code on it is never shown again, so there is no address to go to."""
    workplace, actor = the_workplace(), the_actor()
    typed, errors = uploads.with_files(actor, uploads.typed())
    if request.form.get("press") == "more" and not errors:
        return _page(typed=typed, errors={})
    submission = request.form.get("submission", "")[:40] or None
    if not errors:
        try:
            with workplace.unit_of_work(actor.subdistrict_id) as session:
                _check_session(session, actor, _text(typed.get(SESSION)))
                if submission:
                    cases.refuse_second_submission(session, submission)
                instance = instances.start(workplace.engine, session, actor, key=PROCESS, start=typed)
                case_id = instance.business_key.partition(":")[2]
                if about := request.form.get(ABOUT):
                    _note_relation(session, actor, case_id, about)
                return slip(session, actor, case_id, submission)
        except Invalid as refusal:
            errors = refusal.fields
    return _page(typed=typed, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY


def _sessions(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The reception days of the clerk's own station at which somebody may be entered now."""
    names = people.unit_names(session)
    own = receptions.received_now(session, actor.units_of(STATION), today())
    return [(each.id, f"{short_day(each.held_on)} {names[each.station_id]}") for each in own]


def _check_session(session: Session, actor: Actor, chosen: str) -> None:
    """
    Raises:
        Invalid: another station's reception day, or one that is written up already.
    """
    if chosen and chosen not in dict(_sessions(session, actor)):
        sentence = "这场接待日不是本站的，或者已经登记完毕，请另选一场，或者不选。"
        raise Invalid(sentence, fields={SESSION: sentence})


def _note_relation(session: Session, actor: Actor, case_id: str, about: str) -> None:
    """The clerk chose one of the proposed earlier cases: shown in both files from now on."""
    at, reason = the_workplace().engine.clock(), record.NOTED_AT_THE_DESK
    record.link(session, actor, case_id=case_id, other_id=about, reason=reason, at=at)


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
    alike = matching.of_case(session, actor, case, today())
    address = workplace.settings.public_url.rstrip("/") + url_for("public.progress", code=code)
    return render_template(
        "desk/slip.html",
        case=case,
        code=code,
        address=workplace.settings.public_url.rstrip("/") + url_for("public.ask"),
        picture=square(address),
        station=people.unit(session, case.station_id),
        untimed=cases.is_untimed(case),
        is_finished=case.status not in rules.UNFINISHED,
        together=len(cases.parties(session, case)),
        explained=cases.explained(session, case),
        matches=alike.matches,  # scripts or not
        nearby=alike.elsewhere,
    )


def _alike(session: Session, actor: Actor, typed: Mapping[str, Any] | None) -> dict[str, Any]:
    """Earlier visits and matters like the one at the desk; of other stations only number and title."""
    words = {key: _text((typed or {}).get(key))[:2000] for key in LOOKED_FOR}
    found = matching.propose(session, actor, today=today(), **words)
    return {"matches": found.matches, "nearby": found.elsewhere}


def _page(*, typed: Mapping[str, Any] | None, errors: dict[str, str], template: str = "desk/show.html") -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        form, _definition = instances.start_form(workplace.engine, session, PROCESS)
        choices = queries.form_choices(workplace.engine, session, form) if form else {}
        choices |= {SESSIONS: _sessions(session, actor)} if SESSIONS in choices else {}
        entry = _entry(session, form, choices, _begin_with(form, typed, choices)) if form else Entry({}, {}, Forecast())
        return render_template(
            template,
            fields=form.view(entry.values, errors, choices) if form else [],
            proposed=entry.proposed,
            ahead=entry.ahead,
            reception=dict(choices.get(SESSIONS, ())).get(_text(entry.values.get(SESSION)), ""),
            errors=errors,
            submission=_text((typed or {}).get("submission")) or new_id(),
            refresh_url=url_for("desk.fields"),
            **({} if template == FIELDS else _around(session, actor, typed)),
        )


def _begin_with(form: Form, typed: Mapping[str, Any] | None, choices: Choices) -> Mapping[str, Any]:
    """What was typed; on the first visit the defaults, and the reception day that the address names or that is today.

    Of several sessions of one day the clerk chooses.
    """
    begun = begin_with(form, typed)
    if typed is not None:
        return begun
    open_ones = dict(choices.get(SESSIONS, ()))
    now = [key for key, label in open_ones.items() if label.startswith(f"{short_day(today())} ")]
    wanted = request.args.get("session") or (now[0] if len(now) == 1 else "")
    return {**begun, SESSION: wanted} if wanted in open_ones else begun


def _around(session: Session, actor: Actor, typed: Mapping[str, Any] | None) -> dict[str, Any]:
    """What stands beside the form: what is like the visitor at the desk, and today's visitors."""
    return {
        **_alike(session, actor, typed),
        "about": _text((typed or {}).get(ABOUT)),
        "visits": list(reversed(cases.received_between(session, actor, today(), today()))),
    }


def _entry(session: Session, form: Form, choices: Choices, typed: Mapping[str, Any]) -> Entry:
    """What was typed, and what the tables of the diagram say about it.

    A proposal that nobody changed is taken back first, so that it follows the class of the matter.
    """
    engine = the_workplace().engine
    values, fresh = dict(typed), instances.start_defaults(engine, form)
    for key in (OUTCOME, GUIDANCE):
        if _text(typed.get(key)) and _text(typed.get(key)) == _text(typed.get(PROPOSED + key)):
            values[key] = fresh.get(key, "")
    ahead = forecast.of_visit(engine, session, PROCESS, form.so_far(values, choices), today())
    outcomes = {value for field in form.fields if field.key == OUTCOME for value, _label in field.options}
    proposed = {}
    if ahead.way in outcomes and _text(values.get(OUTCOME)) != ahead.way:
        proposed[OUTCOME] = ahead.way
    if ahead.guidance and not _text(values.get(GUIDANCE)):
        proposed[GUIDANCE] = ahead.guidance
    return Entry({**values, **proposed}, proposed, ahead)


def _text(typed: Any) -> str:
    """The one value of a name, whether it came alone or in a list."""
    if isinstance(typed, list):
        typed = typed[0] if typed else ""
    return str(typed or "").strip()
