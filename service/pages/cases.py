"""Requests: the register, a case's file, the slip a visitor takes home, and the summary inside every form."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from service import auth
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from service.pages import case_record
from service.pages.desk import slip
from service.pages.inbox import OFFICE
from service.pages.prints import papers_for
from service.pages.suggestions import born_from_case
from service.panels import PanelContext
from service.pictures import instance_drawings
from service.sentences import history_sentences
from service.templating import short_day
from workflows.actor import Actor
from workflows.cases import actions, clock_queries, matching, record, rules, search
from workflows.cases import queries as cases
from workflows.cases.clock_rules import Clock
from workflows.cases.queries import Filter
from workflows.cases.rules import LinkState, Status
from workflows.cases.search import Hit
from workflows.cases.tables import Case, CasePause, CaseRequest, DeadlineChange
from workflows.clock import beijing_date
from workflows.engine import queries, triggers, user_tasks
from workflows.engine.tables import ProcessInstance, UserTask
from workflows.engine.visibility import SEES_EVERY_INSTANCE
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPARTMENT, STATION
from workflows.workdays.rules import Deadline

bp = Blueprint("cases", __name__, url_prefix="/cases")

PROCESS = "constituent_case"
REASONS = ("电话答复", "回访", "上门核实", "送达书面答复")
"""Why somebody may need to reach the visitor; anything else is typed."""
STATUS_CHIPS = {
    Status.OPEN: "info",
    Status.REPLIED: "info",
    Status.CLOSED: "ok",
    Status.ON_THE_SPOT: "ok",
    Status.DECLINED: "",
}


@dataclass(frozen=True)
class Search:
    """What is looked for in the register, as the address says it. `finished`: None for both, when words are given."""

    finished: bool | None
    overdue: bool
    text: str
    status: str
    station: str

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Search":
        text = args.get("text", "").strip()[:60]
        finished = {"1": True, "0": False}.get(args.get("finished", ""), None if text else False)
        return cls(
            finished=finished,
            overdue=args.get("overdue") == "1" and finished is not True,
            text=text,
            status=args.get("status", ""),
            station=args.get("station", ""),
        )

    @property
    def statuses(self) -> list[str]:
        """What the cases looked for can be."""
        wanted = (
            Status if self.finished is None else [s for s in Status if (s in rules.UNFINISHED) is not self.finished]
        )
        return [status.value for status in wanted]

    def address(self, **changes: str | None) -> str:
        asked: dict[str, Any] = {
            "finished": {True: "1", False: "0" if self.text else None, None: None}[self.finished],
            "overdue": "1" if self.overdue else None,
            "text": self.text or None,
            "status": self.status or None,
            "station": self.station or None,
        }
        return url_for("cases.index", **{**asked, **changes})


@dataclass(frozen=True)
class Waiting:
    """A step of the case that waits for somebody."""

    task: UserTask
    who: str
    may_work: bool


@dataclass(frozen=True)
class Clocks:
    """What is behind the two dates of a case.

    Attributes:
        pause_until: the day on which the present pause ends by itself.
        moves: every move of a date, without those that set it first.
    """

    handling: Deadline | None
    requests: list[CaseRequest]
    pauses: list[CasePause]
    pause_until: date | None
    moves: list[DeadlineChange]


# ------------------------------------------------------------------------------------------------ the register


@bp.get("/")
@auth.roles(*OFFICE)
def index() -> str:
    """Unfinished cases, the most urgent first; or finished ones; or what holds some words, the nearest first."""
    actor, looked_for, workplace = the_actor(), Search.read(request.args), the_workplace()
    with workplace.reading(actor.subdistrict_id) as session:
        hits, following = _found(session, actor, looked_for)
        return render_template(
            "cases/index.html",
            hits=hits,
            search=looked_for,
            stations=people.station_choices(session) if actor.has_role(COMMITTEE) else [],
            unit_names=people.unit_names(session),
            may_register=STATION in actor.roles,
            may_examine=bool(actor.roles & {STATION, COMMITTEE}),
            ended_on=_ended_on,
            is_untimed=cases.is_untimed,
            chips=STATUS_CHIPS,
            next_page=looked_for.address(after=following) if following else None,
        )


def _found(session: Session, actor: Actor, looked_for: Search) -> tuple[list[Hit], str | None]:
    """A page of the register, and the cursor of the next one."""
    only = Filter(
        finished=looked_for.finished,
        status=looked_for.status or None,
        station_id=looked_for.station or None,
        overdue_on=today() if looked_for.overdue else None,
    )
    number = cases.number_of_code(session, actor, looked_for.text, the_workplace().settings.secret_key)
    after = request.args.get("after")
    if looked_for.text:
        found = search.find(session, actor, number or looked_for.text, only=only, after=after)
        return found.rows, found.next
    page = cases.listed(session, actor, **asdict(only), after=after)
    return [search.unmarked(case) for case in page.rows], page.next


# ------------------------------------------------------------------------------------------------ a case's file


@bp.get("/<case_id>")
@auth.roles(*OFFICE)
def show(case_id: str) -> str:
    workplace, actor = the_workplace(), the_actor()
    now = workplace.engine.clock()
    with workplace.reading(actor.subdistrict_id) as session:
        case = cases.case_for(session, actor, case_id)
        instance, alike = cases.instance_of(session, case), matching.of_case(session, actor, case, today())
        return render_template(
            "cases/show.html",
            case=case,
            links=[_shown(state) for state in cases.links(session, case, now)],
            overdue=cases.is_overdue(case, now),
            ended_on=_ended_on(case),
            untimed=cases.is_untimed(case),
            explained=cases.explained(session, case),
            clocks=_clocks(session, case),
            parties=cases.parties(session, case),
            referrals=cases.referrals(session, case.id),
            attempts=cases.attempts(session, case.id),
            unit_names=people.unit_names(session),
            masked=rules.masked,
            result_classes=rules.RESULT_CLASSES,
            chips=STATUS_CHIPS,
            instance=instance,
            sees_process=instance is not None and bool(actor.roles & SEES_EVERY_INSTANCE),
            may_issue_code=actor.has_role(STATION, case.station_id),
            reasons=REASONS,
            papers=papers_for(actor, case),
            **born_from_case(session, actor, case),
            **case_record.parts(session, actor, case),
            matches=alike.matches if actor.roles & {STATION, COMMITTEE} else [],
            nearby=alike.elsewhere,
            shown_to=cases.contacts_shown(session, case) if actor.has_role(COMMITTEE) else [],
            **_surroundings(session, actor, instance),
        )


@bp.post("/<case_id>/code")
@auth.roles(STATION)
def issue_code(case_id: str) -> str:
    """A new slip with a new code, for a visitor who lost the first one."""
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        return slip(session, actor, case_id)


@bp.post("/<case_id>/contacts")
@auth.roles(STATION, COMMITTEE, DEPARTMENT)
def contacts(case_id: str) -> ResponseReturnValue:
    """Who came and how to reach them, in full, for a stated reason. There is no address to come back to."""
    workplace, actor = the_workplace(), the_actor()
    reason = request.form.get("other", "").strip() or request.form.get("reason", "")
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        case, parties = actions.reveal_contacts(
            session, actor, case_id=case_id, reason=reason, at=workplace.engine.clock()
        )
        return render_template("cases/contacts.html", case=case, parties=parties, reason=reason)


def _surroundings(session: Session, actor: Actor, instance: ProcessInstance | None) -> dict[str, Any]:
    """What the process says about the case: where it stands, what happened, who is waited for."""
    if instance is None:
        return {"waiting": [], "may_do": [], "drawings": [], "sentences": {}}
    tasks = queries.open_tasks(session, instance.id)
    users = people.users_by_id(session, {task.assignee for task in tasks if task.assignee})
    units = people.unit_names(session)
    return {
        "waiting": [
            Waiting(
                task,
                users[task.assignee].display_name if task.assignee in users else _group(task, units),
                user_tasks.may_work_on(actor, task),
            )
            for task in tasks
        ],
        "may_do": triggers.open_for(the_workplace().engine, session, actor, instance.id),
        "drawings": instance_drawings(the_workplace().engine, session, instance, today()),
        "sentences": history_sentences(),
    }


def _group(task: UserTask, units: Mapping[str, str]) -> str:
    role, _at, unit_id = (task.candidate or "").partition("@")
    place = units.get(unit_id, "")
    return _("等%(group)s领取", group=f"{role}（{place}）" if place else role)


def _shown(state: LinkState) -> dict[str, str]:
    """One link for the tracker: who did it and when."""
    note = ""
    if state.state == "done" and state.at is not None:
        note = " ".join(part for part in (short_day(beijing_date(state.at)), state.by, state.how) if part)
    return {"name": state.link.value, "state": "" if state.state == "waiting" else state.state, "note": note}


def _ended_on(case: Case) -> date | None:
    """The Beijing date on which the reply clock stopped."""
    stopped = clock_queries.stopped_at(case)
    return beijing_date(stopped) if stopped else None


def _clocks(session: Session, case: Case) -> Clocks:
    return Clocks(
        handling=clock_queries.explained(session, case, Clock.HANDLING),
        requests=clock_queries.requests(session, case),
        pauses=clock_queries.pause_rows(session, case),
        pause_until=clock_queries.pause_until(session, case),
        moves=clock_queries.moves(session, case),
    )


# ------------------------------------------------------------------------------------------------ inside forms


def summary(panel: PanelContext) -> Markup:
    """The case in short and its date explained, above every form about it.

    The visitor's telephone number is shown in full only to whoever of the station has taken the step: the audit log
    then says who saw it and what for.
    """
    case = cases.get(panel.session, panel.subject)
    is_theirs = panel.view.may_work and panel.actor.has_role(STATION, case.station_id)
    return Markup(  # noqa: S704 - a template of ours, which escapes every value
        render_template(
            "cases/summary.html",
            case=case,
            explained=cases.explained(panel.session, case),
            ended_on=_ended_on(case),
            untimed=cases.is_untimed(case),
            parties=cases.parties(panel.session, case),
            attachments=cases.attachments(panel.session, case.id),
            attempts=cases.attempts(panel.session, case.id),
            matches=_to_merge(panel, case),
            related=record.linked(panel.session, panel.actor, case),
            referral=cases.current_referral(panel.session, case.id),
            asked=[each for each in clock_queries.requests(panel.session, case) if each.decided_at is None],
            unit_names=people.unit_names(panel.session),
            masked=rules.masked,
            result_classes=rules.RESULT_CLASSES,
            calls=is_theirs and panel.view.assignee == panel.actor.id,
            may_call=is_theirs and panel.view.assignee is None and not case.anonymous,
        )
    )


def _to_merge(panel: PanelContext, case: Case) -> list[matching.Match]:
    """What the committee should know before it hands a matter on: the same one may be at work already."""
    if case.handler or not panel.actor.has_role(COMMITTEE):
        return []
    return matching.of_case(panel.session, panel.actor, case, today()).matches


PANELS = {"cases.summary": summary}
"""What this module draws inside forms, by the name that a form gives."""
