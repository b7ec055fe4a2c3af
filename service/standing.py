"""Where a process stands, for the file of what it is about: who is waited for, what may be done, what happened."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from service.context import the_workplace, today
from service.language import translate as _
from service.pictures import instance_drawings
from service.sentences import history_sentences
from workflows.actor import Actor
from workflows.engine import queries, triggers, user_tasks
from workflows.engine.tables import ProcessInstance, UserTask
from workflows.engine.visibility import SEES_EVERY_INSTANCE
from workflows.people import queries as people

TOLD_KINDS = frozenset({"completed", "event", "retimed", "cancelled"})


FILES = {
    "case": ("cases.show", "case_id"),
    "suggestion": ("suggestions.show", "suggestion_id"),
    "reception": ("receptions.show", "session_id"),
    "plan": ("activities.show", "plan_id"),
    "submission": ("filings.show", "filing_id"),
}
"""What a process is about -> the page of its file."""


def file_url(instance: ProcessInstance, actor: Actor) -> str:
    """Where people see what they did: the file of what the process is about, or the page of the process.

    Whoever is no office sees of a quarter the own points only.
    """
    kind, _colon, key = instance.business_key.partition(":")
    if kind in FILES:
        endpoint, name = FILES[kind]
        values: dict[str, Any] = {name: key}
        return url_for(endpoint, **values)
    if kind == "quarter" and not actor.roles & SEES_EVERY_INSTANCE:
        if actor.person_id:
            return url_for("deputies.show", person_id=actor.person_id, quarter=key)
        return url_for("assessment.index", quarter=key)
    return url_for("processes.show", instance_id=instance.id)


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
