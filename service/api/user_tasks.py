"""User tasks over the API: list, read with the form's schema, claim, release, complete."""

from datetime import date, datetime
from typing import Any, Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from service.api.operations import PREFIX, Model, operation, refuse_unknown
from service.api.process_instances import Instance, shown
from service.context import the_actor, the_workplace, today
from workflows.engine import queries, user_tasks
from workflows.engine.tables import UserTask
from workflows.people.rules import SCOPE_READ, SCOPE_WORK

bp = Blueprint("api_user_tasks", __name__, url_prefix=f"{PREFIX}/user-tasks")


class Task(BaseModel):
    id: str
    process: str
    instance_id: str
    step: str
    name: str
    subject: str
    status: Literal["open", "completed", "cancelled"]
    assigned_to_me: bool
    due_on: date | None
    created_at: datetime
    completed_at: datetime | None


class Tasks(BaseModel):
    items: list[Task]
    next: str | None = Field(description="cursor of the next page, null at the end")


class TaskWithForm(Task):
    answer_schema: dict[str, Any] | None = Field(description="JSON Schema of the answer, null without a form")
    values: dict[str, Any] = Field(description="defaults, or the draft saved so far")


class TaskQuery(Model):
    box: Literal["mine", "groups", "done"] = "mine"
    process: str | None = None
    overdue: bool = False
    after: str | None = Field(default=None, description="cursor of the page before")
    limit: int = Field(default=50, ge=1, le=200)


class Answer(Model):
    answer: dict[str, Any] = Field(default_factory=dict, description="field key to value, see answer_schema")


@bp.get("")
@operation("List one box of the inbox, most urgent first", scope=SCOPE_READ, query=TaskQuery, gives=Tasks)
def index(query: TaskQuery) -> Tasks:
    actor = the_actor()
    with the_workplace().reading(actor.subdistrict_id) as session:
        page = queries.inbox(
            session,
            actor,
            box=query.box,
            limit=query.limit,
            after=query.after,
            process_key=query.process,
            overdue_on=today() if query.overdue else None,
        )
    return Tasks(items=[_shown(task) for task in page.rows], next=page.next)


@bp.get("/<task_id>")
@operation("Read a user task with its form", scope=SCOPE_READ, gives=TaskWithForm)
def show(task_id: str) -> TaskWithForm:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        view = user_tasks.view(workplace.engine, session, actor, task_id)
    schema = view.form.json_schema(view.choices) if view.form is not None else None
    return TaskWithForm(**_shown(view.task).model_dump(), answer_schema=schema, values=view.values)


@bp.post("/<task_id>/claim")
@operation("Claim a user task of my group", scope=SCOPE_WORK, gives=Task)
def claim(task_id: str) -> Task:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        return _shown(user_tasks.claim(workplace.engine, session, actor, task_id=task_id))


@bp.post("/<task_id>/release")
@operation("Release a claimed user task to its group", scope=SCOPE_WORK, gives=Task)
def release(task_id: str) -> Task:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        return _shown(user_tasks.release(workplace.engine, session, actor, task_id=task_id))


@bp.post("/<task_id>/complete")
@operation("Complete a user task", scope=SCOPE_WORK, body=Answer, gives=Instance)
def complete(task_id: str, body: Answer) -> Instance:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        instance = user_tasks.complete(
            workplace.engine, session, actor, task_id=task_id, answer=body.answer, also_check=refuse_unknown
        )
    return shown(instance)


def _shown(task: UserTask) -> Task:
    return Task(
        id=task.id,
        process=task.process_key,
        instance_id=task.instance_id,
        step=task.node_id,
        name=task.name,
        subject=task.subject,
        status=task.status,
        assigned_to_me=task.assignee == the_actor().id,
        due_on=task.due_on,
        created_at=task.created_at,
        completed_at=task.completed_at,
    )
