"""Processes: what runs, where one of them stands, and starting one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service import auth, flash, uploads
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from service.pages.inbox import OFFICE
from service.pictures import instance_drawings
from service.sentences import history_sentences
from service.standing import file_url
from workflows.engine import definitions, instances, queries, triggers, user_tasks, visibility
from workflows.engine.forms import Form
from workflows.engine.tables import UserTask
from workflows.errors import Invalid, NotAllowed
from workflows.people import queries as people
from workflows.people import rules

bp = Blueprint("processes", __name__, url_prefix="/processes")

_STATUSES = ("running", "completed", "cancelled")


@bp.get("/")
@auth.roles(rules.COMMITTEE, rules.PROCESS_ADMIN)
def index() -> str:
    actor, status = the_actor(), request.args.get("status", "running")
    process_key = request.args.get("process") or None
    with the_workplace().reading(actor.subdistrict_id) as session:
        rows, following = queries.running(
            session,
            status=status if status in _STATUSES else "running",
            before=request.args.get("before"),
            process_key=process_key,
        )
        processes = definitions.list_latest(session, today())
        return render_template(
            "processes/index.html",
            rows=rows,
            status=status,
            processes=processes,
            process_names={process.key: process.name for process in processes},
            process_key=process_key,
            incidents=queries.incidents(session),
            waiting=definitions.waiting(session, today()),
            next_page=url_for("processes.index", status=status, process=process_key, before=following)
            if following
            else None,
        )


@bp.get("/<instance_id>")
@auth.roles(*OFFICE)
def show(instance_id: str) -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        instance = visibility.instance_for(session, actor, instance_id)
        tasks = queries.open_tasks(session, instance_id)
        return render_template(
            "processes/show.html",
            instance=instance,
            definition=definitions.get(session, instance.definition_id),
            history=visibility.history_for(workplace.engine, session, actor, instance),
            sentences=history_sentences(),
            tasks=tasks,
            holders=_holders(session, tasks),
            workable={task.id for task in tasks if user_tasks.may_work_on(actor, task)},
            timers=instances.timers_of(session, instance_id),
            incidents=queries.incidents(session, instance_id=instance_id),
            may_do=triggers.open_for(workplace.engine, session, actor, instance_id),
            drawings=instance_drawings(workplace.engine, session, instance, today()),
            may_cancel=actor.has_role(instances.MAY_CANCEL) and instance.status == "running",
        )


@bp.post("/<instance_id>/cancel")
@auth.roles(rules.PROCESS_ADMIN)
def cancel(instance_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Invalid("请写明终止的原因。", fields={"reason": "请写明终止的原因。"})
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        instances.cancel(workplace.engine, session, actor, instance_id=instance_id, reason=reason)
    return flash.leave(redirect(url_for("processes.show", instance_id=instance_id), HTTPStatus.SEE_OTHER), "cancelled")


@bp.get("/<key>/start")
@auth.roles(*OFFICE)
def start(key: str) -> str:
    return _start_page(key, typed=None, errors={})


@bp.post("/<key>/start/fields")
@auth.roles(*OFFICE)
def start_fields(key: str) -> str:
    """The start form's fields again, with what was typed: a choice may show or hide others."""
    return _start_page(key, typed=uploads.typed(), errors={}, template="forms/fields.html")


@bp.post("/<key>/start")
@auth.roles(*OFFICE)
def start_now(key: str) -> ResponseReturnValue:
    workplace, actor, typed, errors = the_workplace(), the_actor(), uploads.typed(), dict[str, str]()
    if uploads.has_files():
        _check_may_start(key)
        typed, errors = uploads.with_files(actor, typed)
    if errors or request.form.get("press") == "more":
        return _start_page(key, typed=typed, errors=errors), (
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
        )
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            instance = instances.start(workplace.engine, session, actor, key=key, start=typed)
    except Invalid as refusal:
        return _start_page(key, typed=typed, errors=refusal.fields), HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(file_url(instance, actor), HTTPStatus.SEE_OTHER), "started")


def _check_may_start(key: str) -> None:
    """Before files are stored for it.

    Raises:
        NotAllowed: the actor is not in the lane of the start event.
    """
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        if key not in {process.key for process in visibility.startable(workplace.engine, session, actor)}:
            raise NotAllowed("这个流程不由您的身份发起，请从“待办”页面的按钮发起。")


def _holders(session: Session, tasks: list[UserTask]) -> dict[str, str]:
    """Task -> who has it, or which group may take it."""
    users = people.users_by_id(session, {task.assignee for task in tasks if task.assignee})
    units = people.unit_names(session)
    holders = {}
    for task in tasks:
        if task.assignee:
            holders[task.id] = users[task.assignee].display_name if task.assignee in users else ""
        elif task.candidate:
            role, _at, unit_id = task.candidate.partition("@")
            place = units.get(unit_id, "")
            holders[task.id] = _("等%(group)s领取", group=f"{role}{place and f'（{place}）'}")
    return holders


def begin_with(form: Form, typed: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What was typed into a start form; on the first visit its defaults."""
    return instances.start_defaults(the_workplace().engine, form) if typed is None else typed


def _start_page(
    key: str, *, typed: Mapping[str, Any] | None, errors: dict[str, str], template: str = "processes/start.html"
) -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        form, definition = instances.start_form(workplace.engine, session, key)
        choices = queries.form_choices(workplace.engine, session, form) if form else {}
        return render_template(
            template,
            definition=definition,
            title=form.title if form else definition.name,
            fields=form.view(begin_with(form, typed), errors, choices) if form else [],
            errors=errors,
            panels={},
            refresh_url=url_for("processes.start_fields", key=key),
        )
