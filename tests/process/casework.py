"""Short words for what people do about a request, and the scenarios of the shipped package as something that runs."""

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.factories import Town
from workflows.cases import queries
from workflows.cases.rules import LinkState
from workflows.cases.tables import Case
from workflows.clock import MovableClock, beijing_date
from workflows.engine import definitions, instances, jobs, packages, triggers, user_tasks
from workflows.engine.packages import Package
from workflows.engine.tables import History, Job, UserTask
from workflows.engine.triggers import Trigger
from workflows.notifications.tables import OutboxMessage
from workflows.storage.session import EVERYWHERE
from workflows.workdays import actions as workdays

FOLDER = Path(__file__).parents[2] / "bpmn" / "constituent_case"
ORDINARY: Mapping[str, Any] = {
    "matter_class": "求助",
    "outcome": "待办理",
    "title": "村内道路积水",
    "place": "虎山村三组",
    "topic": "积水排水",
    "description": "雨后路上积水到脚面，三天不退。",
    "name": "王桂兰",
    "phone": "19900001234",
    "reply_channel": "电话",
}
RESULT: Mapping[str, Any] = {"result_class": "A", "result": "已疏通排水沟，积水已退。"}
DONE: Mapping[str, Any] = {"decision": "办理完成", **RESULT}
TOLD: Mapping[str, Any] = {"channel": "电话", "reached": True, "content": "已告知排水沟已疏通。"}
NOBODY: Mapping[str, Any] = {"channel": "电话", "reached": False, "content": "响铃无人接听。"}


class Desk:
    """The first station of a small town and those who handle its cases, with a clock that is moved by hand."""

    def __init__(self, town: Town, clock: MovableClock) -> None:
        self.town, self.clock, self.workplace = town, clock, town.workplace
        with self.workplace.unit_of_work(None) as session:
            workdays.seed_national_days(session, town.clock_actor, at=clock())

    def publish(self, package: Package | None = None) -> None:
        package = package or packages.read_folder(FOLDER)
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            definitions.publish(self.workplace.engine, session, self.town.actor("admin"), package=package, shared=True)

    def register(self, login: str = "station1a", **changes: Any) -> str:
        """A visit entered into the register; returns the case's id."""
        form = {**ORDINARY, **changes}
        form.setdefault("anonymous", not form["name"])
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            instance = instances.start(
                self.workplace.engine, session, self.town.actor(login), key="constituent_case", start=form
            )
            return instance.business_key.removeprefix("case:")

    def do(self, case_id: str, node: str, answer: Mapping[str, Any], login: str | None = None) -> None:
        """Complete the waiting step of a case."""
        task = next(task for task in self.waiting(case_id) if task.node_id == node)
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            user_tasks.complete(
                self.workplace.engine,
                session,
                self.town.actor(login or self.login_for(task)),
                task_id=task.id,
                answer=dict(answer),
            )

    def trigger(self, case_id: str, node: str, answer: Mapping[str, Any], login: str | None = None) -> None:
        """Do something about a case besides its tasks: ask for more time, urge."""
        people = [login] if login else sorted(self.town.actors)
        found = next(
            (login, offered.wait_id)
            for login in people
            for offered in self.may_do(case_id, login)
            if offered.node_id == node
        )
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            triggers.hand_in(
                self.workplace.engine, session, self.town.actor(found[0]), wait_id=found[1], answer=dict(answer)
            )

    def may_do(self, case_id: str, login: str) -> list[Trigger]:
        """What somebody may do about a case besides its tasks."""
        with self.workplace.reading(self.town.subdistrict_id) as session:
            instance = queries.instance_of(session, self._case(session, case_id))
            return triggers.open_for(self.workplace.engine, session, self.town.actor(login), instance.id)

    def refer(self, case_id: str, department: str = "城管办") -> None:
        self.do(
            case_id,
            "refer",
            {"handler": "承办单位", "department": self.town.departments[department], "note": "请按期办理"},
        )

    def login_for(self, task: UserTask) -> str:
        """Somebody whom a waiting step waits for."""
        return next(
            login for login in sorted(self.town.actors) if task.candidate in self.town.actor(login).candidate_keys
        )

    def pass_time_to(self, day: date, at: time = time(9)) -> int:
        """Move the clock and do what became due; returns how many jobs were done."""
        self.clock.set_beijing(day, at)
        return jobs.sweep(self.workplace.engine, self.workplace.database)

    def waiting(self, case_id: str) -> list[UserTask]:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            instance = queries.instance_of(session, self._case(session, case_id))
            query = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.status == "open")
            return list(session.scalars(query.order_by(UserTask.id)))

    def waits_at(self, case_id: str) -> list[str]:
        return [task.node_id for task in self.waiting(case_id)]

    def case(self, case_id: str) -> Case:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            return self._case(session, case_id)

    def links(self, case_id: str) -> list[LinkState]:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            return queries.links(session, self._case(session, case_id), self.clock())

    def done_links(self, case_id: str) -> list[str]:
        return [state.link.value for state in self.links(case_id) if state.state == "done"]

    def milestones(self, case_id: str) -> list[str]:
        """What the process wrote down that counts for the links, in order."""
        return [row.milestone for row in self.history(case_id) if row.milestone]

    def history(self, case_id: str) -> list[History]:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            instance = queries.instance_of(session, self._case(session, case_id))
            return list(session.scalars(select(History).where(History.instance_id == instance.id).order_by(History.id)))

    def ended_at(self, case_id: str) -> str:
        """The end event of the main flow that the case's process reached; empty while it runs."""
        with self.workplace.reading(self.town.subdistrict_id) as session:
            instance = queries.instance_of(session, self._case(session, case_id))
            if instance.status == "running":
                return ""
        return [row.node_id for row in self.history(case_id) if row.kind == "ended"][-1]

    def notices(self, case_id: str) -> list[tuple[str, str, date]]:
        """Step that wrote it, login of its recipient, Beijing date: every notice about a case."""
        logins = {actor.id: login for login, actor in self.town.actors.items()}
        with self.workplace.reading(self.town.subdistrict_id) as session:
            query = select(OutboxMessage).where(OutboxMessage.subject_key.startswith(f"case:{case_id}:"))
            return [
                (m.subject_key.split(":")[2], logins[m.recipient_id], beijing_date(m.created_at))
                for m in session.scalars(query.order_by(OutboxMessage.id))
            ]

    def timers(self, case_id: str) -> dict[str, datetime]:
        with self.workplace.reading(self.town.subdistrict_id) as session:
            instance = queries.instance_of(session, self._case(session, case_id))
            query = select(Job).where(Job.instance_id == instance.id, Job.kind == "timer", Job.status == "ready")
            return {str(job.node_id): job.run_at for job in session.scalars(query)}

    def breaches(self) -> list[tuple[str, str]]:
        with self.workplace.database.reading(EVERYWHERE) as session:
            return queries.breaches(session)

    @staticmethod
    def _case(session: Any, case_id: str) -> Case:
        found: Case = session.get_one(Case, case_id)
        return found
