"""Deputies' suggestions: the list, a paper's file, a new one on the telephone, and what is printed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import auth, flash, printing
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from service.standing import surroundings
from workflows.activities import queries as activities
from workflows.actor import Actor
from workflows.cases import queries as cases
from workflows.cases import rules as case_rules
from workflows.cases.tables import Case
from workflows.engine import definitions, queries, user_tasks
from workflows.engine.forms import Form
from workflows.engine.visibility import SEES_EVERY_INSTANCE
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPUTY, STATION
from workflows.storage.types import new_id
from workflows.suggestions import actions, rules
from workflows.suggestions import queries as suggestions
from workflows.suggestions.rules import Kind, Source, Status
from workflows.suggestions.tables import Suggestion
from workflows.workdays import months

bp = Blueprint("suggestions", __name__, url_prefix="/suggestions")

MAY_WRITE = (DEPUTY, STATION, COMMITTEE)
STATUS_CHIPS = {
    Status.DRAFT: "",
    Status.SIGNING: "info",
    Status.EXAMINED: "info",
    Status.REGISTERED: "info",
    Status.HANDLED: "info",
    Status.SENT: "info",
    Status.ANSWERED: "info",
    Status.CLOSED: "ok",
    Status.DECLINED: "warn",
    Status.WITHDRAWN: "",
}
OPINION_CHIPS = {"满意": "ok", "基本满意": "ok", "不满意": "bad"}
SIGNER_CHIPS = {"已确认": "ok", "谢绝": "", "逾期未确认": "", "待确认": "info"}
RECENT_DAYS = 60
"""How far back the activities lie that a new paper may be said to come from."""


@dataclass(frozen=True)
class Search:
    """What is looked for, as the address says it."""

    finished: bool
    overdue: bool
    text: str
    kind: str
    status: str

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Search":
        finished = args.get("finished") == "1"
        return cls(
            finished=finished,
            overdue=args.get("overdue") == "1" and not finished,
            text=args.get("text", "").strip()[:60],
            kind=args.get("kind", ""),
            status=args.get("status", ""),
        )

    def address(self, **changes: str | None) -> str:
        wanted: dict[str, Any] = {
            "finished": "1" if self.finished else None,
            "overdue": "1" if self.overdue else None,
            "text": self.text or None,
            "kind": self.kind or None,
            "status": self.status or None,
        }
        return url_for("suggestions.index", **{**wanted, **changes})


@dataclass(frozen=True)
class Begun:
    """What a new paper begins with.

    Attributes:
        source_kind, source_id: where it comes from.
        from_what: the visit it comes from, in words; empty when the writer may choose.
        values: what is filled in already.
    """

    source_kind: str = Source.OWN.value
    source_id: str | None = None
    from_what: str = ""
    values: Mapping[str, Any] | None = None


# ------------------------------------------------------------------------------------------------ the list


@bp.get("/")
@auth.roles(*OFFICE)
def index() -> str:
    """Unfinished papers, the most urgent first; or finished ones."""
    actor, search = the_actor(), Search.read(request.args)
    with the_workplace().reading(actor.subdistrict_id) as session:
        page = suggestions.listed(
            session,
            actor,
            finished=search.finished,
            kind=search.kind or None,
            status=search.status or None,
            text=search.text,
            overdue_on=today() if search.overdue else None,
            after=request.args.get("after"),
        )
        return render_template(
            "suggestions/index.html",
            page=page,
            search=search,
            kinds=list(Kind),
            statuses=[status for status in Status if (status in rules.FINISHED) is search.finished],
            leads=suggestions.lead_names(session, page.rows),
            units=suggestions.lead_unit_ids(session, page.rows),
            unit_names=people.unit_names(session),
            may_write=bool(actor.roles & set(MAY_WRITE)),
            chips=STATUS_CHIPS,
            next_page=search.address(after=page.next) if page.next else None,
        )


# ------------------------------------------------------------------------------------------------ a new paper


@bp.get("/new")
@auth.roles(*MAY_WRITE)
def new() -> str:
    return _new_page(typed=None, errors={})


@bp.post("/new")
@auth.roles(*MAY_WRITE)
def begin() -> ResponseReturnValue:
    """Hand the paper in, or keep it as a draft that goes on as a task."""
    workplace, actor, typed = the_workplace(), the_actor(), request.form.to_dict(flat=False)
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            begun = _begun(session, actor)
            suggestion, _instance = actions.begin(
                workplace.engine,
                session,
                actor,
                kind=request.form.get("kind", ""),
                lead_id=_lead(actor),
                source_kind=begun.source_kind,
                source_id=begun.source_id,
                submission=request.form.get("submission", "")[:40] or None,
            )
            address = _write(session, actor, suggestion, typed)
    except Invalid as refusal:
        return _new_page(typed=typed, errors=refusal.fields or {"title": str(refusal)}), HTTPStatus.UNPROCESSABLE_ENTITY
    kept = request.form.get("press") == "draft"
    return flash.leave(redirect(address, HTTPStatus.SEE_OTHER), "draft_saved" if kept else "completed")


def _write(session: Session, actor: Actor, suggestion: Suggestion, typed: dict[str, list[str]]) -> str:
    """Complete the writing step or keep its draft; the address to go on at."""
    engine, task = the_workplace().engine, suggestions.writing_task(session, suggestion)
    if request.form.get("press") != "draft":
        user_tasks.complete(engine, session, actor, task_id=task.id, answer=typed)
        return url_for("suggestions.show", suggestion_id=suggestion.id)
    if task.assignee is None:
        user_tasks.claim(engine, session, actor, task_id=task.id)
    form = user_tasks.view(engine, session, actor, task.id).form
    user_tasks.save_draft(engine, session, actor, task_id=task.id, values=form.echo(typed) if form else {})
    return url_for("tasks.show", task_id=task.id)


def _lead(actor: Actor) -> str:
    """Who leads: the deputy who writes; otherwise the one chosen."""
    return request.form.get("lead") or (actor.person_id if actor.has_role(DEPUTY) else None) or ""


def _new_page(*, typed: dict[str, list[str]] | None, errors: dict[str, str]) -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        begun, form = _begun(session, actor), _form(session)
        choices = queries.form_choices(workplace.engine, session, form)
        values: Mapping[str, Any] = (begun.values or {}) if typed is None else typed
        return render_template(
            "suggestions/new.html",
            fields=form.view(values, errors, choices),
            errors=errors,
            kinds=list(Kind),
            kind=request.values.get("kind") or Kind.SUGGESTION.value,
            leads=_possible_leads(session, actor),
            lead=request.values.get("lead") or actor.person_id,
            begun=begun,
            recent=_recent(session, actor) if not begun.from_what else [],
            source=request.values.get("source", ""),
            submission=request.form.get("submission") or new_id(),
        )


def _form(session: Session) -> Form:
    """The form of the writing step in the diagram that is in force: what is asked is the office's to change."""
    definition = definitions.latest(session, actions.PROCESS, today())
    return the_workplace().engine.specs.get(session, definition.id).forms["write"]


def _begun(session: Session, actor: Actor) -> Begun:
    """Where the paper comes from, ``case:<id>`` or ``activity:<id>``; only what this person may see.

    Raises:
        NotFound: there is no such thing for them.
    """
    kind, _colon, identity = request.values.get("source", "").partition(":")
    if kind == "case":
        case = cases.case_for(session, actor, identity)
        words = {"title": case.title, "situation": case.description, "topic": case.topic}
        return Begun(Source.CASE.value, case.id, f"{case.number} {case.title}", words)
    if kind == "activity":
        activity = activities.activity(session, identity)
        if identity in {each.id for each, _name in _recent(session, actor)}:
            return Begun(Source.ACTIVITY.value, activity.id)
        raise Conflict("这项活动已经不在可以选择的范围里，请重新选择。")
    return Begun()


def _recent(session: Session, actor: Actor) -> list[tuple[Any, str]]:
    """Activities of the last weeks that a paper may come from: a deputy's own, a station's, all for the committee."""
    first, last = today() - timedelta(days=RECENT_DAYS), today()
    if actor.has_role(COMMITTEE):
        held = activities.activities_between(session, first, last)
    elif actor.has_role(STATION):
        stations = actor.units_of(STATION)
        held = [each for each in activities.activities_between(session, first, last) if each.station_id in stations]
    elif actor.person_id:
        taken = activities.participation_between(session, first, last, person_id=actor.person_id)
        held = [each.activity for each in taken]
    else:
        held = []
    return [(each, f"{each.held_on:%m-%d} {each.title}") for each in reversed(held) if each.source_key is None]


def _possible_leads(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """For whom this person may write; empty for a deputy, who writes for himself."""
    if actor.has_role(COMMITTEE):
        return people.deputy_choices(session)
    if actor.has_role(STATION):
        seats = people.deputies_on(session, today())
        mine = [seat for seat in seats if actor.has_role(STATION, seat.station_id)]
        return [(seat.person_id, f"{seat.name}（{seat.group_name}）") for seat in mine]
    return []


# ------------------------------------------------------------------------------------------------ a paper's file


@bp.get("/<suggestion_id>")
@auth.roles(*OFFICE)
def show(suggestion_id: str) -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        suggestion = suggestions.suggestion_for(session, actor, suggestion_id)
        instance = suggestions.instance_of(session, suggestion)
        return render_template(
            "suggestions/show.html",
            **_facts(session, suggestion),
            overdue=suggestions.is_overdue(suggestion, workplace.engine.clock()),
            source=_source(session, actor, suggestion),
            instance=instance,
            sees_process=instance is not None and bool(actor.roles & SEES_EVERY_INSTANCE),
            **surroundings(session, actor, instance),
        )


@bp.get("/<suggestion_id>/paper")
@auth.roles(*OFFICE)
def paper(suggestion_id: str) -> Response:
    """The suggestion paper, to be signed and filed."""
    return _printed(suggestion_id, "prints/suggestion.html", _("建议单"))


@bp.get("/<suggestion_id>/letter")
@auth.roles(*OFFICE)
def letter(suggestion_id: str) -> Response:
    """The letter of answer to the deputies.

    Raises:
        Conflict: they were not answered yet.
    """
    return _printed(suggestion_id, "prints/suggestion_answer.html", _("答复函"), answered=True)


def _printed(suggestion_id: str, template: str, name: str, *, answered: bool = False) -> Response:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        suggestion = suggestions.suggestion_for(session, actor, suggestion_id)
        if answered and suggestion.told_on is None:
            raise Conflict("这件建议还没有答复，不能打印答复函。")
        return printing.paper(
            template,
            f"{name} {suggestion.number or suggestion.title}",
            as_pdf=request.args.get("as") == "pdf",
            here=request.path,
            **_facts(session, suggestion),
            answer=suggestions.last_answer(session, suggestion),
            today=today(),
        )


def _facts(session: Session, suggestion: Suggestion) -> dict[str, Any]:
    """Everything about a paper that its file, its summary and its prints show."""
    counted = suggestions.explained(session, suggestion)
    given = suggestions.answers(session, suggestion.id)
    return {
        "paper": suggestion,
        "signatures": suggestions.signatures(session, suggestion.id),
        "units": suggestions.units(session, suggestion.id),
        "answers": given,
        "opinions": suggestions.opinions(session, suggestion.id),
        "counted": counted,
        "sentence": months.sentence(counted) if counted else "",
        "law": months.LAW,
        "unit_names": people.unit_names(session),
        "station": people.unit(session, suggestion.station_id).name,
        "answer_classes": rules.ANSWER_CLASSES,
        "chips": STATUS_CHIPS,
        "opinion_chips": OPINION_CHIPS,
        "signer_chips": SIGNER_CHIPS,
    }


def _source(session: Session, actor: Actor, suggestion: Suggestion) -> tuple[str, str]:
    """What it came from, and where that is shown ("" when this person may not open it)."""
    if suggestion.source_kind == Source.ACTIVITY and suggestion.source_id:
        activity = activities.activities_by_id(session, [suggestion.source_id]).get(suggestion.source_id)
        return (f"{activity.kind}：{activity.title}" if activity else "", "")
    if suggestion.source_kind == Source.CASE and suggestion.source_id:
        case = cases.get(session, suggestion.source_id)
        seen = case_rules.may_see(actor, case.station_id, case.department_id)
        return case.number, url_for("cases.show", case_id=case.id) if seen else ""
    return "", ""


# ------------------------------------------------------------------------------------------------ for other pages


def born_from_case(session: Session, actor: Actor, case: Case) -> dict[str, Any]:
    """What a case's file shows about suggestions: those that came out of it, and whether one may be begun."""
    may_begin = actor.has_role(COMMITTEE) or actor.has_role(STATION, case.station_id)
    return {
        "born": suggestions.born_from(session, actor, case.id),
        "may_suggest": may_begin,
        "born_chips": STATUS_CHIPS,
    }


def summary(panel: PanelContext) -> Markup:
    """The paper in short, above every form about it."""
    suggestion = suggestions.get(panel.session, panel.subject)
    return Markup(  # noqa: S704 - a template of ours, which escapes every value
        render_template("suggestions/summary.html", **_facts(panel.session, suggestion))
    )
