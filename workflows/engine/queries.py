"""Reads: the inbox, an instance's progress and history, what runs, incidents, options for forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, TextClause, and_, func, or_, select, union_all
from sqlalchemy.orm import Session

from workflows.actor import Actor
from workflows.engine.engine import Engine
from workflows.engine.forms import Form
from workflows.engine.tables import IS_OPEN, EventWait, History, Incident, ProcessInstance, UserTask
from workflows.errors import Invalid

Box = Literal["mine", "groups", "done"]
PAGE = 50
_STRANGE_CURSOR = "翻页位置不对，请从第一页重新查看。"
COUNT_CAP = 100  # a badge says 99+; counting 100,000 rows to say so would not stay flat


@dataclass(frozen=True)
class Page:
    """Some rows and the cursor of the next page (None at the end)."""

    rows: Sequence[UserTask]
    next: str | None


def inbox(
    session: Session,
    actor: Actor,
    *,
    box: Box = "mine",
    limit: int = PAGE,
    after: str | None = None,
    process_key: str | None = None,
    overdue_on: date | None = None,
) -> Page:
    """One box of a person's inbox, most urgent first.

    Args:
        after: the cursor of the page before.
        overdue_on: only tasks that were due before this day.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    wanted: list[ColumnElement[bool] | TextClause] = []
    if process_key:
        wanted.append(UserTask.process_key == process_key)
    if overdue_on:
        wanted.append(UserTask.sort_on < overdue_on)
    if box == "done":
        return _done(session, actor, limit, after, wanted)
    if after is not None:
        day, identity = _cursor(session, after)
        wanted.append(or_(UserTask.sort_on > day, and_(UserTask.sort_on == day, UserTask.id > identity)))
    wanted.append(IS_OPEN)
    # One limited walk along the index per candidate key, then the best of those: a single IN list would make the
    # database sort everything that waits.
    if box == "mine":
        walks = [
            select(UserTask.id, UserTask.sort_on).where(
                UserTask.assignee == actor.id, UserTask.assignee.is_not(None), *wanted
            )
        ]
    else:
        walks = [
            select(UserTask.id, UserTask.sort_on).where(UserTask.candidate == key, UserTask.assignee.is_(None), *wanted)
            for key in actor.candidate_keys
        ]
    if not walks:
        return Page([], None)
    limited = [walk.order_by(UserTask.sort_on, UserTask.id).limit(limit + 1).subquery() for walk in walks]
    best = union_all(*[select(part.c.id) for part in limited]).subquery()
    query = select(UserTask).where(UserTask.id.in_(select(best.c.id)))
    rows = session.scalars(query.order_by(UserTask.sort_on, UserTask.id).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, f"{rows[-1].sort_on.isoformat()}.{rows[-1].id}" if more else None)


def count_waiting(session: Session, actor: Actor) -> dict[Box, int]:
    """How many tasks wait in each box, at most `COUNT_CAP`."""
    mine = select(UserTask.id).where(UserTask.assignee == actor.id, IS_OPEN).limit(COUNT_CAP)
    groups = (
        select(UserTask.id)
        .where(
            UserTask.candidate.in_(actor.candidate_keys),
            UserTask.assignee.is_(None),
            IS_OPEN,
        )
        .limit(COUNT_CAP)
    )
    return {
        "mine": session.scalar(select(func.count()).select_from(mine.subquery())) or 0,
        "groups": session.scalar(select(func.count()).select_from(groups.subquery())) or 0,
    }


def open_tasks(session: Session, instance_id: str) -> list[UserTask]:
    query = select(UserTask).where(UserTask.instance_id == instance_id, UserTask.status == "open")
    return list(session.scalars(query.order_by(UserTask.id)))


def running_about(session: Session, business_key: str) -> ProcessInstance | None:
    """The newest running instance about a subject."""
    query = select(ProcessInstance).where(
        ProcessInstance.business_key == business_key, ProcessInstance.status == "running"
    )
    return session.scalars(query.order_by(ProcessInstance.id.desc())).first()


def awaits_message(session: Session, instance_id: str, name: str) -> bool:
    """Whether an instance would take a message of this name now."""
    query = select(EventWait.id).where(EventWait.instance_id == instance_id, EventWait.name == name)
    return session.scalar(query.limit(1)) is not None


def history(session: Session, instance_id: str) -> list[History]:
    """What happened in an instance, oldest first."""
    return list(session.scalars(select(History).where(History.instance_id == instance_id).order_by(History.id)))


def progress(session: Session, instance_id: str, today: date) -> dict[str, str]:
    """Where an instance stands, for its diagram: node id -> done, current or overdue."""
    marks = {row.node_id: "done" for row in history(session, instance_id) if row.node_id}
    for task in open_tasks(session, instance_id):
        marks[task.node_id] = "overdue" if task.due_on is not None and task.due_on < today else "current"
    return marks


def running(
    session: Session,
    *,
    limit: int = PAGE,
    before: str | None = None,
    process_key: str | None = None,
    status: str | None = "running",
    business_key: str | None = None,
) -> tuple[list[ProcessInstance], str | None]:
    """Instances, newest first, and the cursor of the next page.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    query = select(ProcessInstance)
    if status:
        query = query.where(ProcessInstance.status == status)
    if before is not None:
        if session.scalar(select(ProcessInstance.id).where(ProcessInstance.id == before)) is None:
            raise Invalid(_STRANGE_CURSOR)
        query = query.where(ProcessInstance.id < before)
    if process_key:
        query = query.where(ProcessInstance.process_key == process_key)
    if business_key:
        query = query.where(ProcessInstance.business_key == business_key)
    rows = list(session.scalars(query.order_by(ProcessInstance.id.desc()).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, rows[-1].id if more else None


def incidents(session: Session, *, instance_id: str | None = None, limit: int = PAGE) -> list[Incident]:
    """Unresolved incidents, newest first."""
    query = select(Incident).where(Incident.resolved_at.is_(None))
    if instance_id:
        query = query.where(Incident.instance_id == instance_id)
    return list(session.scalars(query.order_by(Incident.id.desc()).limit(limit)))


def form_choices(engine: Engine, session: Session, form: Form) -> dict[str, list[tuple[str, str]]]:
    """The options of the form's fields that come from rows."""
    return {source: list(engine.choices[source](session)) for source in form.sources if source in engine.choices}


def _done(session: Session, actor: Actor, limit: int, after: str | None, wanted: list[Any]) -> Page:
    mine = UserTask.completed_by == actor.id
    query = select(UserTask).where(mine, *wanted)
    if after is not None:
        query = query.where(UserTask.id < _cursor(session, after, mine)[1])
    rows = session.scalars(query.order_by(UserTask.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, f"{rows[-1].sort_on.isoformat()}.{rows[-1].id}" if more else None)


def _cursor(session: Session, text: str, *narrowed: ColumnElement[bool]) -> tuple[date, str]:
    """Day and task of a place between two pages. The task may have been moved or done since; it must exist.

    Raises:
        Invalid: it is no such place, or one of somebody else's list.
    """
    day, _, identity = text.partition(".")
    known = select(UserTask.id).where(UserTask.id == identity, *narrowed)
    try:
        place = date.fromisoformat(day), identity
    except ValueError as error:
        raise Invalid(_STRANGE_CURSOR) from error
    if session.scalar(known) is None:
        raise Invalid(_STRANGE_CURSOR)
    return place
