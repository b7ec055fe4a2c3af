"""Short words for what people do in the month and in the quarter."""

from collections.abc import Mapping
from datetime import date, time
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import DeputySeat, Town, Village
from workflows.activities import actions as activities
from workflows.actor import Actor
from workflows.assessment.tables import MonthlyAssessment
from workflows.clock import MovableClock
from workflows.engine import definitions, jobs, packages, queries, triggers, user_tasks
from workflows.engine.tables import History, Incident, ProcessInstance, UserTask
from workflows.notifications.tables import OutboxMessage
from workflows.storage.session import EVERYWHERE

PACKAGES = Path(__file__).parents[2] / "bpmn"
TRUTHFUL: Mapping[str, Any] = {"truthful": True}
OPENED = time(8, 31)
AGREED: Mapping[str, Any] = {"decision": "同意"}


class Office:
    """A town at work, with a clock that is moved by hand."""

    def __init__(self, town: Town, clock: MovableClock) -> None:
        self.town, self.clock, self.workplace = town, clock, town.workplace

    def publish(self, *keys: str) -> None:
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            for key in keys:
                package = packages.read_folder(PACKAGES / key)
                definitions.publish(
                    self.workplace.engine, session, self.town.actor("admin"), package=package, shared=True
                )

    def pass_time_to(self, day: date, at: time = time(9)) -> int:
        """Move the clock and do what became due; returns how many jobs were done."""
        self.clock.set_beijing(day, at)
        return jobs.sweep(self.workplace.engine, self.workplace.database)

    def attend(
        self,
        held_on: date,
        kind: str,
        states: Mapping[str, str],
        *,
        station_id: str | None = None,
        title: str = "",
        photo: str | None = "",
    ) -> str:
        """An activity with its attendance sheet and a photo; returns its id.

        Args:
            states: person id -> 到会, 半程 …
            photo: what is on it: equal texts are the same photo, "" is one of its own; None for no evidence.
        """
        actor = self.town.actor("committee1")
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            engine = self.workplace.engine
            activity = activities.record_activity(
                engine,
                session,
                actor,
                held_on=held_on,
                kind=kind,
                title=title or f"{held_on:%m月%d日}{kind}",
                station_id=station_id,
            )
            activities.record_attendance(engine, session, actor, activity_id=activity.id, states=states)
            if photo is not None:
                activities.attach_evidence(
                    engine,
                    session,
                    actor,
                    activity_id=activity.id,
                    file_id=f"photo-{activity.id}",
                    sha256=sha256((photo or activity.id).encode()).hexdigest(),
                    kind="照片",
                )
        return activity.id

    def hold_reception(self, held_on: date, village: Village) -> None:
        """A reception day that nobody gets points for."""
        self.attend(held_on, "接待日", {}, station_id=village.station_id)

    def complete(
        self, login: str, node_id: str, answer: Mapping[str, Any] | None = None, about: str = ""
    ) -> ProcessInstance:
        """Complete the task of this step that this person may work on.

        Args:
            about: part of its subject line, where several wait.
        """
        actor = self.town.actor(login)
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            task_id = self._task(session, actor, node_id, about).id
            return user_tasks.complete(
                self.workplace.engine, session, actor, task_id=task_id, answer=dict(answer or {})
            )

    def trigger(self, login: str, node_id: str, answer: Mapping[str, Any], business_key: str) -> ProcessInstance:
        """Hand in what this person may do about an instance besides its tasks."""
        actor, about = self.town.actor(login), self.instance(business_key)
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            offered = triggers.open_for(self.workplace.engine, session, actor, about.id)
            wait = next(each.wait_id for each in offered if each.node_id == node_id)
            return triggers.hand_in(self.workplace.engine, session, actor, wait_id=wait, answer=dict(answer))

    def may_do(self, login: str, business_key: str) -> list[str]:
        """The steps besides tasks that an instance offers to a person."""
        actor, about = self.town.actor(login), self.instance(business_key)
        with self.workplace.reading(self.town.subdistrict_id) as session:
            return [each.node_id for each in triggers.open_for(self.workplace.engine, session, actor, about.id)]

    def told(self, node_id: str) -> list[str]:
        """Whom a step wrote a notice to: logins, in order."""
        of = {actor.id: login for login, actor in self.town.actors.items()}
        with self.workplace.reading(self.town.subdistrict_id) as session:
            query = select(OutboxMessage.recipient_id).where(OutboxMessage.subject_key.contains(f":{node_id}"))
            return sorted(of[recipient] for recipient in session.scalars(query))

    def _task(self, session: Session, actor: Actor, node_id: str, about: str) -> UserTask:
        waiting = session.scalars(select(UserTask).where(UserTask.node_id == node_id, UserTask.status == "open"))
        for task in waiting:
            if about in task.subject and user_tasks.may_work_on(actor, task):
                return task
        raise AssertionError(f"no open {node_id} for {actor.name} about {about!r}")

    def open_tasks(self, node_id: str) -> list[UserTask]:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            query = select(UserTask).where(UserTask.node_id == node_id, UserTask.status == "open")
            return list(session.scalars(query.order_by(UserTask.subject)))

    def inbox(self, login: str) -> list[str]:
        """Subjects of what waits for a person and their groups."""
        actor = self.town.actor(login)
        with self.workplace.reading(self.town.subdistrict_id) as session:
            rows = [row for box in ("mine", "groups") for row in queries.inbox(session, actor, box=box, limit=100).rows]
            return [row.subject for row in rows]

    def month(self, seat: DeputySeat, period: str) -> MonthlyAssessment:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            query = select(MonthlyAssessment).where(
                MonthlyAssessment.person_id == seat.person_id, MonthlyAssessment.period == period
            )
            return session.scalars(query).one()

    def instance(self, business_key: str) -> ProcessInstance:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            query = select(ProcessInstance).where(ProcessInstance.business_key == business_key)
            return session.scalars(query).one()

    def ends(self, business_key: str) -> set[str]:
        """The end events an instance has reached."""
        return self._nodes(business_key, "ended")

    def passed(self, business_key: str) -> set[str]:
        """Every step of an instance that left a line in its history."""
        return self._nodes(business_key, None)

    def _nodes(self, business_key: str, kind: str | None) -> set[str]:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            query = select(History.node_id).join(ProcessInstance, ProcessInstance.id == History.instance_id)
            query = query.where(ProcessInstance.business_key == business_key)
            if kind is not None:
                query = query.where(History.kind == kind)
            return set(session.scalars(query))

    def incidents(self) -> list[str]:
        with self.workplace.database.reading(EVERYWHERE) as session:
            return list(session.scalars(select(Incident.error)))

    def count(self, table: Any) -> int:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


def answer_of(step: Mapping[str, Any]) -> dict[str, Any]:
    """The answer in a step of a scenario as a form takes it: YAML reads dates, a form reads text."""
    return {key: _as_typed(value) for key, value in step["answer"].items()}


def _as_typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_typed(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
