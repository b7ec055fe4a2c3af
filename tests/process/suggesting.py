"""Short words for what people do about a suggestion, on the real engine with a clock that is moved."""

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import DeputySeat, Town
from workflows.clock import MovableClock, beijing_date
from workflows.engine import definitions, jobs, packages, user_tasks
from workflows.engine.packages import Package
from workflows.engine.tables import History, UserTask
from workflows.notifications.tables import OutboxMessage
from workflows.storage.session import EVERYWHERE
from workflows.suggestions import actions, queries
from workflows.suggestions.tables import Suggestion
from workflows.workdays import actions as workdays

FOLDER = Path(__file__).parents[2] / "bpmn" / "suggestion"
PAPER: Mapping[str, Any] = {
    "title": "整治325省道沿线环境",
    "situation": "省道两侧有三处垃圾堆放点，雨后污水流进农田。",
    "proposal": "请城管办清理并定期保洁，请农业农村办疏通边沟。",
    "topic": "垃圾清运",
}
FINE: Mapping[str, Any] = {"excluded": "没有", "one_matter": True, "clear": True, "note": ""}
ANSWER: Mapping[str, Any] = {
    "decision": "答复",
    "contacted": True,
    "result_class": "A",
    "answer": "三处堆放点已清理，设了保洁员。",
}
GOOD: Mapping[str, Any] = {"agreed": True, "public": True, "note": ""}
SATISFIED: Mapping[str, Any] = {"process": "满意", "result": "满意", "comment": ""}
DISSATISFIED: Mapping[str, Any] = {"process": "基本满意", "result": "不满意", "comment": "一处又堆起来了。"}


class House:
    """A small town that handles suggestions."""

    def __init__(self, town: Town, clock: MovableClock) -> None:
        self.town, self.clock, self.workplace = town, clock, town.workplace
        with self.workplace.unit_of_work(None) as session:
            workdays.seed_national_days(session, town.clock_actor, at=clock())

    def publish(self, package: Package | None = None) -> None:
        package = package or packages.read_folder(FOLDER)
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            definitions.publish(self.workplace.engine, session, self.town.actor("admin"), package=package, shared=True)

    def seat(self, number: int) -> DeputySeat:
        """The deputy of the login ``deputy01`` is number 1; number 6 has no account."""
        return self.town.deputies[number - 1]

    def begin(self, login: str = "deputy01", lead: int = 1, kind: str = "意见建议", **source: Any) -> str:
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            suggestion, _instance = actions.begin(
                self.workplace.engine,
                session,
                self.town.actor(login),
                kind=kind,
                lead_id=self.seat(lead).person_id,
                **source,
            )
            return suggestion.id

    def handed_in(self, *cosigners: int, **begun: Any) -> str:
        """A paper that waits for the committee; the co-signers have signed."""
        paper = self.begin(**begun)
        self.do(paper, self.waits_at(paper)[0], {**PAPER, "cosigners": self.people(*cosigners)})
        while self.waits_at(paper)[0] in ("sign", "sign_for"):
            self.do(paper, self.waits_at(paper)[0], {"agreed": True, "note": "已签名"})
        return paper

    def handed_over(self, *cosigners: int, breadth: str = "一般", joint: tuple[str, ...] = (), **begun: Any) -> str:
        """A paper that its lead unit, the 城管办, works on."""
        paper = self.handed_in(*cosigners, **begun)
        self.do(paper, "examine", FINE)
        self.hand_over(paper, breadth=breadth, joint=joint)
        return paper

    def hand_over(
        self, paper: str, *, unit: str = "城管办", breadth: str = "一般", joint: tuple[str, ...] = ()
    ) -> None:
        departments = self.town.departments
        self.do(
            paper,
            "hand_over",
            {"unit": departments[unit], "joint": [departments[name] for name in joint], "breadth": breadth, "note": ""},
        )

    def answered(self, paper: str, **changes: Any) -> None:
        """The unit answers, the committee lets it go out: the deputies have it."""
        self.do(paper, "handle", {**ANSWER, **changes})
        self.do(paper, "check_answer", GOOD)

    def people(self, *numbers: int) -> list[str]:
        return [self.seat(number).person_id for number in numbers]

    def do(self, paper: str, node: str, answer: Mapping[str, Any], login: str | None = None) -> None:
        """Complete the waiting step of that name; with a login the one that this person may do."""
        actor = self.town.actor(login) if login else None
        task = next(
            task
            for task in self.waiting(paper)
            if task.node_id == node and (actor is None or user_tasks.may_work_on(actor, task))
        )
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            actor = actor or self.town.actor(self.login_for(task))
            user_tasks.complete(self.workplace.engine, session, actor, task_id=task.id, answer=dict(answer))

    def login_for(self, task: UserTask) -> str:
        """Somebody whom a waiting step waits for."""
        for login in sorted(self.town.actors):
            actor = self.town.actor(login)
            if task.assignee == actor.id or (task.assignee is None and task.candidate in actor.candidate_keys):
                return login
        raise LookupError(f"nobody can do {task.node_id}")

    def pass_time_to(self, day: date, at: time = time(9)) -> None:
        """Every day has its own sweep, as it has with a worker that runs."""
        first = beijing_date(self.clock())
        for ordinal in range(first.toordinal(), day.toordinal() + 1):
            self.clock.set_beijing(date.fromordinal(ordinal), at)
            jobs.sweep(self.workplace.engine, self.workplace.database)

    def waiting(self, paper: str) -> list[UserTask]:
        with self.reading() as session:
            instance = queries.instance_of(session, queries.get(session, paper))
            assert instance is not None
            query = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.status == "open")
            return list(session.scalars(query.order_by(UserTask.id)))

    def waits_at(self, paper: str) -> list[str]:
        return [task.node_id for task in self.waiting(paper)]

    def paper(self, paper: str) -> Suggestion:
        with self.reading() as session:
            return queries.get(session, paper)

    def history(self, paper: str) -> list[History]:
        with self.reading() as session:
            instance = queries.instance_of(session, queries.get(session, paper))
            assert instance is not None
            return list(session.scalars(select(History).where(History.instance_id == instance.id).order_by(History.id)))

    def milestones(self, paper: str) -> list[str]:
        return [row.milestone for row in self.history(paper) if row.milestone]

    def ended_at(self, paper: str) -> str:
        """The end event of the main flow that the process reached; empty while it runs."""
        with self.reading() as session:
            instance = queries.instance_of(session, queries.get(session, paper))
            if instance is None or instance.status == "running":
                return ""
        return [row.node_id for row in self.history(paper) if row.kind == "ended"][-1]

    def notices(self, paper: str) -> list[tuple[str, str, date]]:
        """Step that wrote it, login of its recipient, Beijing date."""
        logins = {actor.id: login for login, actor in self.town.actors.items()}
        with self.reading() as session:
            query = select(OutboxMessage).where(OutboxMessage.subject_key.startswith(f"suggestion:{paper}:"))
            return [
                (m.subject_key.split(":")[2], logins[m.recipient_id], beijing_date(m.created_at))
                for m in session.scalars(query.order_by(OutboxMessage.id))
            ]

    def told_by(self, paper: str, step: str) -> set[str]:
        """Who had a notice from a step."""
        return {login for node, login, _day in self.notices(paper) if node == step}

    def reading(self) -> Any:
        return self.workplace.reading(self.town.subdistrict_id)

    def breaches(self) -> list[tuple[str, str]]:
        with self.workplace.database.reading(EVERYWHERE) as session:
            return queries.breaches(session)


def signer_states(session: Session, paper: str) -> dict[str, str]:
    """Name -> state of every signature."""
    return {each.name: each.signer.state for each in queries.signatures(session, paper)}
