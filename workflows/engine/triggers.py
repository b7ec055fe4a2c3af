"""What people may do about an instance besides the tasks that wait for them: ask for more time, urge, pause.

A message event of the diagram that has a form (``formKey``) is offered to the people of its lane, narrowed to one
unit by ``candidateUnit``, for as long as the instance waits there. What they hand in is the message.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor, candidate_key
from workflows.engine import expressions, store
from workflows.engine.engine import Engine
from workflows.engine.forms import Form
from workflows.engine.queries import form_choices
from workflows.engine.runtime import ProcessFault, WaitingMessage
from workflows.engine.store import Running
from workflows.engine.tables import EventWait, ProcessInstance
from workflows.errors import Conflict, NotFound

_GONE = "这项操作刚刚已经有人办过，或者事项已经往下走了，请刷新页面。"
_NONE = "没有这项可以办的事，请刷新页面。"


@dataclass(frozen=True)
class Trigger:
    """Something that this person may do now."""

    wait_id: str
    node_id: str
    name: str
    form_key: str


@dataclass(frozen=True)
class TriggerView:
    """A trigger with all that its page needs."""

    trigger: Trigger
    instance: ProcessInstance
    form: Form
    values: dict[str, Any]
    choices: dict[str, list[tuple[str, str]]]
    token: str
    may_work: bool = False  # what a panel of the form may ask of a task: here nobody holds one
    assignee: str | None = None


def open_for(engine: Engine, session: Session, actor: Actor, instance_id: str) -> list[Trigger]:
    """What this person may do about an instance, in the order of the diagram's file."""
    instance = session.get(ProcessInstance, instance_id)
    if instance is None or instance.status != "running":
        return []
    waits = session.scalars(select(EventWait).where(EventWait.instance_id == instance_id)).all()
    nodes = engine.specs.get(session, instance.definition_id).nodes
    # Behind an event gateway several events wait with one token.
    offered = {
        (wait.waiting_token, wait.node_id): wait for wait in waits if "formKey" in nodes[wait.node_id].properties
    }
    if not offered:
        return []
    running = store.thaw(engine, session, actor, instance)
    found = {
        message.node.id: _trigger(offered[message.token, message.node.id], message)
        for message in running.execution.messages()
        if (message.token, message.node.id) in offered and _may_do(running, actor, message)
    }
    return sorted(found.values(), key=lambda trigger: list(nodes).index(trigger.node_id))


def view(
    engine: Engine, session: Session, actor: Actor, wait_id: str, *, instance_id: str | None = None
) -> TriggerView:
    """A trigger, its form and the values to begin with.

    Args:
        instance_id: the instance it has to belong to, when the caller's address names one.

    Raises:
        Conflict: it was done already, or the instance has moved on.
        NotFound: none that this person may know of.
    """
    wait, instance = _wait(session, wait_id)
    if instance_id not in (None, instance.id):
        raise NotFound(_NONE)
    running = store.thaw(engine, session, actor, instance)
    message = _message(running, actor, wait)
    form = _form(running, message)
    scope, environment = (
        running.execution.script_engine.scope(message.data),
        running.execution.script_engine.environment,
    )
    values = form.defaults(lambda source: expressions.plain(expressions.compile(source).evaluate(scope, environment)))
    choices = form_choices(engine, session, form)
    return TriggerView(_trigger(wait, message), instance, form, values, choices, message.token)


def hand_in(engine: Engine, session: Session, actor: Actor, *, wait_id: str, answer: dict[str, Any]) -> ProcessInstance:
    """Do it: the answer reaches the waiting event as its message and the instance runs until it waits again.

    Args:
        answer: field key -> value, from an HTML form or JSON; kept under the event's id.

    Raises:
        Conflict: it was done already, or the instance has moved on.
        NotFound: none that this person may know of.
        Invalid: the answer does not fit the form, or the diagram refuses it.
        ProcessFault: a step after it failed; nothing was changed.
    """
    wait, instance = _wait(session, wait_id, lock=True)
    running = store.thaw(engine, session, actor, instance)
    message = _message(running, actor, wait)
    form = _form(running, message)
    values = form.parse(answer, form_choices(engine, session, form))
    running.note_data[message.token] = values
    try:
        running.execution.receive(message.name, values, message.token)
        store.save(engine, session, running)
    except ProcessFault as fault:
        fault.instance_id = instance.id
        raise
    audit.record(
        session,
        actor,
        "trigger.handed_in",
        f"process_instance:{instance.id}",
        at=engine.clock(),
        node=message.node.id,
        business_key=instance.business_key,
    )
    return instance


def _wait(session: Session, wait_id: str, *, lock: bool = False) -> tuple[EventWait, ProcessInstance]:
    """The wait and its instance; of two people at once the second finds that it is gone."""
    instance_of = select(EventWait.instance_id).where(EventWait.id == wait_id).scalar_subquery()
    query = select(ProcessInstance).where(ProcessInstance.id == instance_of)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    instance = session.scalar(query)
    wait = session.scalar(select(EventWait).where(EventWait.id == wait_id).execution_options(populate_existing=True))
    if instance is None or wait is None or instance.status != "running":
        raise Conflict(_GONE)
    return wait, instance


def _message(running: Running, actor: Actor, wait: EventWait) -> WaitingMessage:
    place = wait.waiting_token, wait.node_id
    waiting = [each for each in running.execution.messages() if (each.token, each.node.id) == place]
    if waiting and "formKey" in waiting[0].node.properties and _may_do(running, actor, waiting[0]):
        return waiting[0]
    raise NotFound(_NONE)


def _may_do(running: Running, actor: Actor, message: WaitingMessage) -> bool:
    whose = store.candidate_of(running, message.node, message.data, message.lane)
    if "candidateUnit" in message.node.properties and whose == candidate_key(message.lane or "", None):
        return False  # nobody's just now: no unit has the case
    return whose in actor.candidate_keys


def _form(running: Running, message: WaitingMessage) -> Form:
    return running.compiled.forms[message.node.properties["formKey"]]


def _trigger(wait: EventWait, message: WaitingMessage) -> Trigger:
    return Trigger(wait.id, message.node.id, message.node.name, message.node.properties["formKey"])
