"""Which process instances a person may know of, and which processes they may begin."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine import definitions, queries
from workflows.engine.engine import Engine
from workflows.engine.spiff import Compiled
from workflows.engine.tables import History, ProcessDefinition, ProcessInstance, UserTask
from workflows.errors import NotFound

SEES_EVERY_INSTANCE = frozenset({"街道人大工委", "流程管理员"})


def instance_for(session: Session, actor: Actor, instance_id: str) -> ProcessInstance:
    """An instance, for those who supervise all of them and those who had or have a part in it.

    Raises:
        NotFound: there is none that this person may know of (which of the two is not told).
    """
    query = select(ProcessInstance).where(ProcessInstance.id == instance_id)
    if not (actor.is_clock or actor.roles & SEES_EVERY_INSTANCE):
        part = select(UserTask.id).where(
            UserTask.instance_id == instance_id,
            or_(
                UserTask.assignee == actor.id,
                UserTask.completed_by == actor.id,
                and_(UserTask.assignee.is_(None), UserTask.candidate.in_(actor.candidate_keys)),
            ),
        )
        query = query.where(or_(ProcessInstance.started_by == actor.id, part.exists()))
    instance = session.scalar(query)
    if instance is None:
        raise NotFound("没有这件流程，请刷新列表。")
    return instance


def history_for(engine: Engine, session: Session, actor: Actor, instance: ProcessInstance) -> list[History]:
    """What happened, as far as it concerns this person.

    A month of 44 deputies is one instance: each of them sees the common steps and what they did themselves, but not
    the steps of the others, which run in a process called for each of them.
    """
    lines = queries.history(session, instance.id)
    if actor.is_clock or actor.roles & SEES_EVERY_INSTANCE:
        return lines
    compiled = engine.specs.get(session, instance.definition_id)
    return [
        line
        for line in lines
        if line.actor_id == actor.id
        or line.node_id not in compiled.nodes
        or compiled.nodes[line.node_id].process_id not in compiled.for_each
    ]


def startable(engine: Engine, session: Session, actor: Actor) -> list[ProcessDefinition]:
    """The processes that this person can begin by filling in a form: those whose start event is in their lane."""
    return [
        definition
        for definition in definitions.list_latest(session, beijing_date(engine.clock()))
        if _begins_with_form(engine.specs.get(session, definition.id), actor)
    ]


def _begins_with_form(compiled: Compiled, actor: Actor) -> bool:
    if compiled.start_form is None:
        return False
    lanes = [start.lane for start in compiled.spec.bpmn_start_events]
    return any(lane is None or actor.has_role(lane) for lane in lanes)
