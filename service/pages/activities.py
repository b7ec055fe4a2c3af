"""Activities and meetings: what comes, a file with its sheet and papers, the sheet at the door, the library, panels."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import auth, flash, printing, uploads, workbooks
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from service.pages.files import sandboxed
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from service.squares import square
from service.standing import surroundings
from workflows.activities import plan_queries, plan_rules, plans
from workflows.activities import queries as activities
from workflows.activities.plan_queries import Invited
from workflows.activities.plan_rules import AHEAD, Answer, PlanStatus
from workflows.activities.rules import MEETING_STATES, RECEPTION_DAY, may_record
from workflows.activities.tables import ActivityPlan
from workflows.actor import Actor
from workflows.engine.visibility import SEES_EVERY_INSTANCE
from workflows.errors import Invalid, NotFound
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DEPUTY, STATION
from workflows.storage import files

bp = Blueprint("activities", __name__, url_prefix="/activities")

AHEAD_DAYS, BACK_DAYS = 400, 60
LISTED = 20  # of the past; the rest is a click away
FIRST_YEAR = 2020
SHEET_BYTES = 1024 * 1024
SHEET_ROWS = 500
STATUS_CHIPS = {
    PlanStatus.PLANNED: "",
    PlanStatus.ANNOUNCED: "info",
    PlanStatus.HELD: "ok",
    PlanStatus.FILED: "ok",
    PlanStatus.CANCELLED: "warn",
}
ANSWER_CHIPS = {
    Answer.ASKED: "",
    Answer.COMING: "ok",
    Answer.LEAVE: "warn",
    Answer.EXCUSED: "info",
    Answer.REFUSED: "bad",
    Answer.UNREACHED: "bad",
}
STATE_CHIPS = {"到会": "ok", "半程": "info", "请假": "", "缺席": "bad"}


@bp.get("/")
@auth.roles(*OFFICE)
def index() -> str:
    """What comes next, what a deputy is asked to, what took place this year and how often."""
    actor, on = the_actor(), today()
    with the_workplace().reading(actor.subdistrict_id) as session:
        year = _year(on)
        near = plan_queries.between(session, on - timedelta(days=BACK_DAYS), on + timedelta(days=AHEAD_DAYS))
        coming = [plan for plan in near if plan.status in AHEAD]
        held = activities.activities_between(session, date(year, 1, 1), min(on, date(year, 12, 31)))
        ids = [each.id for each in held]
        shown = [each for each in reversed(held) if each.source_key is None and each.kind != RECEPTION_DAY]
        files_of = {
            plan.activity_id: plan for plan in plan_queries.between(session, date(year, 1, 1), date(year, 12, 31))
        }
        return render_template(
            "activities/index.html",
            year=year,
            years=sorted({on.year - 1, on.year, year}),
            coming=coming,
            answers=plan_queries.answers(session, [plan.id for plan in coming]),
            mine=_mine(session, actor, on),
            held=shown if request.args.get("all") else shown[:LISTED],
            found=len(shown),
            plan_of=files_of,
            proofs=activities.count_evidence(session, ids),
            sheets=activities.attendance_of(session, ids),
            counts=Counter((each.dimension, each.kind) for each in held).most_common(),
            unit_names=people.unit_names(session),
            chips=STATUS_CHIPS,
            answer_chips=ANSWER_CHIPS,
            on=on,
            is_station=STATION in actor.roles,
            is_committee=COMMITTEE in actor.roles,
        )


def _year(on: date) -> int:
    typed = request.args.get("year", "")
    return int(typed) if typed.isdecimal() and FIRST_YEAR <= int(typed) <= on.year else on.year


def _mine(session: Session, actor: Actor, on: date) -> list[Any]:
    if actor.person_id is None:
        return []
    return plan_queries.asked_for(session, actor.person_id, on, on + timedelta(days=AHEAD_DAYS))


# --------------------------------------------------------------------------------------- an activity's file


@bp.get("/<plan_id>")
@auth.roles(*OFFICE)
def show(plan_id: str) -> str:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        plan = plan_queries.get(session, plan_id)
        instance = plan_queries.instance_of(session, plan)
        around = surroundings(session, actor, instance)
        sees_all = may_record(actor, plan.station_id)
        # 44 answers are a table of their own, and why somebody can not come is between them and the organiser.
        around["history"] = [row for row in around["history"] if row.milestone]
        facts = _facts(session, plan)
        own = next((each for each in facts["invited"] if each.invitation.person_id == actor.person_id), None)
        return render_template(
            "activities/show.html",
            **facts,
            sees_all=sees_all,
            sees_group=_own_villages(actor),
            own=own,
            proofs=_proofs(session, plan) if sees_all else [],
            instance=instance,
            sees_process=instance is not None and bool(actor.roles & SEES_EVERY_INSTANCE),
            may_sign=_may_sign(actor, plan),
            may_arrive=bool(own) and not (own and own.invitation.signed) and _is_today(plan),
            **around,
        )


def _own_villages(actor: Actor) -> frozenset[str]:
    """The stations and villages whose deputies somebody has to tell."""
    return frozenset(m.unit_id for m in actor.memberships if m.unit_id)


def _is_today(plan: ActivityPlan) -> bool:
    return plan.status in AHEAD and plan.held_on == today()


def _may_sign(actor: Actor, plan: ActivityPlan) -> bool:
    return may_record(actor, plan.station_id) and plan.status in AHEAD and plan.held_on <= today()


def _facts(session: Session, plan: ActivityPlan) -> dict[str, Any]:
    """What an activity's file, its papers and the panels of its forms show."""
    street = next(each for each in people.subdistricts(session) if each.id == plan.subdistrict_id)
    invited = plan_queries.invitations(session, plan)
    sheet = activities.attendance_of(session, [plan.activity_id or ""]).get(plan.activity_id or "", [])
    return {
        "plan": plan,
        "street": street.name,
        "station": people.unit(session, plan.station_id) if plan.station_id else None,
        "invited": invited,
        "said": Counter(each.invitation.answer for each in invited),
        "agenda": plan_queries.agenda(session, plan.id),
        "opinions": plan_queries.opinions(session, plan.id),
        "reading": plan_queries.reading_of(session, plan),
        "sheet": {row.person_id: row.state for row in sheet},
        "states": Counter(row.state for row in sheet),
        "names": people.person_names(session, [row.person_id for row in sheet]),
        "unit_names": people.unit_names(session),
        "chips": STATUS_CHIPS,
        "answer_chips": ANSWER_CHIPS,
        "state_chips": STATE_CHIPS,
    }


def _proofs(session: Session, plan: ActivityPlan) -> list[tuple[str, str, bool]]:
    """Kind, file id and whether it is a picture, of what proves it and is still kept."""
    if plan.activity_id is None:
        return []
    found = activities.evidence_of(session, [plan.activity_id]).get(plan.activity_id, [])
    return [(each.kind, each.file_id, not each.file_id.endswith("-pdf")) for each in found if each.removed_at is None]


@bp.get("/<plan_id>/materials/<file_id>")
@auth.roles(*OFFICE)
def material_of(plan_id: str, file_id: str) -> ResponseReturnValue:
    """What is to be read for an activity, for everybody who works here.

    Raises:
        NotFound: it does not belong to this activity.
    """
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        plan = plan_queries.get(session, plan_id)
        reading = [each.file_id for each in plan_queries.reading_of(session, plan)]
        if file_id not in (*plan.materials, *reading):
            raise NotFound("没有这个文件。")
    return _download(actor, file_id)


def _download(actor: Actor, file_id: str, name: str = "") -> ResponseReturnValue:
    stored = files.find(the_workplace().settings.home, actor.subdistrict_id or "", file_id)
    suffix = file_id.rpartition("-")[2]
    name = f"{name}.{suffix}" if name else stored.name
    return sandboxed(send_file(stored.path, stored.media_type, as_attachment=True, download_name=name))


@bp.get("/<plan_id>/paper")
@auth.roles(*OFFICE)
def paper(plan_id: str) -> Response:
    """The notice and the agenda, and for the organiser a sheet to sign on paper."""
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        plan = plan_queries.get(session, plan_id)
        return printing.paper(
            "prints/activity.html",
            f"{plan.title} {plan.held_on.isoformat()}",
            as_pdf=request.args.get("as") == "pdf",
            here=request.path,
            with_sheet=may_record(actor, plan.station_id),
            **_facts(session, plan),
        )


# ------------------------------------------------------------------------------------------- at the door


@bp.get("/<plan_id>/sheet")
@auth.roles(STATION, COMMITTEE)
def sheet(plan_id: str) -> str:
    """One line for each deputy, large enough for a tablet that is passed round."""
    return _sheet_page(plan_id, {}, "")


@bp.post("/<plan_id>/sheet")
@auth.roles(STATION, COMMITTEE)
def sign(plan_id: str) -> ResponseReturnValue:
    typed = {key.removeprefix("state-"): value for key, value in request.form.items() if key.startswith("state-")}
    return _signed(plan_id, typed)


@bp.post("/<plan_id>/sheet/file")
@auth.roles(STATION, COMMITTEE)
def sign_from_file(plan_id: str) -> ResponseReturnValue:
    """A list that was filled in in Excel."""
    content = uploads.content("file", SHEET_BYTES)
    with the_workplace().reading(the_actor().subdistrict_id) as session:
        invited = plan_queries.invitations(session, plan_queries.get(session, plan_id))
    try:
        states = _read(content, invited)
    except Invalid as refusal:
        return _sheet_page(plan_id, {}, str(refusal)), HTTPStatus.UNPROCESSABLE_ENTITY
    return _signed(plan_id, states)


def _signed(plan_id: str, states: Mapping[str, str]) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            plan = plan_queries.get(session, plan_id)
            plans.sign(workplace.engine, session, actor, plan, states=states)
    except Invalid as refusal:
        return _sheet_page(plan_id, states, str(refusal)), HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(url_for("activities.sheet", plan_id=plan_id), HTTPStatus.SEE_OTHER), "saved")


def _sheet_page(plan_id: str, typed: Mapping[str, str], fault: str) -> str:
    """
    Raises:
        NotFound: it is somebody else's activity.
    """
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        plan = plan_queries.get(session, plan_id)
        if not may_record(actor, plan.station_id):
            raise NotFound("没有这项活动，请刷新列表。")
        address = workplace.settings.public_url.rstrip("/") + url_for("activities.show", plan_id=plan.id)
        return render_template(
            "activities/sheet.html",
            **_facts(session, plan),
            choices=MEETING_STATES,
            typed=typed,
            fault=fault,
            may_sign=_may_sign(actor, plan),
            picture=square(address),
        )


def _read(content: bytes, invited: list[Invited]) -> dict[str, str]:
    """Person -> state, from a list with 姓名 and 考勤; what is left empty says nothing.

    Raises:
        Invalid: no such file, or rows that do not fit, each of them named.
    """
    rows = _rows(content)
    names: dict[str, list[str]] = {}
    for each in invited:
        names.setdefault(each.name, []).append(each.invitation.person_id)
    found: dict[str, str] = {}
    faults = []
    for number, (name, state) in rows:
        people_named = names.get(name, [])
        if len(people_named) != 1:
            faults.append(f"第{number}行：{'名单上没有' if not people_named else '名单上不止一位'}“{name}”")
        elif state not in MEETING_STATES:
            faults.append(f"第{number}行：“{state}”请改为{'、'.join(MEETING_STATES)}之一")
        else:
            found[people_named[0]] = state
    if faults:
        raise Invalid(
            "表格里有{count}行不对：{rows}。请改正后重新上传。", count=len(faults), rows="；".join(faults[:8])
        )
    if not found:
        raise Invalid("表格里没有填写考勤结果，请填写“考勤”一列后再上传。")
    return found


def _rows(content: bytes) -> list[tuple[int, tuple[str, str]]]:
    """Line number, name and state of every line that says something.

    Raises:
        Invalid: it is no such file.
    """
    if not content or len(content) > SHEET_BYTES:
        raise Invalid("请选择不超过 1 MB 的 Excel 文件（.xlsx）。")
    cells = workbooks.read(content, rows=SHEET_ROWS, columns=8)
    heading = next((number for number, row in enumerate(cells) if {"姓名", "考勤"} <= set(row)), None)
    if heading is None:
        raise Invalid("表格里找不到“姓名”和“考勤”两列，请用下载的名单填写。")
    name_at, state_at = cells[heading].index("姓名"), cells[heading].index("考勤")
    below = enumerate(cells[heading + 1 :], heading + 2)
    return [(number, (row[name_at], row[state_at])) for number, row in below if row[name_at] and row[state_at]]


@bp.get("/<plan_id>/sheet.xlsx")
@auth.roles(STATION, COMMITTEE)
def sheet_file(plan_id: str) -> Response:
    """The list to be filled in away from the desk.

    Raises:
        NotFound: it is somebody else's activity.
    """
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        plan = plan_queries.get(session, plan_id)
        if not may_record(actor, plan.station_id):
            raise NotFound("没有这项活动，请刷新列表。")
        columns = [
            workbooks.Column(_("序号"), 6, workbooks.Kind.NUMBER),
            workbooks.Column("姓名", 12),
            workbooks.Column(_("小组"), 16),
            workbooks.Column(_("答复"), 10),
            workbooks.Column("考勤", 10),
        ]
        rows = [
            (number, each.name, each.seat.group_name if each.seat else "", each.invitation.answer, each.expected)
            for number, each in enumerate(plan_queries.invitations(session, plan), 1)
        ]
        heading = f"{plan.title} {plan.held_on.isoformat()}（考勤填{'、'.join(MEETING_STATES)}）"
        return workbooks.download([workbooks.Sheet(_("考勤"), heading, columns, rows)], f"{plan.title}{_('考勤表')}")


@bp.post("/<plan_id>/arrived")
@auth.roles(DEPUTY)
def arrived(plan_id: str) -> ResponseReturnValue:
    """A deputy signs the sheet; who writes the activity up looks at it again."""
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        plan = plan_queries.get(session, plan_id)
        plans.sign(workplace.engine, session, actor, plan, states={actor.person_id or "": "到会"})
    return flash.leave(redirect(url_for("activities.show", plan_id=plan_id), HTTPStatus.SEE_OTHER), "saved")


# ---------------------------------------------------------------------------------------------- the library


@bp.get("/materials")
@auth.roles(*OFFICE)
def materials() -> str:
    return _library({}, {})


@bp.post("/materials")
@auth.roles(STATION, COMMITTEE)
def add_material() -> ResponseReturnValue:
    workplace, actor, typed = the_workplace(), the_actor(), request.form.to_dict()
    stored, faults = uploads.with_files(actor, {})
    try:
        if faults:
            raise Invalid(next(iter(faults.values())), fields=faults)
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            plans.add_material(
                session,
                actor,
                title=typed.get("title", "")[:120],
                subject=typed.get("subject", ""),
                file_id=next(iter(stored.get("file", [])), ""),
                at=workplace.engine.clock(),
            )
    except Invalid as refusal:
        return _library(typed, refusal.fields), HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(url_for("activities.materials"), HTTPStatus.SEE_OTHER), "saved")


@bp.get("/materials/<material_id>")
@auth.roles(*OFFICE)
def material(material_id: str) -> ResponseReturnValue:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        found = plan_queries.material(session, material_id)
        return _download(actor, found.file_id, found.title)


@bp.post("/materials/<material_id>/retire")
@auth.roles(STATION, COMMITTEE)
def retire_material(material_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        plans.retire_material(session, actor, material_id=material_id, at=workplace.engine.clock())
    return flash.leave(redirect(url_for("activities.materials"), HTTPStatus.SEE_OTHER), "saved")


def _library(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    actor = the_actor()
    subject, words = request.args.get("subject", ""), request.args.get("q", "")[:60]
    with the_workplace().reading(actor.subdistrict_id) as session:
        found = plan_queries.materials(session, subject=subject, words=words)
        return render_template(
            "activities/materials.html",
            materials=found,
            used=plan_queries.used_for(session, [each.id for each in found]),
            subjects=list(plan_rules.Subject),
            subject=subject,
            words=words,
            may_keep=bool(actor.roles & {STATION, COMMITTEE}),
            typed=typed,
            errors=errors,
        )


# --------------------------------------------------------------------------------------------------- panels


def summary(panel: PanelContext) -> Markup:
    """The activity in short, above every form about it."""
    return _drawn(
        "activities/panels/summary.html", **_facts(panel.session, plan_queries.get(panel.session, panel.subject))
    )


def sheet_panel(panel: PanelContext) -> Markup:
    """One line for each deputy who was asked, filled in as far as it is known."""
    plan = plan_queries.get(panel.session, panel.subject)
    cells = [{cell.key: cell for cell in row.fields} for row in panel.field.rows]
    return _drawn(
        "activities/panels/sheet.html",
        field=panel.field,
        invited=plan_queries.invitations(panel.session, plan),
        states=MEETING_STATES,
        typed={str(each["person"].value): each["state"] for each in cells if each["person"].value},
        may_work=panel.view.may_work,
    )


def opinions_panel(panel: PanelContext) -> Markup:
    """The opinions that a department has to answer, each with room for its answer."""
    plan = plan_queries.get(panel.session, panel.subject)
    department = str(panel.step_data("unit")["department"])
    cells = [{cell.key: cell for cell in row.fields} for row in panel.field.rows]
    return _drawn(
        "activities/panels/opinions.html",
        field=panel.field,
        opinions=plan_queries.opinions(panel.session, plan.id, department_id=department),
        agenda={item.number: item for item in plan_queries.agenda(panel.session, plan.id)},
        typed={str(each["number"].value): each["reply"] for each in cells if each["number"].value},
        may_work=panel.view.may_work,
    )


def _drawn(template: str, **shown: Any) -> Markup:
    return Markup(render_template(template, **shown))  # noqa: S704 - a template of ours, which escapes every value
