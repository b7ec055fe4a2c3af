"""What a person does with a step that waits for somebody: claim, release, save a draft, complete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.engine import expressions, store
from workflows.engine.engine import Engine
from workflows.engine.forms import Form
from workflows.engine.queries import form_choices
from workflows.engine.runtime import ProcessFault
from workflows.engine.tables import ProcessInstance, UserTask
from workflows.errors import Conflict, NotAllowed, NotFound


@dataclass(frozen=True)
class TaskView:
    """A user task with all that its page needs."""

    task: UserTask
    instance: ProcessInstance
    form: Form | None
    values: dict[str, Any]
    choices: dict[str, list[tuple[str, str]]]
    may_work: bool

    @property
    def token(self) -> str:
        return self.task.token

    @property
    def assignee(self) -> str | None:
        return self.task.assignee


def may_work_on(actor: Actor, task: UserTask) -> bool:
    """Its assignee; while it has none, everybody in its candidate group."""
    if task.assignee is not None:
        return task.assignee == actor.id
    return task.candidate in actor.candidate_keys


def may_see(actor: Actor, task: UserTask) -> bool:
    return task.assignee == actor.id or task.completed_by == actor.id or task.candidate in actor.candidate_keys


def view(engine: Engine, session: Session, actor: Actor, task_id: str) -> TaskView:
    """A task, its form and the values to begin with (a draft, or the form's defaults).

    Raises:
        NotFound: no such task, or none that this person may know of.
    """
    task, instance = _get(session, actor, task_id)
    compiled = engine.specs.get(session, instance.definition_id)
    form = compiled.forms.get(task.form_key) if task.form_key else None
    values: dict[str, Any] = {}
    if form is not None and task.status == "open":
        values = task.draft if task.draft is not None else _defaults(engine, session, actor, task, form)
    choices = form_choices(engine, session, form) if form is not None else {}
    return TaskView(task, instance, form, values, choices, task.status == "open" and may_work_on(actor, task))


def claim(engine: Engine, session: Session, actor: Actor, *, task_id: str) -> UserTask:
    """Take a task out of the group's box.

    Raises:
        Conflict: somebody else has it, or it is done.
        NotAllowed: the actor is not in its candidate group.
    """
    task, _ = _get(session, actor, task_id, lock=True)
    _must_be_open(task)
    if task.assignee == actor.id:
        return task
    if task.assignee is not None:
        raise Conflict("这项任务刚刚被别人领取了，请刷新列表。")
    if not may_work_on(actor, task):
        raise NotAllowed("这项任务不在您的办理范围内。")
    task.assignee = actor.id
    audit.record(session, actor, "task.claimed", f"user_task:{task_id}", at=engine.clock())
    return task


def release(engine: Engine, session: Session, actor: Actor, *, task_id: str) -> UserTask:
    """Put a claimed task back for its group.

    Raises:
        Conflict: it is done, or it was assigned to this one person by the diagram.
        NotAllowed: the actor does not hold it.
    """
    task, _ = _get(session, actor, task_id, lock=True)
    _must_be_open(task)
    if task.assignee != actor.id:
        raise NotAllowed("这项任务不是您领取的，不能退回本组。")
    if task.candidate is None or task.candidate not in actor.candidate_keys:
        raise Conflict("这项任务指定由您本人办理，不能退回本组。")
    task.assignee = None
    audit.record(session, actor, "task.released", f"user_task:{task_id}", at=engine.clock())
    return task


def save_draft(engine: Engine, session: Session, actor: Actor, *, task_id: str, values: dict[str, Any]) -> None:
    """Keep what was typed so far, complete or not.

    Raises:
        NotAllowed: the actor may not work on it.
    """
    task, _ = _get(session, actor, task_id, lock=True)
    _must_be_open(task)
    _must_work(actor, task)
    task.draft = values


def complete(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    task_id: str,
    answer: dict[str, Any],
    also_check: Callable[[Form | None, Mapping[str, Any]], None] = lambda form, answer: None,
) -> ProcessInstance:
    """Record the actor's answer and run the instance until it waits again.

    Args:
        answer: field key -> value, from an HTML form or JSON.
        also_check: what this door asks of the answer beyond the form's own rules; raises what it refuses with.

    Raises:
        NotFound: no such task.
        Conflict: the task is no longer open.
        NotAllowed: the actor is neither its assignee nor in its candidate group.
        Invalid: the answer does not fit the form.
        ProcessFault: an automatic step after it failed; nothing was changed.
    """
    task, instance = _get(session, actor, task_id, lock=True)
    _must_be_open(task)
    _must_work(actor, task)
    running = store.thaw(engine, session, actor, instance)
    form = running.compiled.forms.get(task.form_key) if task.form_key else None
    values = form.parse(answer, form_choices(engine, session, form)) if form is not None else {}
    also_check(form, answer)
    now = engine.clock()
    task.status, task.assignee, task.draft = "completed", actor.id, None
    task.completed_at, task.completed_by = now, actor.id
    running.before_tasks.discard(task.token)
    running.note_data[task.token] = values
    try:
        running.execution.complete(task.token, task.node_id, values)
        store.save(engine, session, running)
    except ProcessFault as fault:
        fault.instance_id = instance.id
        raise
    audit.record(
        session,
        actor,
        "task.completed",
        f"user_task:{task_id}",
        at=now,
        node=task.node_id,
        instance=instance.id,
    )
    return instance


def _get(session: Session, actor: Actor, task_id: str, *, lock: bool = False) -> tuple[UserTask, ProcessInstance]:
    """The task with its instance, in one statement; both rows locked when asked for.

    The instance comes first: PostgreSQL locks in this order, and whoever cancels an instance locks it before its tasks.
    """
    query = select(UserTask, ProcessInstance).select_from(ProcessInstance)
    query = query.join(UserTask, UserTask.instance_id == ProcessInstance.id).where(UserTask.id == task_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    if found is None or not may_see(actor, found[0]):
        raise NotFound("没有这项任务，请刷新列表。")
    return found[0], found[1]


def _must_be_open(task: UserTask) -> None:
    if task.status == "completed":
        raise Conflict("这项任务刚刚已经办理完毕，请刷新列表。")
    if task.status != "open":
        raise Conflict("这项任务已经撤销，不需要再办理。")


def _must_work(actor: Actor, task: UserTask) -> None:
    if not may_work_on(actor, task):
        if task.assignee is not None:
            raise Conflict("这项任务已经由别人领取，请先与对方联系。")
        raise NotAllowed("这项任务不在您的办理范围内。")


def _defaults(engine: Engine, session: Session, actor: Actor, task: UserTask, form: Form) -> dict[str, Any]:
    """The form's default expressions, evaluated on what the waiting step sees."""
    if not form.has_defaults:
        return {}
    running = store.load(engine, session, actor, task.instance_id)
    data = next((data for token, _, data, _ in running.execution.ready() if token == task.token), {})
    scope, environment = (
        running.execution.script_engine.scope(data),
        running.execution.script_engine.environment,
    )
    return form.defaults(lambda source: expressions.plain(expressions.compile(source).evaluate(scope, environment)))
