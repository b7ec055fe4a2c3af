"""Process instances over the API: start, list, read."""

from datetime import datetime
from typing import Any, Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from service.api.operations import PREFIX, Model, operation, refuse_unknown
from service.context import the_actor, the_workplace
from workflows.engine import instances, queries, visibility
from workflows.engine.tables import History, ProcessInstance
from workflows.errors import NotAllowed
from workflows.people.rules import SCOPE_READ, SCOPE_WORK

bp = Blueprint("api_process_instances", __name__, url_prefix=f"{PREFIX}/process-instances")


class Start(Model):
    """What begins a process."""

    process: str = Field(description="process key, such as constituent_case")
    start: dict[str, Any] = Field(default_factory=dict, description="the answer to the start form")


class Instance(BaseModel):
    id: str
    process: str
    title: str
    business_key: str
    status: Literal["running", "completed", "cancelled"]
    started_at: datetime
    ended_at: datetime | None


class HistoryLine(BaseModel):
    at: datetime
    by: str
    step: str
    name: str
    kind: str
    milestone: str | None


class OpenTask(BaseModel):
    id: str
    step: str
    name: str


class InstanceWithHistory(Instance):
    open_tasks: list[OpenTask]
    history: list[HistoryLine]


class Instances(BaseModel):
    items: list[Instance]
    next: str | None = Field(description="cursor of the next page, null at the end")


class ListQuery(Model):
    status: Literal["running", "completed", "cancelled"] | None = None
    process: str | None = None
    business_key: str | None = None
    after: str | None = Field(default=None, description="cursor of the page before")
    limit: int = Field(default=50, ge=1, le=200)


@bp.post("")
@operation("Start a process", scope=SCOPE_WORK, body=Start, gives=Instance, status=201)
def start(body: Start) -> Instance:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        instance = instances.start(workplace.engine, session, actor, key=body.process, start=body.start)
        compiled = workplace.engine.specs.get(session, instance.definition_id)
        refuse_unknown(compiled.forms[compiled.start_form] if compiled.start_form else None, body.start)
    return shown(instance)


@bp.get("")
@operation("List process instances, newest first", scope=SCOPE_READ, query=ListQuery, gives=Instances)
def index(query: ListQuery) -> Instances:
    actor = the_actor()
    if not actor.roles & visibility.SEES_EVERY_INSTANCE:
        raise NotAllowed("只有街道人大工委和流程管理员可以查看全部流程。")
    with the_workplace().reading(actor.subdistrict_id) as session:
        rows, following = queries.running(
            session,
            status=query.status,
            process_key=query.process,
            business_key=query.business_key,
            before=query.after,
            limit=query.limit,
        )
    return Instances(items=[shown(row) for row in rows], next=following)


@bp.get("/<instance_id>")
@operation("Read a process instance with its history", scope=SCOPE_READ, gives=InstanceWithHistory)
def show(instance_id: str) -> InstanceWithHistory:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        instance = visibility.instance_for(session, actor, instance_id)
        tasks = queries.open_tasks(session, instance_id)
        lines = visibility.history_for(workplace.engine, session, actor, instance)
    return InstanceWithHistory(
        **shown(instance).model_dump(),
        open_tasks=[OpenTask(id=task.id, step=task.node_id, name=task.name) for task in tasks],
        history=[_line(line) for line in lines],
    )


def shown(instance: ProcessInstance) -> Instance:
    return Instance(
        id=instance.id,
        process=instance.process_key,
        title=instance.title,
        business_key=instance.business_key,
        status=instance.status,
        started_at=instance.started_at,
        ended_at=instance.ended_at,
    )


def _line(row: History) -> HistoryLine:
    return HistoryLine(
        at=row.at,
        by=row.actor_name,
        step=row.node_id,
        name=row.node_name,
        kind=row.kind,
        milestone=row.milestone,
    )
