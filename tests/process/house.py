"""A house of one room: the engine with a database and nothing else, for tests of the engine itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.actor import Actor, Membership, the_clock
from workflows.clock import MovableClock
from workflows.engine import definitions, instances, jobs, packages, spiff, user_tasks
from workflows.engine.engine import Engine
from workflows.engine.packages import Package
from workflows.engine.tables import History, Job, ProcessDefinition, ProcessInstance, UserTask
from workflows.people.tables import Subdistrict
from workflows.storage.session import EVERYWHERE, Base, Database
from workflows.storage.types import new_id

CLERK = Actor("clerk", "小陆", "luji", frozenset({Membership("工作站", "s1")}))
CHIEF = Actor("chief", "老季", "luji", frozenset({Membership("街道人大工委"), Membership("流程管理员")}))


class WeekendsOff:
    """Saturday and Sunday are off and nothing else."""

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5

    def add_working_days(self, start: date, count: int) -> date:
        while count:
            start += timedelta(days=1)
            count -= self.is_working_day(start)
        return start

    def working_days_before(self, day: date, count: int) -> date:
        while count:
            day -= timedelta(days=1)
            count -= self.is_working_day(day)
        return day


class House:
    """An engine, its database, and short words for what people do."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database, self.clock = database, clock
        self.calls: list[tuple[str, Any]] = []
        self.engine = Engine(
            clock=clock,
            calendar=lambda session: WeekendsOff(),
            groups=frozenset({"工作站", "街道人大工委", "代表"}),
            subdistricts=lambda session: list(session.scalars(select(Subdistrict.id))),
        )
        add = self.engine.delegates.add
        add("test.note", self._note, label="记下", parameters={"value": "内容"})
        add("test.name", self._name, label="命名", parameters={"key": "业务键"})
        add("test.fail", self._fail, label="失败", parameters={})
        Base.metadata.create_all(database.sql)
        with database.unit_of_work(EVERYWHERE) as session:
            session.add(Subdistrict(id="luji", code="luji", name="陆集街道", district="宿城区"))

    def _note(self, context: Any, value: Any) -> Any:
        self.calls.append((context.node_id, value))
        return value

    def _name(self, context: Any, key: str) -> str:
        context.instance.business_key = key
        return key

    def _fail(self, context: Any) -> None:
        raise RuntimeError("the printer is on fire")

    @contextmanager
    def work(self) -> Iterator[Session]:
        with self.database.unit_of_work("luji") as session:
            yield session

    def publish(self, package: Package) -> None:
        """Make a version without the publishing checks: here the run-time guards are under test."""
        compiled = spiff.build(package)
        with self.work() as session:
            count = len(definitions.versions(session, package.key))
            session.add(
                ProcessDefinition(
                    id=new_id(),
                    subdistrict_id="luji",
                    key=package.key,
                    version=count + 1,
                    name=package.name,
                    checksum=package.checksum,
                    package=packages.write_zip(package),
                    schedule=compiled.schedule,
                    published_at=self.clock(),
                    published_by="test",
                )
            )

    def start(self, key: str = "demo", business_key: str = "", **start: Any) -> str:
        with self.work() as session:
            return instances.start(
                self.engine, session, the_clock("luji"), key=key, start=start, business_key=business_key
            ).id

    def open(self, instance_id: str) -> list[UserTask]:
        with self.database.reading("luji") as session:
            query = select(UserTask).where(UserTask.instance_id == instance_id, UserTask.status == "open")
            return list(session.scalars(query.order_by(UserTask.id)))

    def names(self, instance_id: str) -> list[str]:
        return sorted(task.node_id for task in self.open(instance_id))

    def complete(self, instance_id: str, node: str, actor: Actor | None = None, **answer: Any) -> None:
        task = next(task for task in self.open(instance_id) if task.node_id == node)
        self.complete_task(task, actor, **answer)

    def complete_task(self, task: UserTask, actor: Actor | None = None, **answer: Any) -> None:
        role = (task.candidate or "工作站@*").split("@")[0]
        doer = actor or Actor(task.assignee or "any", "某人", "luji", frozenset({Membership(role)}))
        with self.work() as session:
            user_tasks.complete(self.engine, session, doer, task_id=task.id, answer=answer)

    def sweep(self) -> int:
        return jobs.sweep(self.engine, self.database)

    def status(self, instance_id: str) -> str:
        return self.row(instance_id).status

    def row(self, instance_id: str) -> ProcessInstance:
        with self.database.reading("luji") as session:
            return session.get_one(ProcessInstance, instance_id)

    def passed(self, instance_id: str) -> list[str]:
        with self.database.reading("luji") as session:
            query = select(History.node_id).where(History.instance_id == instance_id).order_by(History.id)
            return list(session.scalars(query))

    def jobs(self, instance_id: str, status: str = "ready") -> list[Job]:
        with self.database.reading("luji") as session:
            query = select(Job).where(Job.instance_id == instance_id, Job.status == status)
            return list(session.scalars(query.order_by(Job.run_at)))
