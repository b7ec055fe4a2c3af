"""One task: its form, its surroundings, and completing it."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from service import auth, forms, notices, panels
from service.context import the_actor, the_workplace
from service.pages.inbox import OFFICE
from service.panels import PanelContext
from service.sentences import history_sentences
from workflows.engine import queries, user_tasks
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
    return _page(task_id, typed=request.form, errors={}, template="forms/fields.html")


@bp.post("/<task_id>")
@auth.roles(*OFFICE)
def answer(task_id: str) -> ResponseReturnValue:
    """Complete the task, or keep a draft, as the pressed button says."""
    if request.form.get("press") == "draft":
        return _save_draft(task_id)
    workplace, actor = the_workplace(), the_actor()
    try:
        with workplace.unit_of_work(actor.subdistrict_id) as session:
            form = user_tasks.view(workplace.engine, session, actor, task_id).form
            user_tasks.complete(
                workplace.engine, session, actor, task_id=task_id, answer=forms.answer(form, request.form)
            )
    except Invalid as refusal:
        return _page(task_id, typed=request.form, errors=refusal.fields), HTTPStatus.UNPROCESSABLE_ENTITY
    return notices.leave(redirect(url_for("inbox.show"), HTTPStatus.SEE_OTHER), "completed")


def _save_draft(task_id: str) -> ResponseReturnValue:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        form = user_tasks.view(workplace.engine, session, actor, task_id).form
        user_tasks.save_draft(
            workplace.engine, session, actor, task_id=task_id, values=forms.typed(form, request.form)
        )
    return notices.leave(
        redirect(url_for("tasks.show", task_id=task_id), HTTPStatus.SEE_OTHER), "draft_saved"
    )


def _page(task_id: str, *, typed: Any, errors: dict[str, str], template: str = "tasks/show.html") -> str:
    workplace, actor = the_workplace(), the_actor()
    engine = workplace.engine
    with workplace.reading(actor.subdistrict_id) as session:
        view = user_tasks.view(engine, session, actor, task_id)
        values = view.values if typed is None else forms.typed(view.form, typed)
        drawn = forms.fields(view.form, values, errors, view.choices)
        return render_template(
            template,
            view=view,
            task=view.task,
            instance=view.instance,
            fields=drawn,
            panels=_panels(session, view, drawn, values, errors),
            errors=errors,
            refresh_url=url_for("tasks.fields", task_id=task_id),
            release_allowed=view.may_work and view.task.candidate in actor.candidate_keys,
            **({} if template.startswith("forms/") else _surroundings(session, view)),
        )


def _panels(
    session: Session, view: TaskView, drawn: Any, values: Any, errors: dict[str, str]
) -> dict[str, Markup]:
    """Field key -> the drawn panel, for the form's panel fields."""
    engine, actor = the_workplace().engine, the_actor()
    return {
        field.key: panels.draw(
            field.panel, PanelContext(engine, session, actor, view, field.key, values, errors)
        )
        for field in drawn
        if field.type == "panel"
    }


def _surroundings(session: Session, view: TaskView) -> dict[str, Any]:
    """What stands beside the form: who has the task, what happened so far, where the process stands."""
    holder = people.users_by_id(session, {view.task.assignee} if view.task.assignee else set())
    return {
        "holder": next(iter(holder.values()), None),
        "history": queries.history(session, view.instance.id),
        "sentences": history_sentences(),
    }
