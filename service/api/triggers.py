"""What may be done besides user tasks, over the API: message events with a form, listed and handed in."""

from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from service.api.operations import PREFIX, Model, operation, refuse_unknown
from service.api.process_instances import Instance, shown
from service.context import the_actor, the_workplace
from workflows.engine import triggers, visibility
from workflows.people.rules import SCOPE_READ, SCOPE_WORK

bp = Blueprint("api_triggers", __name__, url_prefix=f"{PREFIX}/process-instances/<instance_id>/triggers")


class Trigger(BaseModel):
    id: str
    step: str = Field(description="id of the event in the diagram")
    name: str
    answer_schema: dict[str, Any] = Field(description="JSON Schema of the answer")


class Triggers(BaseModel):
    items: list[Trigger]


class Answer(Model):
    answer: dict[str, Any] = Field(default_factory=dict, description="field key to value, see answer_schema")


@bp.get("")
@operation("List what I may do about an instance besides my tasks", scope=SCOPE_READ, gives=Triggers)
def index(instance_id: str) -> Triggers:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        offered = triggers.open_for(workplace.engine, session, actor, instance_id)
        if not offered:
            visibility.instance_for(session, actor, instance_id)
        views = [triggers.view(workplace.engine, session, actor, each.wait_id) for each in offered]
        return Triggers(items=[_shown(view) for view in views])


@bp.post("/<trigger_id>")
@operation("Do it: hand in the form of a trigger", scope=SCOPE_WORK, body=Answer, gives=Instance)
def hand_in(instance_id: str, trigger_id: str, body: Answer) -> Instance:
    workplace, actor = the_workplace(), the_actor()
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        form = triggers.view(workplace.engine, session, actor, trigger_id, instance_id=instance_id).form
        instance = triggers.hand_in(workplace.engine, session, actor, wait_id=trigger_id, answer=body.answer)
        # Last, when everything it needs is in memory: a refusal undoes the whole unit of work.
        refuse_unknown(form, body.answer)
    return shown(instance)


def _shown(view: triggers.TriggerView) -> Trigger:
    return Trigger(
        id=view.trigger.wait_id,
        step=view.trigger.node_id,
        name=view.trigger.name,
        answer_schema=view.form.json_schema(view.choices),
    )
