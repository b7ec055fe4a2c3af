"""Where a process stands, for the file of what it is about: who is waited for, what may be done, what happened."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from service.context import the_workplace, today
from service.language import translate as _
from service.pictures import instance_drawings
from service.sentences import history_sentences
from workflows.actor import Actor
from workflows.engine import queries, triggers, user_tasks
from workflows.engine.tables import ProcessInstance, UserTask
from workflows.people import queries as people

TOLD_KINDS = frozenset({"completed", "event", "retimed", "cancelled"})


class Waiting(NamedTuple):
    """A step that waits for somebody, and whether that is the reader."""

    task: UserTask
    who: str
    may_work: bool


def surroundings(session: Session, actor: Actor, instance: ProcessInstance | None) -> dict[str, Any]:
    """What a file's page says about its process; empty while there is none."""
    if instance is None:
        return {"waiting": [], "may_do": [], "history": [], "drawings": [], "sentences": {}}
    engine = the_workplace().engine
    return {
        "waiting": _waiting(session, actor, queries.open_tasks(session, instance.id)),
        "may_do": triggers.open_for(engine, session, actor, instance.id),
        "history": [row for row in queries.history(session, instance.id) if row.milestone or row.kind in TOLD_KINDS],
        "drawings": instance_drawings(engine, session, instance, today()),
        "sentences": history_sentences(),
    }


def _waiting(session: Session, actor: Actor, tasks: list[UserTask]) -> list[Waiting]:
    users = people.users_by_id(session, {task.assignee for task in tasks if task.assignee})
    units = people.unit_names(session)
    return [
        Waiting(
            task,
            users[task.assignee].display_name if task.assignee in users else _group(task, units),
            user_tasks.may_work_on(actor, task),
        )
        for task in tasks
    ]


def _group(task: UserTask, units: Mapping[str, str]) -> str:
    role, _at, unit_id = (task.candidate or "").partition("@")
    place = units.get(unit_id, "")
    return _("等%(group)s领取", group=f"{role}（{place}）" if place else role)
