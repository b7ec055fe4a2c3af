"""Short words for what people do about 请示 and 报告, on the real engine with a clock that is moved."""

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.factories import Town
from workflows.clock import MovableClock, beijing_date
from workflows.engine import definitions, instances, jobs, packages, triggers, user_tasks
from workflows.engine.tables import History, ProcessInstance, UserTask
from workflows.filings import queries
from workflows.filings.tables import Filing, FilingTask
from workflows.notifications.tables import OutboxMessage
from workflows.storage.session import EVERYWHERE
from workflows.workdays import actions as workdays

BPMN = Path(__file__).parents[2] / "bpmn"
PACKAGES = ("party_report", "party_report_duty")
REQUEST: Mapping[str, Any] = {
    "kind": "请示",
    "category": "重要事项",
    "planned_on": "2026-03-20",
    "title": "关于召开议政代表会议的请示",
    "text": "拟于3月20日召开，议程三项。",
}
REPORT: Mapping[str, Any] = {
    "kind": "报告",
    "category": "重要工作",
    "month": "本月",
    "title": "三月份工作报告",
    "text": "本月接待群众四场。",
}
AGREED: Mapping[str, Any] = {"decision": "同意", "text": "请抓好落实。", "document_no": "陆党工委〔2026〕12号"}


class House:
    """A small town whose committee files with the party working committee."""

    def __init__(self, town: Town, clock: MovableClock) -> None:
        self.town, self.clock, self.workplace = town, clock, town.workplace
        with self.workplace.unit_of_work(None) as session:
            workdays.seed_national_days(session, town.clock_actor, at=clock())

    def publish(self) -> None:
        for key in PACKAGES:
            with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
                package, admin = packages.read_folder(BPMN / key), self.town.actor("admin")
                definitions.publish(self.workplace.engine, session, admin, package=package, shared=True)

    # ------------------------------------------------------------------------------------------ what people do

    def begin(self, answer: Mapping[str, Any] = REQUEST, login: str = "committee1", **changes: Any) -> str:
        """Hand a draft in; the id of the filing."""
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            start = {**answer, **changes}
            actor = self.town.actor(login)
            instance = instances.start(self.workplace.engine, session, actor, key="party_report", start=start)
            return instance.business_key.partition(":")[2]

    def filed(self, answer: Mapping[str, Any] = REQUEST, **changes: Any) -> str:
        """A paper that was checked, signed and handed over today."""
        paper = self.begin(answer, **changes)
        self.do(paper, "check", {"agreed": True}, "committee2")
        self.do(paper, "sign", {"agreed": True, "filed_on": beijing_date(self.clock()).isoformat()}, "director")
        return paper

    def replied(self, paper: str, *, has_tasks: bool = False, **changes: Any) -> None:
        today = beijing_date(self.clock()).isoformat()
        answer = {**AGREED, "replied_on": today, "has_tasks": has_tasks, **changes}
        self.do(paper, "reply", answer, "committee1")

    def given(self, paper: str, *rows: tuple[str, str, str]) -> None:
        """Break the reply down: what, owner and due date of each task."""
        tasks = [{"what": what, "owner": owner, "due_on": due} for what, owner, due in rows]
        self.do(paper, "break_down", {"tasks": tasks}, "director")

    def department(self, name: str = "城管办") -> str:
        return f"承办单位@{self.town.departments[name]}"

    def station(self, number: int = 1) -> str:
        return f"工作站@{self.town.villages[number - 1].station_id}"

    def do(self, paper: str, node: str, answer: Mapping[str, Any], login: str) -> None:
        """Complete the waiting step of that name that this person may do."""
        actor = self.town.actor(login)
        found = [task for task in self.waiting(paper) if task.node_id == node and user_tasks.may_work_on(actor, task)]
        if not found:
            raise LookupError(f"{login} can not do {node}")
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            user_tasks.complete(self.workplace.engine, session, actor, task_id=found[0].id, answer=dict(answer))

    def offered(self, paper: str, login: str) -> list[str]:
        """What somebody may do besides tasks."""
        with self.reading() as session:
            actor = self.town.actor(login)
            found = triggers.open_for(self.workplace.engine, session, actor, self.instance(paper).id)
            return [trigger.node_id for trigger in found]

    def withdraw(self, paper: str, login: str, reason: str = "情况有变化") -> None:
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            actor, engine = self.town.actor(login), self.workplace.engine
            found = triggers.open_for(engine, session, actor, self.instance(paper).id)
            wait_id = next(each.wait_id for each in found if each.node_id == "withdraws")
            triggers.hand_in(engine, session, actor, wait_id=wait_id, answer={"reason": reason})

    def pass_time_to(self, day: date, at: time = time(9)) -> None:
        """Every day has its own sweep, as it has with a worker that runs."""
        first = beijing_date(self.clock())
        for ordinal in range(first.toordinal(), day.toordinal() + 1):
            self.clock.set_beijing(date.fromordinal(ordinal), at)
            jobs.sweep(self.workplace.engine, self.workplace.database)

    # ------------------------------------------------------------------------------------------ what is

    def paper(self, paper: str) -> Filing:
        with self.reading() as session:
            return queries.get(session, paper)

    def tasks(self, paper: str) -> list[FilingTask]:
        with self.reading() as session:
            return queries.tasks(session, paper)

    def instance(self, paper: str) -> ProcessInstance:
        with self.reading() as session:
            instance = queries.instance_of(session, queries.get(session, paper))
            assert instance is not None
            return instance

    def waiting(self, paper: str) -> list[UserTask]:
        with self.reading() as session:
            query = select(UserTask).where(UserTask.instance_id == self.instance(paper).id, UserTask.status == "open")
            return list(session.scalars(query.order_by(UserTask.id)))

    def waits_at(self, paper: str) -> list[str]:
        return sorted(task.node_id for task in self.waiting(paper))

    def ended_at(self, paper: str) -> str:
        """The end event of the main flow; empty while it runs."""
        return "" if self.instance(paper).status == "running" else self.ends(f"submission:{paper}")[-1]

    def ends(self, key: str) -> list[str]:
        return [row.node_id for row in self._history(key) if row.kind == "ended"]

    def milestones(self, paper: str) -> list[str]:
        return [row.milestone for row in self._history(f"submission:{paper}") if row.milestone]

    def _history(self, key: str) -> list[History]:
        with self.reading() as session:
            about = select(ProcessInstance.id).where(ProcessInstance.business_key == key)
            return list(session.scalars(select(History).where(History.instance_id.in_(about)).order_by(History.id)))

    def told_by(self, key: str, step: str) -> set[str]:
        """Who had a notice from a step about a subject (a filing's id, or a whole key)."""
        logins = {actor.id: login for login, actor in self.town.actors.items()}
        subject = key if ":" in key else f"submission:{key}"
        with self.reading() as session:
            query = select(OutboxMessage).where(OutboxMessage.subject_key.startswith(f"{subject}:{step}:"))
            exact = select(OutboxMessage).where(OutboxMessage.subject_key == f"{subject}:{step}")
            return {logins[m.recipient_id] for m in [*session.scalars(query), *session.scalars(exact)]}

    def reading(self) -> Any:
        return self.workplace.reading(self.town.subdistrict_id)

    def breaches(self) -> list[tuple[str, str]]:
        with self.workplace.database.reading(EVERYWHERE) as session:
            return queries.breaches(session)
