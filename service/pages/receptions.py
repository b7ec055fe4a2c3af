"""Reception days: the year at a glance, a session's file and papers, leave, and the panels of forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
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
from service.squares import square
from service.standing import surroundings
from service.templating import short_day
from workflows.activities import queries as activities
from workflows.activities.rules import MEETING_STATES, EvidenceKind
from workflows.actor import Actor
from workflows.engine.visibility import SEES_EVERY_INSTANCE
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPUTY, STATION, UnitKind
from workflows.people.tables import OrgUnit
from workflows.receptions import actions, rules
from workflows.receptions import queries as receptions
from workflows.receptions.rules import Answer, Duty, PlanStatus, Status
from workflows.receptions.tables import ReceptionDuty, ReceptionSession

bp = Blueprint("receptions", __name__, url_prefix="/receptions")

AHEAD_DAYS = 60
LISTED = 24
TURN_DAYS = 120
FIRST_YEAR = 2020
STATUS_CHIPS = {
    Status.PLANNED: "",
    Status.ROSTERED: "info",
    Status.ANNOUNCED: "info",
    Status.HELD: "ok",
    Status.CLOSED: "ok",
    Status.CANCELLED: "warn",
}
DUTY_CHIPS = {Duty.DONE: "ok", Duty.MADE_UP: "info", Duty.MISSED: "bad"}
ANSWER_CHIPS = {Answer.ASKED: "", Answer.COMING: "ok", Answer.SWAP: "warn", Answer.REPLACED: ""}
PLAN_CHIPS = {PlanStatus.DRAFT: "", PlanStatus.SUBMITTED: "info", PlanStatus.CONFIRMED: "ok"}


@dataclass(frozen=True)
class Month:
    """What one month shows of a station: a word, its chip, and the session it is about."""

    word: str
    chip: str = ""
    session_id: str | None = None


# ------------------------------------------------------------------------------------------------ the year


@bp.get("/")
@auth.roles(*OFFICE)
def index() -> str:
    """What comes next, what a deputy is asked for, and every station's year month by month."""
    actor, on = the_actor(), today()
    with the_workplace().reading(actor.subdistrict_id) as session:
        year = _year(on)
        of_year = receptions.between(session, date(year, 1, 1), date(year, 12, 31))
        coming = _coming(session, on)
        held = [each for each in reversed(of_year) if each.status in rules.TOOK_PLACE]
        shown = [each.id for each in (*coming, *held[:LISTED])]
        return render_template(
            "receptions/index.html",
            year=year,
            years=sorted({on.year - 1, on.year, on.year + 1, year}),
            coming=coming,
            held=held[:LISTED],
            rosters=receptions.rosters(session, shown),
            visits=receptions.count_visits(session, shown),
            turns=_turns(session, actor, on),
            board=_board(session, year, of_year, on),
            plans=receptions.plans(session, year),
            plan_chips=PLAN_CHIPS,
            station_names=people.unit_names(session),
            chips=STATUS_CHIPS,
            answer_chips=ANSWER_CHIPS,
            on=on,
            may_arrange=STATION in actor.roles,
            may_plan=COMMITTEE in actor.roles,
        )


def _year(on: date) -> int:
    typed = request.args.get("year", "")
    return int(typed) if typed.isdecimal() and FIRST_YEAR <= int(typed) <= on.year + 1 else on.year


def _coming(session: Session, on: date) -> list[ReceptionSession]:
    """What is to be prepared or written up: also a day that is gone and was not."""
    found = receptions.between(session, on - timedelta(days=AHEAD_DAYS), on + timedelta(days=AHEAD_DAYS))
    return [each for each in found if each.status in rules.AHEAD]


def _turns(session: Session, actor: Actor, on: date) -> list[receptions.Turn]:
    if actor.person_id is None:
        return []
    turns = receptions.turns_of(session, actor.person_id, on, on + timedelta(days=TURN_DAYS))
    return [turn for turn in turns if turn.session.status in rules.AHEAD]


def _board(
    session: Session, year: int, of_year: list[ReceptionSession], on: date
) -> list[tuple[OrgUnit, list[tuple[str, Month]]]]:
    """Each station with its twelve months."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    duties, kept = receptions.duties(session, first, last), receptions.reception_months(session, first, last)
    rows = []
    for station in people.units(session, UnitKind.STATION):
        own = [each for each in of_year if each.station_id == station.id and each.status != Status.CANCELLED]
        months = [
            (
                month,
                _month(
                    [each for each in own if each.month == month],
                    duties.get((station.id, month)),
                    month in kept.get(station.id, ()),
                    rules.last_of(month) < on,
                ),
            )
            for month in rules.months_of(year)
        ]
        rows.append((station, months))
    return rows


def this_month(session: Session, on: date) -> list[tuple[OrgUnit, Month]]:
    """Every station with what becomes of this month's reception day, for a first glance."""
    year = receptions.between(session, date(on.year, 1, 1), date(on.year, 12, 31))
    return [(station, months[on.month - 1][1]) for station, months in _board(session, on.year, year, on)]


def _month(sessions: list[ReceptionSession], duty: ReceptionDuty | None, is_kept: bool, is_over: bool) -> Month:
    """The duty as it was written down; before that what is held or arranged."""
    took_place = [each for each in sessions if each.status in rules.TOOK_PLACE]
    found = next(iter((*took_place, *sessions)), None)
    session_id = found.id if found else None
    if duty is not None:
        words = {Duty.DONE: _("已完成"), Duty.MADE_UP: _("已补办"), Duty.MISSED: _("未完成")}
        return Month(words[Duty(duty.state)], DUTY_CHIPS[Duty(duty.state)], session_id)
    if is_kept:
        return Month(_("已接待"), "ok", session_id)
    if found is not None:
        own = rules.month_of(found.held_on) == found.month
        word = _("%(day)d日", day=found.held_on.day) if own else short_day(found.held_on)
        return Month(word, "warn" if is_over else "info", session_id)
    return Month(_("没有") if is_over else "—")


# ------------------------------------------------------------------------------------------- a session's file


@bp.get("/<session_id>")
@auth.roles(*OFFICE)
def show(session_id: str) -> str:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        reception = receptions.get(session, session_id)
        instance = receptions.instance_of(session, reception)
        is_own = actor.has_role(STATION, reception.station_id)
        sees_visits = rules.may_see_visits(actor, reception.station_id)
        around = surroundings(session, actor, instance)
        if not sees_visits:  # why somebody can not come is between them and the station
            around["history"] = [row for row in around["history"] if row.milestone]
        return render_template(
            "receptions/show.html",
            **_facts(session, reception),
            visits=receptions.visits_for(session, actor, reception),
            sees_visits=sees_visits,
            photos=_photos(session, reception),
            instance=instance,
            sees_process=instance is not None and bool(actor.roles & SEES_EVERY_INSTANCE),
            may_register=is_own and reception.status in rules.AHEAD and reception.held_on <= today(),
            reader=actor.person_id,
            **around,
        )


@bp.get("/<session_id>/poster")
@auth.roles(*OFFICE)
def poster(session_id: str) -> Response:
    """The notice for the door, with a QR code that leads to the public page.

    Raises:
        Conflict: there is no roster yet.
    """
    workplace, actor = the_workplace(), the_actor()
    address = workplace.settings.public_url.rstrip("/") + url_for("public.reception_days")
    with workplace.reading(actor.subdistrict_id) as session:
        reception = receptions.get(session, session_id)
        if reception.status in (Status.PLANNED, Status.CANCELLED):
            raise Conflict("这场接待日还没有定名单或者已经取消，不能打印公告。")
        facts = _facts(session, reception)
        return printing.paper(
            "prints/reception_poster.html",
            f"{_('接待日公告')} {reception.held_on.isoformat()}",
            as_pdf=request.args.get("as") == "pdf",
            here=request.path,
            picture=square(address),
            address=address,
            **facts,
        )


@bp.get("/<session_id>/report")
@auth.roles(*OFFICE)
def report(session_id: str) -> Response:
    """The session's report: figures and who was there, no visitor.

    Raises:
        Conflict: it is not written up yet.
    """
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        reception = receptions.get(session, session_id)
        facts = _facts(session, reception)
        if facts["report"] is None:
            raise Conflict("这场接待日还没有登记接待情况，没有报告可以打印。")
        return printing.paper(
            "prints/reception_report.html",
            f"{_('接待日报告')} {reception.held_on.isoformat()}",
            as_pdf=request.args.get("as") == "pdf",
            here=request.path,
            **facts,
        )


def _facts(session: Session, reception: ReceptionSession) -> dict[str, Any]:
    """What a session's file, its papers and the panels of its forms show."""
    street = next(each for each in people.subdistricts(session) if each.id == reception.subdistrict_id)
    return {
        "reception": reception,
        "station": people.unit(session, reception.station_id),
        "street": street.name,
        "title": actions.activity_title(session, reception),
        "roster": receptions.roster(session, reception.id),
        "levels_missing": rules.level_words(
            rules.levels_missing(receptions.levels_shown(session, reception.station_id, reception.month))
        ),
        "report": receptions.report_of(session, reception.id),
        "chips": STATUS_CHIPS,
        "answer_chips": ANSWER_CHIPS,
    }


def _photos(session: Session, reception: ReceptionSession) -> list[str]:
    """Ids of the photographs in the record of activities."""
    if reception.activity_id is None:
        return []
    proofs = activities.evidence_of(session, [reception.activity_id]).get(reception.activity_id, [])
    return [proof.file_id for proof in proofs if proof.kind == EvidenceKind.PHOTO and not proof.removed_at]


# --------------------------------------------------------------------------------------------------- leave


@bp.get("/leave")
@auth.roles(DEPUTY, STATION, COMMITTEE)
def leave() -> str:
    return _leave_page(typed={}, errors={})


@bp.post("/leave")
@auth.roles(DEPUTY, STATION, COMMITTEE)
def add_leave() -> ResponseReturnValue:
    """Days on which a deputy is not asked."""
    workplace, actor, typed = the_workplace(), the_actor(), request.form.to_dict()
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            actions.add_leave(
                session,
                actor,
                person_id=typed.get("person_id") or actor.person_id or "",
                first_on=_day(typed, "first_on"),
                last_on=_day(typed, "last_on"),
                reason=typed.get("reason", ""),
                at=workplace.engine.clock(),
            )
    except Invalid as refusal:
        return _leave_page(typed=typed, errors=refusal.fields), HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(url_for("receptions.leave"), HTTPStatus.SEE_OTHER), "saved")


@bp.post("/leave/<leave_id>/end")
@auth.roles(DEPUTY, STATION, COMMITTEE)
def end_leave(leave_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        actions.end_leave(session, actor, leave_id=leave_id, at=workplace.engine.clock())
    return flash.leave(redirect(url_for("receptions.leave"), HTTPStatus.SEE_OTHER), "saved")


def _day(typed: Mapping[str, str], key: str) -> date:
    """
    Raises:
        Invalid: not a day.
    """
    try:
        return date.fromisoformat(typed.get(key, ""))
    except ValueError as error:
        raise Invalid("请填写日期。", fields={key: "请填写日期。"}) from error


def _leave_page(*, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    actor, on = the_actor(), today()
    with the_workplace().reading(actor.subdistrict_id) as session:
        seats = {seat.person_id: seat for seat in people.deputies_on(session, on)}
        mine = {
            person_id: f"{seat.name}（{seat.group_name}）"
            for person_id, seat in seats.items()
            if actor.has_role(COMMITTEE) or actor.has_role(STATION, seat.station_id) or actor.person_id == person_id
        }
        return render_template(
            "receptions/leave.html",
            leaves=[(row, name) for row, name in receptions.leaves(session, on) if row.person_id in mine],
            deputies=list(mine.items()),
            typed=typed,
            errors=errors,
        )


# -------------------------------------------------------------------------------------------------- panels


def summary(panel: PanelContext) -> Markup:
    """The session in short, above every form about it."""
    return _drawn(
        "receptions/panels/summary.html", **_facts(panel.session, receptions.get(panel.session, panel.subject))
    )


def roster_panel(panel: PanelContext) -> Markup:
    """Whose turn it is, and what stands on the roster already."""
    reception = receptions.get(panel.session, panel.subject)
    found = receptions.candidates(panel.session, reception)
    return _drawn(
        "receptions/panels/roster.html",
        **_facts(panel.session, reception),
        order=rules.rotation(found),
        away=[each for each in found if each.away],
    )


def sheet_panel(panel: PanelContext) -> Markup:
    """One line for each deputy on the roster."""
    reception = receptions.get(panel.session, panel.subject)
    cells = [{cell.key: cell for cell in row.fields} for row in panel.field.rows]
    return _drawn(
        "receptions/panels/sheet.html",
        field=panel.field,
        due=receptions.on_duty(panel.session, reception.id),
        states=MEETING_STATES,
        typed={str(each["person"].value): each["state"] for each in cells if each["person"].value},
        may_work=panel.view.may_work,
    )


def plan_panel(panel: PanelContext) -> Markup:
    """A station's year as it was handed in, and what the committee said."""
    site = panel.step_data("site")
    return _drawn(
        "receptions/panels/plan.html",
        plan=receptions.plan_of(panel.session, str(site["station"]), int(panel.subject)),
        station=site["name"],
        year=panel.subject,
        chips=PLAN_CHIPS,
        day=date.fromisoformat,
    )


def report_panel(panel: PanelContext) -> Markup:
    reception = receptions.get(panel.session, panel.subject)
    facts = _facts(panel.session, reception)
    return _drawn("receptions/panels/report.html", **facts, photos=_photos(panel.session, reception))


def _drawn(template: str, **shown: Any) -> Markup:
    return Markup(render_template(template, **shown))  # noqa: S704 - a template of ours, which escapes every value
