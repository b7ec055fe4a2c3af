"""One task: its form, its surroundings, and completing it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from service import auth, flash, panels, uploads
from service.context import the_actor, the_workplace
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from service.sentences import history_sentences
from workflows.engine import user_tasks, visibility
from workflows.engine.forms import FieldView
from workflows.engine.user_tasks import TaskView
from workflows.errors import Invalid
from workflows.people import queries as people

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


@bp.get("/<task_id>")
@auth.roles(*OFFICE)
def show(task_id: str) -> str:
    return _page(task_id, typed=None, errors={})


@bp.post("/<task_id>/fields")
@auth.roles(*OFFICE)
def fields(task_id: str) -> str:
    """The form's fields again, with what was typed: a choice may show or hide others. Nothing is kept."""
    return _page(task_id, typed=uploads.typed(), errors={}, template="forms/fields.html")


@bp.post("/<task_id>")
@auth.roles(*OFFICE)
def answer(task_id: str) -> ResponseReturnValue:
    """Complete the task, keep a draft, or offer one more row, as the pressed button says."""
    workplace, actor, typed, errors = the_workplace(), the_actor(), uploads.typed(), dict[str, str]()
    if uploads.has_files():
        with workplace.reading(actor.subdistrict_id) as session:
            user_tasks.view(workplace.engine, session, actor, task_id)  # nobody stores files at a stranger's task
        typed, errors = uploads.with_files(actor, typed)
    press = request.form.get("press")
    if errors or press == "more":
        return _page(task_id, typed=typed, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    if press == "draft":
        return _save_draft(task_id, typed)
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            user_tasks.complete(workplace.engine, session, actor, task_id=task_id, answer=typed)
    except Invalid as refusal:
        return _page(task_id, typed=typed, errors=refusal.fields), HTTPStatus.UNPROCESSABLE_ENTITY
    return flash.leave(redirect(url_for("inbox.show"), HTTPStatus.SEE_OTHER), "completed")


def _save_draft(task_id: str, typed: Mapping[str, Any]) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        form = user_tasks.view(workplace.engine, session, actor, task_id).form
        user_tasks.save_draft(
            workplace.engine, session, actor, task_id=task_id, values=form.echo(typed) if form else {}
        )
    return flash.leave(redirect(url_for("tasks.show", task_id=task_id), HTTPStatus.SEE_OTHER), "draft_saved")


def _page(
    task_id: str, *, typed: Mapping[str, Any] | None, errors: dict[str, str], template: str = "tasks/show.html"
) -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        view = user_tasks.view(workplace.engine, session, actor, task_id)
        values = view.values if typed is None else typed
        fields = view.form.view(values, errors, view.choices) if view.form else []
        return render_template(
            template,
            view=view,
            task=view.task,
            instance=view.instance,
            fields=fields,
            panels=_panels(session, view, fields),
            errors=errors,
            refresh_url=url_for("tasks.fields", task_id=task_id),
            release_allowed=view.may_work and view.task.candidate in actor.candidate_keys,
            **({} if template.startswith("forms/") else _surroundings(session, view)),
        )


def _panels(session: Session, view: TaskView, fields: list[FieldView]) -> dict[str, Markup]:
    """Field key -> the drawn panel, for the fields that are drawn by one."""
    engine, actor = the_workplace().engine, the_actor()
    return {
        field.key: panels.draw(PanelContext(engine, session, actor, view, field), field.panel)
        for field in fields
        if field.panel and field.visible
    }


def _surroundings(session: Session, view: TaskView) -> dict[str, Any]:
    """What stands beside the form: who has the task and what happened so far."""
    engine, actor = the_workplace().engine, the_actor()
    holder = people.users_by_id(session, {view.task.assignee} if view.task.assignee else set())
    return {
        "holder": next(iter(holder.values()), None),
        "history": visibility.history_for(engine, session, actor, view.instance),
        "sentences": history_sentences(),
    }
